"""Whatever is changed behind the store's back is found and named."""

from collections.abc import Callable

import pytest

from qualab.voting.store.votes import Receipt, VoteStore

Answer = Callable[..., Receipt]


def tamper(store: VoteStore, *statements: str) -> None:
    """Change rows as somebody may who owns the database: triggers and foreign keys off."""
    is_sqlite = store.database.engine.dialect.name == "sqlite"
    with store.database.engine.connect() as connection:
        if is_sqlite:
            query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            for name in connection.exec_driver_sql(query).scalars().all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            connection.commit()
            # Not within a transaction, where it would do nothing.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()
        connection.invalidate()


@pytest.fixture
def voted(store: VoteStore, tokens: list[str], answer: Answer) -> VoteStore:
    """Return a store in which both viewers have answered their three trials."""
    for token in tokens:
        secret = store.join(token)
        for choice in ("left", "right", "tie"):
            answer(secret, choice=choice, comment="fine", reasons=["sharper"])
    return store


def test_what_was_voted_verifies(voted: VoteStore) -> None:
    assert voted.verify("demo") == []
    assert voted.verify("unknown") == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE votes SET choice = 'right' WHERE subject_id = 1 AND sequence = 1",
        "UPDATE votes SET comment = '' WHERE subject_id = 1 AND sequence = 1",
        "UPDATE votes SET voted_at = 'never' WHERE subject_id = 1 AND sequence = 1",
        "UPDATE votes SET telemetry = '{}}' WHERE subject_id = 1 AND sequence = 1",
        "UPDATE trials SET \"left\" = 'b' WHERE id = 1",
        "UPDATE trials SET kind = 'gold' WHERE id = 1",
        "UPDATE subjects SET simulated = 1 WHERE id = 1",
        "UPDATE launches SET design_sha256 = 'another'",
    ],
)
def test_a_change_is_named_where_it_is(voted: VoteStore, change: str) -> None:
    tamper(voted, change)
    found = voted.verify("demo")
    assert next(line for line in found if "launch" not in line).startswith("L1-S001: vote 1 is not what was saved")
    assert len(found) == (3 if "launches" in change else 1)


@pytest.mark.parametrize(("sequence", "said"), [(1, "vote 1 is missing"), (2, "vote 2 is missing"), (3, "1 receipts")])
def test_a_removed_vote_is_missed_even_the_last_one(voted: VoteStore, sequence: int, said: str) -> None:
    tamper(voted, f"DELETE FROM votes WHERE subject_id = 2 AND sequence = {sequence}")
    found = voted.verify("demo")
    assert found[0].startswith("L1-S002: ")
    assert said in " ".join(found)
    assert not any("S001" in line for line in found)


def test_a_vote_that_nobody_gave_is_found(voted: VoteStore) -> None:
    tamper(voted, "UPDATE votes SET session_id = 2 WHERE id = 1")
    assert voted.verify("demo") == ["L1-S001: vote 1 came from another viewer's session"]
    tamper(voted, "DELETE FROM steps WHERE trial_id = 2 AND step = 'played'")
    assert "L1-S001: vote 2 is on a trial that was not played" in voted.verify("demo")
    tamper(voted, "DELETE FROM events WHERE trial_id = 3")
    assert "L1-S001: 1 votes are there for which no receipt was given" in voted.verify("demo")


def test_a_design_that_no_longer_fits_its_digest_is_found(voted: VoteStore) -> None:
    tamper(voted, "UPDATE launches SET design = '{\"seed\":2}'")
    assert voted.verify("demo") == ["launch 1: its design is not the one that was frozen"]
