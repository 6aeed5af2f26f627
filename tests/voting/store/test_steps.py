"""The way of a showing: issued, ready, played, voted; a showing that broke a rule comes again."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from qualab.errors import InputError
from qualab.voting.store.answer import Answer as Given
from qualab.voting.store.votes import OutOfOrder, Receipt, StudyClosed, Trial, UnknownInvite, VoteStore

Answer = Callable[..., Receipt]
Played = Callable[[str], Trial]
TrialList = Callable[..., pd.DataFrame]


def steps(store: VoteStore) -> list[tuple[int, int, str]]:
    with store.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT trial_id, attempt, step FROM steps ORDER BY id")
        return [tuple(row) for row in rows]


def send(
    store: VoteStore, secret: str, trial: Trial, *, invalid: str | None = None, most_repeats: int = 2, **more: Any
) -> Receipt:
    filled = {"attempt": trial.attempt, "choice": "left", "idempotency_key": f"k{trial.id}-{trial.attempt}"}
    answer = Given.checked(response_ms=1, telemetry={}, **(filled | more))
    return store.vote(secret, trial.id, answer, invalid=invalid, most_repeats=most_repeats)


def test_a_trial_is_issued_once_however_often_it_is_asked_for(store: VoteStore, tokens: list[str]) -> None:
    phone, laptop = store.join(tokens[0]), store.join(tokens[0])
    shown = [store.next_trial(secret) for secret in (phone, laptop, phone)]
    assert shown[0] is not None
    assert shown == [shown[0]] * 3
    assert steps(store) == [(shown[0].id, 1, "issued")]


def test_a_vote_needs_every_step_of_its_showing(store: VoteStore, tokens: list[str]) -> None:
    secret = store.join(tokens[0])
    trial = store.next_trial(secret)
    assert trial is not None
    for step in ("ready", "played"):
        with pytest.raises(OutOfOrder):
            send(store, secret, trial)
        store.step(secret, trial.id, 1, step, {})
    assert send(store, secret, trial).status == "saved"


def test_steps_come_in_order_and_a_step_sent_again_changes_nothing(store: VoteStore, tokens: list[str]) -> None:
    secret = store.join(tokens[0])
    trial = store.next_trial(secret)
    assert trial is not None
    with pytest.raises(OutOfOrder):
        store.step(secret, trial.id, 1, "played", {})
    for step in ("ready", "ready", "played", "played", "ready"):
        store.step(secret, trial.id, 1, step, {"ms": 3})
    assert steps(store) == [(trial.id, 1, step) for step in ("issued", "ready", "played")]


def test_a_step_of_another_trial_showing_or_viewer_is_refused(store: VoteStore, tokens: list[str]) -> None:
    secret = store.join(tokens[0])
    trial, following = store.next_trial(secret), store.following_trial(secret)
    assert trial is not None
    assert following is not None
    wanted = [(following.id, 1), (trial.id, 2), (trial.id, 0), (10**30, 1), (trial.id, "1"), (None, 1)]
    for trial_id, attempt in wanted:
        with pytest.raises(OutOfOrder):
            store.step(secret, trial_id, attempt, "ready", {})  # type: ignore[arg-type]
    with pytest.raises(OutOfOrder):
        store.step(store.join(tokens[1]), trial.id, 1, "ready", {})
    with pytest.raises(UnknownInvite):
        store.step("nobody", trial.id, 1, "ready", {})
    with pytest.raises(InputError):
        store.step(secret, trial.id, 1, "voted", {})
    store.close("demo")
    with pytest.raises(StudyClosed):
        store.step(secret, trial.id, 1, "ready", {})
    assert steps(store) == [(trial.id, 1, "issued")]


def test_playing_takes_its_time_but_not_for_simulated_viewers(
    store: VoteStore, trial_list: TrialList, design: dict[str, Any]
) -> None:
    for first, simulated in ((1, False), (2, True)):
        (token,) = store.launch("demo", design, trial_list(range(first, first + 1)), simulated=simulated)
        secret = store.join(token)
        trial = store.next_trial(secret)
        assert trial is not None
        store.step(secret, trial.id, 1, "ready", {}, least_ms=lambda *_: 60_000)
        if simulated:
            store.step(secret, trial.id, 1, "played", {}, least_ms=lambda *_: 60_000)
            assert send(store, secret, trial).status == "saved"
        else:
            with pytest.raises(OutOfOrder, match="yet"):
                store.step(secret, trial.id, 1, "played", {}, least_ms=lambda *_: 60_000)


def test_the_following_trial_is_told_and_nothing_is_written(store: VoteStore, tokens: list[str]) -> None:
    secret = store.join(tokens[0])
    assert store.following_trial("nobody") is None
    assert [trial and trial.position for trial in (store.following_trial(secret), store.next_trial(secret))] == [2, 1]
    assert len(steps(store)) == 1


def test_a_showing_that_broke_a_rule_comes_again_until_its_vote_is_kept_and_marked(
    store: VoteStore, tokens: list[str], played: Played
) -> None:
    secret = store.join(tokens[0])
    seen = []
    for _ in range(3):
        trial = played(secret)
        receipt = send(store, secret, trial, invalid="dropped", most_repeats=2)
        seen.append((trial.attempt, trial.again, receipt.status, receipt.choice_stored, receipt.why))
    assert seen == [
        (1, None, "again", None, "dropped"),
        (2, "dropped", "again", None, "dropped"),
        (3, "dropped", "saved", "left", "dropped"),
    ]
    assert store.votes("demo")["valid"].tolist() == [False]
    assert played(secret).position == 2
    found = store.progress("demo")["real"]
    assert (found["invalid"], found["votes"], found["pairs"][0]["counted"]) == (2, 1, 0)
    assert store.verify("demo") == []


def test_an_answer_to_a_showing_that_did_not_count_is_told_the_same_again(
    store: VoteStore, tokens: list[str], played: Played
) -> None:
    secret = store.join(tokens[0])
    first = played(secret)
    for _ in range(2):
        receipt = send(store, secret, first, invalid="focus")
        assert (receipt.status, receipt.why, receipt.trial.attempt) == ("again", "focus", 2)
    # Another tab holds the first showing still, and found nothing wrong with it.
    assert send(store, secret, first, idempotency_key="other-tab").status == "again"
    assert store.votes("demo").empty
    assert send(store, secret, played(secret)).status == "saved"
    assert send(store, secret, first, invalid="focus").status == "already-voted"


def test_steps_of_the_first_showing_do_not_serve_the_second(
    store: VoteStore, tokens: list[str], played: Played
) -> None:
    secret = store.join(tokens[0])
    send(store, secret, played(secret), invalid="small")
    trial = store.next_trial(secret)
    assert trial is not None
    with pytest.raises(OutOfOrder, match="played"):
        send(store, secret, trial)
