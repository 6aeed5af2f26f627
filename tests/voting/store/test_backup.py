"""A copy holds what one moment held, of the studies that were asked for, and says when what it copies is damaged."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from qualab.errors import StorageError
from qualab.voting.store.answer import Answer as Given
from qualab.voting.store.backup import copy_rows
from qualab.voting.store.schema import metadata
from qualab.voting.store.votes import Receipt, Trial, VoteStore, open_store

Answer = Callable[..., Receipt]
TrialList = Callable[..., pd.DataFrame]


def everything(store: VoteStore) -> dict[str, list[tuple[Any, ...]]]:
    with store.database.reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(table.select().order_by(table.c.id))]
            for table in metadata.sorted_tables
        }


@pytest.fixture
def full(store: VoteStore, tokens: list[str], answer: Answer, design: dict[str, Any], trial_list: TrialList) -> str:
    """Fill every table, of `demo` and of another study; return a session's secret."""
    (link,) = store.launch("demo", design, trial_list(range(90, 92)), is_open=True)
    store.join(link)
    secret = store.join(tokens[0])
    store.note_conditions(secret, {"dpr": 1.5})
    store.give_consent(secret, "0" * 64, {"age": "30-39"})
    answer(secret)
    store.close("demo")
    store.reopen("demo")
    store.withdraw(secret, "enough")
    (other,) = store.launch("other", design, trial_list(range(1, 2)))
    answer(store.join(other), choice="right", comment="é 😀")
    return secret


def test_every_row_of_every_table_is_in_the_copy(store: VoteStore, full: str, tmp_path: Path) -> None:
    path, told = tmp_path / "copy.db", []
    counts = copy_rows(store.database, path, on_progress=lambda done, total: told.append((done, total)))
    copy = open_store(f"sqlite:///{path}")
    found = everything(copy)
    assert found == everything(store)
    assert all(found.values())
    assert counts == {name: len(rows) for name, rows in found.items()}
    assert told[-1] == (sum(counts.values()),) * 2
    assert copy.viewer(full) == store.viewer(full)
    copy.close_connections()


def test_the_copy_of_a_study_holds_nothing_of_another(store: VoteStore, full: str, tmp_path: Path) -> None:
    copy_rows(store.database, tmp_path / "copy.db", study_id="other")
    copy = open_store(f"sqlite:///{tmp_path / 'copy.db'}")
    pd.testing.assert_frame_equal(copy.votes("other"), store.votes("other"))
    assert copy.launches("demo") == []
    assert {name for name, rows in everything(copy).items() if rows} == {
        "launches", "subjects", "trials", "sessions", "steps", "votes", "events"
    }  # fmt: skip
    copy.close_connections()


def test_a_copy_made_while_viewers_vote_holds_one_moment_of_each(
    store: VoteStore, design: dict[str, Any], trial_list: TrialList, played: Callable[[str], Trial], tmp_path: Path
) -> None:
    secrets = [store.join(token) for token in store.launch("demo", design, trial_list(range(1, 5), clips=30))]
    promised: list[int] = []
    stop = threading.Event()

    def vote_on(secret: str) -> None:
        while not stop.is_set() and store.next_trial(secret) is not None:
            trial = played(secret)
            answer = {"choice": "left", "idempotency_key": f"k{trial.id}", "response_ms": 1, "telemetry": {}}
            store.vote(secret, trial.id, Given(attempt=1, **answer))
            promised.append(trial.id)

    threads = [threading.Thread(target=vote_on, args=(secret,)) for secret in secrets]
    for thread in threads:
        thread.start()
    for number in range(3):
        before = set(promised)
        path = tmp_path / f"{number}.db"
        copy_rows(store.database, path)
        copy = open_store(f"sqlite:///{path}")
        with copy.database.reading() as connection:
            assert before <= set(connection.exec_driver_sql("SELECT trial_id FROM votes").scalars())
        assert copy.verify("demo") == []
        copy.close_connections()
    stop.set()
    for thread in threads:
        thread.join(60)


def test_what_is_damaged_is_not_copied_as_if_it_was_whole(
    store: VoteStore, tokens: list[str], answer: Answer, tmp_path: Path
) -> None:
    answer(store.join(tokens[0]))
    # As somebody may who owns the database.
    with store.database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
            for name in names:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        connection.exec_driver_sql("UPDATE votes SET choice = 'right'")
        connection.commit()
        connection.invalidate()
    with pytest.raises(StorageError, match="vote 1 is not what was saved"):
        copy_rows(store.database, tmp_path / "copy.db")
