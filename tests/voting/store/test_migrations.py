"""A database of an earlier revision keeps every vote, and its votes are chained from then on."""

import json
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, event

from qualab.voting.store import engine
from qualab.voting.store.answer import Answer
from qualab.voting.store.records import digest
from qualab.voting.store.votes import open_store

EMPTY, SECRET = digest("{}"), digest("secret")
LAUNCH = f"INSERT INTO launches VALUES (1, 'demo', '{{}}', '{EMPTY}', 'then')"
SESSIONS = f"INSERT INTO sessions VALUES (1, 1, '{SECRET}', 'then'), (2, 2, 'else', 'then')"


@pytest.fixture
def old(sqlite_url: str) -> str:
    """Make a database of revision 0001: viewer 1 voted on trials 1 and 2 of 3, viewer 2 on none and too late."""
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    path.parent.mkdir()
    made = create_engine(sqlite_url)
    event.listen(made, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys=ON"))
    with made.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(Path(engine.__file__).parent / "migrations"))
        config.set_main_option("path_separator", "os")
        command.upgrade(config, "0001")
        telemetry = json.dumps({"frames_total": 100, "frames_dropped": 3})
        for statement in (
            LAUNCH,
            "INSERT INTO subjects VALUES (1, 1, 1, 0, 'i1', NULL, 'then'), (2, 1, 2, 1, 'i2', NULL, 'then')",
            "INSERT INTO trials VALUES (1, 1, 1, 'c1', 'bicubic', 'sr', 'a', 'm1'), (2, 1, 2, 'c2', 'bicubic', 'sr', "
            "'b', 'm2'), (3, 1, 3, 'c3', 'bicubic', 'sr', 'a', 'm3'), (4, 2, 1, 'c1', 'bicubic', 'sr', 'b', 'm4')",
            SESSIONS,
            "INSERT INTO conditions VALUES (1, 1, '{}', 'then')",
            f"INSERT INTO votes VALUES (1, 1, 1, 1, 'left', 'k1', 900, '{telemetry}', 'then'), "
            f"(2, 1, 2, 1, 'right', 'k2', 800, '{telemetry}', 'then')",
            "INSERT INTO events VALUES (1, 2, 4, 'late-vote', 'then')",
        ):
            connection.exec_driver_sql(statement)
    made.dispose()
    return sqlite_url


def test_votes_of_revision_1_are_kept_and_chained_and_voting_goes_on(old: str) -> None:
    store = open_store(old)
    votes = store.votes("demo")
    assert votes[["src", "choice", "response_ms", "kind", "valid", "voided"]].values.tolist() == [
        ["c1", "a", 900, "test", True, False],
        ["c2", "a", 800, "test", True, False],
    ]
    found = store.progress("demo")
    assert (found["simulated"]["late_votes"], found["real"]["health"]["dropped_percent_mean"]) == (1, 3.0)
    assert store.verify("demo") == []
    trial = store.next_trial("secret")
    assert trial is not None
    assert (trial.position, trial.kind, trial.attempt) == (3, "test", 1)
    for step in ("ready", "played"):
        store.step("secret", trial.id, 1, step, {})
    sent = {"choice": "left", "idempotency_key": "k3", "response_ms": 1, "telemetry": {}}
    assert store.vote("secret", trial.id, Answer(attempt=1, **sent)).status == "saved"
    assert store.verify("demo") == []
    store.close("demo")
    store.close_connections()


def test_the_old_tables_are_gone_and_the_new_ones_protected(old: str) -> None:
    store = open_store(old)
    with store.database.reading() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        refusing = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
        assert list(connection.exec_driver_sql("PRAGMA foreign_key_check")) == []
    store.close_connections()
    assert not [name for name in names if name.endswith("0001")]
    tables = [name for name in names if name != "alembic_version"]
    assert sorted(refusing) == sorted(f"{table}_no_{verb}" for table in tables for verb in ("update", "delete"))
