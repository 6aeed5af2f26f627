"""Rows that left a database come back into either kind: same votes, whole chains, other secrets."""

import json
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from qualab.errors import InputError
from qualab.voting.store import schema
from qualab.voting.store.transfer import records_of, write_records
from qualab.voting.store.votes import Receipt, VoteStore


def moved(store: VoteStore, study_id: str) -> dict[str, int]:
    """Export the study `demo` and import it under another id."""
    with store.database.reading() as connection:
        lines = [json.dumps(row) for row in records_of(connection, "demo")]
    with store.database.writing() as connection:
        return write_records(connection, study_id, map(json.loads, lines))


@pytest.fixture
def voted(store: VoteStore, tokens: list[str], answer: Callable[..., Receipt]) -> VoteStore:
    first, second = (store.join(token) for token in tokens)
    for _ in range(3):
        answer(first)
    answer(second, invalid="dropped-frames")
    answer(second)
    store.give_consent(first, "0" * 64, {"age": "18-29"})
    store.withdraw(second, "")
    store.close("demo")
    return store


def test_votes_arrive_with_whole_chains(voted: VoteStore) -> None:
    counts = moved(voted, "two")
    assert voted.verify("two") == []
    assert voted.verify("demo") == []
    assert (counts["votes"], counts["subjects"]) == (len(voted.votes("demo")), 2)
    columns = ["src", "hrc_a", "hrc_b", "choice", "left_hrc", "voted_at", "valid", "voided"]
    assert voted.votes("two")[columns].equals(voted.votes("demo")[columns])
    assert not voted.open_launch("two")


def test_every_secret_is_another_one(voted: VoteStore) -> None:
    moved(voted, "two")
    with voted.database.reading() as connection:
        for column in (schema.subjects.c.invite_sha256, schema.trials.c.media_token, schema.sessions.c.secret_sha256):
            n, different = connection.execute(select(func.count(column), func.count(column.distinct()))).one()
            assert n == different > 0


def test_a_study_with_votes_is_not_written_over(voted: VoteStore) -> None:
    with pytest.raises(InputError, match="has votes in this database already"):
        moved(voted, "demo")
    assert len(voted.launches("demo")) == 1


def test_a_study_without_votes_has_no_records(store: VoteStore) -> None:
    assert sum(moved(store, "two").values()) == 0
