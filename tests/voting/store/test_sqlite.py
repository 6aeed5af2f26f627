"""The SQLite file: strict, synced, and clear about what is wrong with the disk."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import IntegrityError

from qualab.errors import InputError, StorageError
from qualab.voting.store import engine
from qualab.voting.store.schema import metadata
from qualab.voting.store.votes import Receipt, Trial, VoteStore, open_store

Answer = Callable[..., Receipt]
TrialList = Callable[..., pd.DataFrame]
SCRIPT = Path(__file__).with_name("vote_process.py")


@pytest.fixture
def url(sqlite_url: str) -> str:
    return sqlite_url


def stored(store: VoteStore) -> list[int]:
    with store.database.reading() as connection:
        return list(connection.exec_driver_sql("SELECT trial_id FROM votes").scalars())


def test_checks_and_strict_types_are_those_of_the_schema(store: VoteStore, tmp_path: Path) -> None:
    fresh = create_engine(f"sqlite:///{tmp_path / 'fresh.db'}")
    metadata.create_all(fresh)
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name != 'alembic_version'"
    with fresh.connect() as wanted, store.database.reading() as made:
        expected, found = (dict(list(each.exec_driver_sql(query))) for each in (wanted, made))
    fresh.dispose()

    def words(sql: str) -> list[str]:
        return sorted(sql.replace(",", " ").replace("(", " ").replace(")", " ").replace('"', "").split())

    assert {name: words(sql) for name, sql in found.items()} == {name: words(sql) for name, sql in expected.items()}
    assert all(sql.rstrip().endswith("STRICT") for sql in found.values())


@pytest.mark.parametrize(("durable", "synced"), [(True, 2), (False, 1)])
def test_votes_are_synced_and_steps_are_left_to_the_next_vote(store: VoteStore, durable: bool, synced: int) -> None:
    with store.database.writing(durable=durable) as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
        ]
    assert found == ["wal", synced, 1, 1]


def test_replacing_a_vote_is_refused_as_well(store: VoteStore, tokens: list[str], answer: Answer) -> None:
    answer(store.join(tokens[0]))
    with pytest.raises(IntegrityError, match="append-only"), store.database.writing() as connection:
        connection.exec_driver_sql("INSERT OR REPLACE INTO votes SELECT * FROM votes")


def test_what_is_no_database_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "q.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(StorageError, match="is not a database"):
        open_store(f"sqlite:///{tmp_path / 'q.db'}")
    assert (tmp_path / "q.db").read_bytes() == b"not a database" * 1000


def test_a_place_where_nothing_can_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "q.db").mkdir()
    for path in (tmp_path / "file" / "q.db", tmp_path / "q.db", Path("/proc/nowhere/q.db")):
        with pytest.raises(StorageError):
            open_store(f"sqlite:///{path}")


def test_a_database_held_by_another_program_is_a_storage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WAIT_S", 0.1)
    store = open_store(f"sqlite:///{tmp_path / 'q.db'}")
    holder = sqlite3.connect(tmp_path / "q.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="held by another program"):
        store.close("demo")
    assert store.launches("demo") == []
    holder.execute("ROLLBACK")
    holder.close()
    with pytest.raises(InputError, match="no open launch"):
        store.close("demo")
    store.close_connections()


def test_another_process_that_never_lets_go_is_a_storage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WAIT_S", 0.1)
    first, second = (open_store(f"sqlite:///{tmp_path / 'q.db'}") for _ in range(2))
    with first.database.writing(), pytest.raises(StorageError, match="held by another program"):
        second.close("demo")
    for store in (first, second):
        store.close_connections()


def test_a_full_disk_is_said_keeps_every_vote_and_goes_on_once_there_is_room(
    store: VoteStore, trial_list: TrialList, design: dict[str, Any], url: str
) -> None:
    (token,) = store.launch("demo", design, trial_list(range(1, 2), clips=80))
    secret = store.join(token)
    process = subprocess.Popen([sys.executable, SCRIPT, url, "full", secret], stdout=subprocess.PIPE, text=True)
    lines = process.communicate(timeout=120)[0].splitlines()
    assert process.returncode == 0
    refusals = [line for line in lines if line.startswith("refused")]
    assert len(refusals) == 1
    assert refusals[0].startswith("refused 5 qualab.db: the disk")
    assert [int(line) for line in lines if not line.startswith("refused")] == list(range(1, 81))
    assert sorted(stored(store)) == list(range(1, 81))


def test_a_database_at_its_size_limit_refuses_and_keeps_what_it_has(
    store: VoteStore, trial_list: TrialList, design: dict[str, Any], answer: Callable[..., Receipt]
) -> None:
    (token,) = store.launch("demo", design, trial_list(range(1, 2), clips=60))
    secret = store.join(token)
    answer(secret)
    with store.database.writing() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")

    def fill() -> None:
        for _ in range(59):
            answer(secret, telemetry={"padding": "x" * 3000})

    with pytest.raises(StorageError, match="the disk is full"):
        fill()
    kept = len(stored(store))
    assert kept >= 1
    with store.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert answer(secret).position == kept + 1


def test_a_read_only_database_is_a_storage_error_and_still_reads(
    store: VoteStore, tokens: list[str], answer: Answer, played: Callable[[str], Trial]
) -> None:
    secret = store.join(tokens[0])
    shown = played(secret)
    with store.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(StorageError, match="is read-only"):
        answer(secret)
    assert store.next_trial(secret) == shown
    with store.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA query_only = OFF")
    assert answer(secret).status == "saved"


def test_a_database_that_vanished_is_a_storage_error(url: str) -> None:
    store = open_store(url)
    store.close_connections()
    folder = Path(url.removeprefix("sqlite:///")).parent
    for part in folder.iterdir():
        part.unlink()
    folder.rmdir()
    with pytest.raises(StorageError):
        store.launches("demo")
    with pytest.raises(StorageError):
        store.close("demo")


def test_no_secret_is_stored_in_the_clear(store: VoteStore, tokens: list[str], url: str) -> None:
    secret = store.join(tokens[0])
    store.close_connections()
    data = Path(url.removeprefix("sqlite:///")).read_bytes()
    assert len(data) > 4096
    assert not any(token.encode() in data for token in [*tokens, secret])
