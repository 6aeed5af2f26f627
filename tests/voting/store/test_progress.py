"""The vote table and the live counts."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from qualab.study.tables import VOTE_COLUMNS
from qualab.voting.store.votes import Receipt, VoteStore

TrialList = Callable[..., pd.DataFrame]


def test_a_side_becomes_the_hrc_that_was_there(
    store: VoteStore, tokens: list[str], answer: Callable[..., Receipt]
) -> None:
    secret = store.join(tokens[0])
    for choice in ("left", "left", "right"):
        answer(secret, choice=choice)
    votes = store.votes("demo")
    assert list(votes.columns) == list(VOTE_COLUMNS)
    # Clips 1 and 3 had bicubic (a) left, clip 2 had sr (b) left.
    assert votes["left_hrc"].tolist() == ["bicubic", "sr", "bicubic"]
    assert votes["choice"].tolist() == ["a", "b", "b"]
    assert votes["subject"].tolist() == ["L1-S001"] * 3
    assert votes["position"].tolist() == [1, 2, 3]
    assert votes["response_ms"].tolist() == [2500] * 3


def test_no_votes_are_a_table_with_the_same_columns(store: VoteStore, tokens: list[str]) -> None:
    assert list(store.votes("demo").columns) == list(VOTE_COLUMNS)
    assert store.votes("unknown").empty


def test_votes_are_ordered_by_launch_viewer_and_position_however_they_came(
    store: VoteStore, trial_list: TrialList, design: dict[str, Any], answer: Callable[..., Receipt]
) -> None:
    secrets = [store.join(token) for token in store.launch("demo", design, trial_list(range(1, 12)))]
    for secret in reversed(secrets):
        answer(secret)
    answer(secrets[0])
    store.close("demo")
    for token in store.launch("demo", design, trial_list(range(1, 2))):
        answer(store.join(token))
    votes = store.votes("demo")
    keys = list(zip(votes["launch"], votes["subject"], votes["position"], strict=True))
    assert keys == sorted(keys)
    assert len(set(keys)) == 13


def test_simulated_viewers_are_marked_and_counted_apart(
    store: VoteStore, trial_list: TrialList, design: dict[str, Any], answer: Callable[..., Receipt]
) -> None:
    real = store.launch("demo", design, trial_list(range(1, 3)))
    simulated = store.launch("demo", design, trial_list(range(3, 6)), simulated=True)
    answer(store.join(real[0]))
    for token in simulated[:2]:
        secret = store.join(token)
        answer(secret)
        answer(secret)
        answer(secret)
    assert store.votes("demo").groupby("simulated").size().to_dict() == {0: 1, 1: 6}
    found = store.progress("demo")
    assert (found["state"], found["launches"]) == ("open", 1)
    seen = {kind: [found[kind][name] for name in ("invited", "joined", "finished")] for kind in ("real", "simulated")}
    assert seen == {"real": [2, 1, 0], "simulated": [3, 2, 2]}
    assert [found[kind]["votes"] for kind in ("real", "simulated")] == [1, 6]
    assert [found[kind]["planned"] for kind in ("real", "simulated")] == [6, 9]
    first = {"src": "clip-1", "hrc_a": "bicubic", "hrc_b": "sr", "kind": "test", "votes": 1, "counted": 1, "planned": 2}
    assert found["real"]["pairs"][0] == first


def test_a_study_never_launched_has_counts_of_zero(store: VoteStore) -> None:
    found = store.progress("demo")
    assert (found["state"], found["launch"], found["real"]["planned"], found["real"]["pairs"]) == ("none", None, 0, [])


def test_a_closed_study_says_so(store: VoteStore, tokens: list[str]) -> None:
    store.close("demo")
    assert store.progress("demo")["state"] == "closed"


def test_a_viewer_has_finished_with_the_last_planned_answer(
    store: VoteStore, tokens: list[str], answer: Callable[..., Receipt]
) -> None:
    first, second = (store.join(token) for token in tokens[:2])
    viewer = store.viewer(first)
    assert viewer is not None
    for _ in range(viewer.total):
        answer(first)
    answer(second)
    votes = store.votes("demo")
    finished = votes.groupby("subject")["finished"].agg(["all", "any"])
    assert finished.loc["L1-S001"].all()
    assert not finished.loc["L1-S002"].any()
