"""What analyses are made of is of one moment, whatever viewers do meanwhile."""

from collections.abc import Callable

import pytest

from qualab.voting.store import snapshot as room
from qualab.voting.store.snapshot import moment
from qualab.voting.store.votes import Receipt, VoteStore


def test_votes_that_arrive_while_it_is_read_are_not_in_it(
    store: VoteStore, tokens: list[str], answer: Callable[..., Receipt], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (store.join(token) for token in tokens)
    answer(first)
    look = room.all_launches

    def meanwhile(*arguments: object) -> object:
        answer(second)
        store.close("demo")
        return look(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(room, "all_launches", meanwhile)
    found = moment(store.database, "demo")
    assert (len(found.votes), found.playback["votes"], [launch.is_open for launch in found.launches]) == (1, 1, [True])
    monkeypatch.undo()
    after = moment(store.database, "demo")
    assert (len(after.votes), after.playback["votes"], [launch.is_open for launch in after.launches]) == (2, 2, [False])
