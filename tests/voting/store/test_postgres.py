"""The PostgreSQL database: what it says when the server is not there, and that it goes on when it is back."""

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from qualab.errors import StorageError
from qualab.voting.store import engine
from qualab.voting.store.answer import Answer
from qualab.voting.store.votes import Trial, VoteStore, open_store

TrialList = Callable[..., pd.DataFrame]


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url


def test_a_server_that_is_not_there_is_a_storage_error_without_the_password() -> None:
    with pytest.raises(StorageError, match="cannot be reached") as caught:
        open_store("postgresql://u:hidden@/db?host=/nowhere")
    assert "hidden" not in str(caught.value)


def test_a_database_that_was_never_made_is_a_storage_error(cluster: Any) -> None:
    with pytest.raises(StorageError, match="create it"):
        open_store(cluster.url("never-made"))


def test_four_processes_may_make_the_tables_at_once(cluster: Any) -> None:
    empty = cluster.url(cluster.create())
    code = f"from qualab.voting.store.votes import open_store; open_store({empty!r}).launches('demo')"
    started = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate(timeout=60)[1] for process in started] == [""] * 4


def test_a_table_cannot_be_emptied_either(store: VoteStore) -> None:
    with pytest.raises(IntegrityError, match="append-only"), store.database.writing() as connection:
        connection.exec_driver_sql("TRUNCATE votes CASCADE")


def test_a_writer_whose_turn_does_not_come_says_so(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WAIT_S", 0.1)
    first, second = open_store(url), open_store(url)
    with first.database.writing(), pytest.raises(StorageError, match="held by another program"):
        second.close("demo")
    for store in (first, second):
        store.close_connections()


def test_viewers_do_not_wait_for_each_other(
    store: VoteStore, tokens: list[str], played: Callable[[str], Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = store.join(tokens[0]), store.join(tokens[1])
    with store.database.writing(of=mine):
        assert played(theirs).position == 1


def test_a_vote_waits_for_few_answers_of_the_server(
    store: VoteStore, tokens: list[str], played: Callable[[str], Trial]
) -> None:
    secret = store.join(tokens[0])
    asked: list[str] = []
    trips = store.database.engine
    event.listen(trips, "before_cursor_execute", lambda _c, _k, statement, *_: asked.append(statement))
    event.listen(trips, "commit", lambda connection: asked.append("COMMIT"))
    for most in (10, 9):
        # The first vote of a viewer has a longer way to the origin of its chain.
        trial = played(secret)
        asked.clear()
        fields = {"choice": "left", "idempotency_key": f"k{trial.id}", "response_ms": 1, "telemetry": {}}
        store.vote(secret, trial.id, Answer(attempt=1, **fields))
        assert len(asked) <= most + 1, asked
    asked.clear()
    assert store.trial_of_media(secret, "nothing") is None
    assert len([one for one in asked if one != "COMMIT"]) == 2


def test_connections_that_the_server_ended_are_not_used(store: VoteStore, cluster: Any, tokens: list[str]) -> None:
    secret = store.join(tokens[0])
    cluster.stop()
    cluster.start()
    assert store.next_trial(secret) is not None


def test_a_server_that_was_killed_under_load_loses_no_promised_vote_and_is_used_again(
    store: VoteStore, cluster: Any, trial_list: TrialList, design: dict[str, Any]
) -> None:
    secrets = [store.join(token) for token in store.launch("demo", design, trial_list(range(1, 5), clips=30))]
    promised: list[int] = []
    refused = threading.Event()
    enough = threading.Event()

    def vote_on(secret: str) -> None:
        while True:
            try:
                trial = store.next_trial(secret)
                if trial is None:
                    return
                for step in ("ready", "played"):
                    store.step(secret, trial.id, 1, step, {})
                answer = {"choice": "left", "idempotency_key": f"k{trial.id}", "response_ms": 1, "telemetry": {}}
                store.vote(secret, trial.id, Answer(attempt=1, **answer))
            except StorageError:
                refused.set()
                continue
            promised.append(trial.id)
            if len(promised) > 20:
                enough.set()

    threads = [threading.Thread(target=vote_on, args=(secret,)) for secret in secrets]
    for thread in threads:
        thread.start()
    assert enough.wait(60)
    cluster.stop()
    assert refused.wait(60)
    cluster.start()
    for thread in threads:
        thread.join(60)
    votes = store.votes("demo")
    assert len(votes) == 120
    assert len(promised) == len(set(promised))
    assert store.verify("demo") == []
