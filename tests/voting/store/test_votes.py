"""What viewers may do: join, see their trials in order, vote once on each."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from qualab.errors import InputError
from qualab.voting.store.answer import Answer as Given
from qualab.voting.store.votes import OutOfOrder, Receipt, StudyClosed, Trial, UnknownInvite, VoteStore, open_store

Answer = Callable[..., Receipt]
GARBAGE = ["", "é", "x" * 10_000, "\0", "\ud800", "a\0b", " ", "../../etc/passwd", "' OR 1=1 --", "🙂" * 40]


def current(store: VoteStore, secret: str) -> Trial:
    found = store.next_trial(secret)
    assert found is not None
    return found


def test_a_viewer_sees_every_trial_once_in_order_and_then_none(
    store: VoteStore, tokens: list[str], answer: Answer
) -> None:
    secret = store.join(tokens[0])
    seen = []
    while (trial := store.next_trial(secret)) is not None:
        seen.append((trial.position, trial.total, trial.src, trial.left))
        assert answer(secret) == Receipt("saved", "left", trial.position, 3 - trial.position, None, trial)
    assert seen == [(1, 3, "clip-1", "a"), (2, 3, "clip-2", "b"), (3, 3, "clip-3", "a")]
    viewer = store.viewer(secret)
    assert viewer is not None
    assert (viewer.done, viewer.total, viewer.number, viewer.study_id) == (3, 3, 1, "demo")


def test_the_next_trial_is_the_same_until_it_has_a_vote(store: VoteStore, tokens: list[str]) -> None:
    secret = store.join(tokens[0])
    assert current(store, secret) == current(store, secret)


def test_a_repeated_submit_is_one_vote_with_the_same_receipt(
    store: VoteStore, tokens: list[str], answer: Answer
) -> None:
    secret = store.join(tokens[0])
    trial = current(store, secret)
    first = answer(secret)
    again = answer(secret, trial.id)
    assert (first.status, again.status) == ("saved", "repeated")
    assert (first.choice_stored, first.position, first.remaining) == ("left", again.position, again.remaining)
    assert len(store.votes("demo")) == 1


def test_of_two_tabs_the_first_wins_and_the_second_is_told(store: VoteStore, tokens: list[str], answer: Answer) -> None:
    secret = store.join(tokens[0])
    trial = current(store, secret)
    answer(secret, trial.id, choice="left", idempotency_key="tab-1")
    second = answer(secret, trial.id, choice="right", idempotency_key="tab-2")
    assert (second.status, second.choice_stored) == ("already-voted", "left")
    assert answer(secret, trial.id, choice="right", idempotency_key="tab-1").status == "already-voted"
    assert len(store.votes("demo")) == 1


def test_another_device_goes_on_at_the_same_trial_with_the_same_sides(
    store: VoteStore, tokens: list[str], answer: Answer
) -> None:
    phone, laptop = store.join(tokens[0]), store.join(tokens[0])
    assert phone != laptop
    answer(phone)
    assert current(store, phone) == current(store, laptop)
    answer(laptop)
    assert current(store, phone).position == 3


def test_a_future_and_another_viewers_trial_are_refused(store: VoteStore, tokens: list[str], answer: Answer) -> None:
    mine, theirs = store.join(tokens[0]), store.join(tokens[1])
    trial = current(store, mine)
    for trial_id in (trial.id + 1, current(store, theirs).id, 999_999, 0, -1, 2**70):
        with pytest.raises(OutOfOrder):
            answer(mine, trial_id)
    assert store.votes("demo").empty


def test_an_idempotency_key_serves_one_trial_only(store: VoteStore, tokens: list[str], answer: Answer) -> None:
    secret = store.join(tokens[0])
    answer(secret, idempotency_key="same")
    with pytest.raises(InputError, match="new key"):
        answer(secret, idempotency_key="same")
    assert answer(store.join(tokens[1]), idempotency_key="same").status == "saved"


@pytest.mark.parametrize("token", GARBAGE)
def test_a_token_nobody_was_given_is_unknown_whatever_it_looks_like(
    store: VoteStore, tokens: list[str], token: str
) -> None:
    with pytest.raises(UnknownInvite) as caught:
        store.join(token)
    assert str(caught.value) == str(UnknownInvite())
    assert store.viewer(token) is None
    assert store.next_trial(token) is None
    assert store.trial_of_media(store.join(tokens[0]), token) is None
    with pytest.raises(UnknownInvite):
        store.vote(token, 1, Given(attempt=1, choice="left", idempotency_key="k", response_ms=1, telemetry={}))
    with pytest.raises(UnknownInvite):
        store.note_conditions(token, {})


@pytest.mark.parametrize("token", [None, 7, b"bytes", ["list"]])
def test_a_token_that_is_no_text_is_unknown_too(store: VoteStore, tokens: list[str], token: Any) -> None:
    with pytest.raises(UnknownInvite):
        store.join(token)
    assert store.viewer(token) is None
    assert store.trial_of_media(store.join(tokens[0]), token) is None


def test_a_media_token_opens_the_own_clip_only(store: VoteStore, tokens: list[str]) -> None:
    mine, theirs = store.join(tokens[0]), store.join(tokens[1])
    trial = current(store, mine)
    found = store.trial_of_media(mine, trial.media_token)
    assert found is not None
    assert (found[0].study_id, found[1]) == ("demo", trial)
    assert store.trial_of_media(theirs, trial.media_token) is None


BAD_FIELDS = [
    ("choice", "up"),
    ("choice", 1),
    ("choice", ["left"]),
    ("choice", None),
    ("choice", "\ud800"),
    ("idempotency_key", ""),
    ("idempotency_key", "k" * 65),
    ("idempotency_key", "é"),
    ("idempotency_key", "k\n"),
    ("idempotency_key", None),
    ("response_ms", -1),
    ("response_ms", 1.5),
    ("response_ms", True),
    ("response_ms", "12"),
    ("response_ms", 2**80),
    ("telemetry", None),
    ("telemetry", [1]),
    ("telemetry", {"a": float("nan")}),
    ("telemetry", {"a": object()}),
    ("telemetry", {"a": "\ud800"}),
    ("telemetry", {"a": "x" * 4096}),
]


@pytest.mark.parametrize(("field", "value"), BAD_FIELDS)
def test_a_field_the_player_never_sends_is_refused_and_nothing_is_saved(
    store: VoteStore, tokens: list[str], answer: Answer, field: str, value: Any
) -> None:
    secret = store.join(tokens[0])
    with pytest.raises(InputError):
        answer(secret, **{field: value})
    assert store.votes("demo").empty
    assert answer(secret).status == "saved"


def test_telemetry_nested_without_end_is_refused(store: VoteStore, tokens: list[str], answer: Answer) -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    with pytest.raises(InputError):
        answer(store.join(tokens[0]), telemetry=deep)


def test_markup_emoji_and_nul_in_telemetry_are_kept_as_text(
    store: VoteStore, tokens: list[str], answer: Answer
) -> None:
    assert answer(store.join(tokens[0]), telemetry={"note": "<b>\0🙂</b>"}).status == "saved"


def test_after_closing_nothing_new_is_saved_but_every_receipt_stands(
    store: VoteStore, tokens: list[str], answer: Answer
) -> None:
    secret = store.join(tokens[0])
    trial = current(store, secret)
    receipt = answer(secret)
    shown = current(store, secret)
    store.close("demo")
    for _ in range(2):
        with pytest.raises(StudyClosed):
            answer(secret, shown.id)
    with pytest.raises(StudyClosed):
        store.join(tokens[1])
    assert store.next_trial(secret) is None
    assert store.trial_of_media(secret, shown.media_token) is None
    again = answer(secret, trial.id)
    assert (again.status, again.position, again.remaining) == ("repeated", receipt.position, receipt.remaining)
    viewer = store.viewer(secret)
    assert viewer is not None
    assert not viewer.is_open
    assert len(store.votes("demo")) == 1
    assert store.progress("demo")["real"]["late_votes"] == 1


def test_viewing_conditions_are_noted(store: VoteStore, tokens: list[str]) -> None:
    secret = store.join(tokens[0])
    store.note_conditions(secret, {"screen": [1920, 1080], "dpr": 1.5})
    store.note_conditions(secret, {"screen": [2560, 1440], "dpr": 1})
    with store.database.reading() as connection:
        found = connection.exec_driver_sql("SELECT conditions FROM conditions ORDER BY id").scalars().all()
    assert found == ['{"dpr":1.5,"screen":[1920,1080]}', '{"dpr":1,"screen":[2560,1440]}']
    with pytest.raises(InputError):
        store.note_conditions(secret, {"screen": "x" * 5000})


def test_reopening_reads_equal(store: VoteStore, tokens: list[str], answer: Answer, url: str) -> None:
    secret = store.join(tokens[0])
    answer(secret)
    again = open_store(url)
    pd.testing.assert_frame_equal(again.votes("demo"), store.votes("demo"))
    assert again.next_trial(secret) == store.next_trial(secret)
    assert again.viewer(secret) == store.viewer(secret)
    again.close_connections()
