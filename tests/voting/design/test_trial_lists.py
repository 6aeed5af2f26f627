"""Trial lists: complete, balanced, spread, reproducible, open to later viewers."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualab.errors import InputError
from qualab.study.tables import TRIAL_COLUMNS
from qualab.voting.design.frozen import Design
from qualab.voting.design.trial_lists import (
    make_trials,
    minutes,
    planned_counts,
    share_of,
    trials_per_viewer,
    viewers_needed,
)

Designed = Callable[..., Design]
PAIR = ["src", "hrc_a", "hrc_b"]
MOST = {"training": 3, "gold": 4, "identical": 3, "repeats": 4, "traps": 2}
CHECKS = st.fixed_dictionaries({name: st.integers(0, most) for name, most in MOST.items()})
DESIGNS = st.fixed_dictionaries(
    {
        "per_clip": st.lists(st.integers(1, 4), min_size=1, max_size=8),
        "seed": st.integers(0, 2**63 - 1),
        "max_trials": st.integers(0, 12),
        "checks": CHECKS,
    }
)
few = settings(max_examples=40, deadline=None)


def imbalance(sides: pd.Series) -> int:
    return abs(2 * int((sides == "a").sum()) - len(sides))


def on_study(trials: pd.DataFrame) -> pd.DataFrame:
    return trials[trials["kind"] == "test"]


@given(asked=DESIGNS)
@few
def test_every_viewer_sees_a_share_of_the_pairs_once_and_its_checks(designed: Designed, asked: dict[str, Any]) -> None:
    design = designed(**asked)
    trials = make_trials(design, subjects=range(1, 6))
    assert list(trials.columns) == list(TRIAL_COLUMNS)
    for _, own in trials.groupby("subject"):
        assert own["position"].tolist() == list(range(1, len(own) + 1))
        assert not on_study(own).duplicated(PAIR).any()
        kinds, wanted = Counter(own["kind"]), asked["checks"]
        assert kinds["test"] == share_of(design) == min(sum(asked["per_clip"]), asked["max_trials"] or 1000)
        asked_for = [("training", "training"), ("gold", "gold"), ("identical", "identical"), ("trap", "traps")]
        assert all(kinds[kind] == wanted[name] for kind, name in asked_for)
        assert kinds["repeat"] <= min(wanted["repeats"], kinds["test"])
        assert len(own) <= trials_per_viewer(design)


@given(asked=DESIGNS, viewers=st.integers(1, 40))
@few
def test_after_any_number_of_viewers_counts_and_sides_of_pairs_differ_by_one(
    designed: Designed, asked: dict[str, Any], viewers: int
) -> None:
    trials = on_study(make_trials(designed(**asked), subjects=range(1, viewers + 1)))
    sides = trials.groupby(PAIR)["left"]
    assert sides.apply(imbalance).max() <= 1
    counts = [*sides.size(), *[0] * (sum(asked["per_clip"]) - sides.ngroups)]
    assert max(counts) - min(counts) <= 1


@given(asked=DESIGNS)
@few
def test_sides_are_balanced_for_each_viewer(designed: Designed, asked: dict[str, Any]) -> None:
    trials = make_trials(designed(**asked), subjects=range(1, 9))
    assert on_study(trials).groupby("subject")["left"].apply(imbalance).max() <= 1
    for _, own in trials.groupby("subject"):
        assert own[own["kind"] != "repeat"].groupby("kind")["left"].apply(imbalance).max() <= 1
        if (own["kind"] == "repeat").sum() == min(asked["checks"]["repeats"], (own["kind"] == "test").sum()):
            assert imbalance(own["left"]) <= 1


@given(per_clip=st.lists(st.integers(1, 5), min_size=1, max_size=8), seed=st.integers(0, 2**63 - 1))
@few
def test_who_sees_all_pairs_has_balanced_sides_on_each_clip_and_for_each_two_hrcs(
    designed: Designed, per_clip: list[int], seed: int
) -> None:
    trials = on_study(make_trials(designed(per_clip, seed=seed), subjects=range(1, 6)))
    for shared in ("src", "hrc_b"):
        assert trials.groupby(["subject", shared])["left"].apply(imbalance).max() <= 1
        assert trials.groupby(shared)["left"].apply(imbalance).max() <= 1


@given(asked=DESIGNS)
@few
def test_viewers_of_a_block_of_two_see_opposite_sides(designed: Designed, asked: dict[str, Any]) -> None:
    trials = make_trials(designed(**asked | {"max_trials": 0}), subjects=range(1, 7))
    trials = trials[trials["kind"] != "repeat"].assign(block=(trials["subject"] - 1) // 2)
    assert trials.groupby(["block", "kind", *PAIR])["left"].apply(lambda sides: imbalance(sides) == 0).all()


@given(asked=DESIGNS, split=st.integers(1, 8))
@few
def test_viewers_added_later_get_what_they_would_have_got_at_once(
    designed: Designed, asked: dict[str, Any], split: int
) -> None:
    design = designed(**asked)
    at_once = make_trials(design, subjects=range(1, 10))
    parts = [make_trials(design, subjects=part) for part in (range(1, split + 1), range(split + 1, 10))]
    assert pd.concat(parts).to_dict("records") == at_once.to_dict("records")


@given(asked=DESIGNS)
@few
def test_training_comes_first_and_repeats_three_trials_after_their_pair_with_sides_changed(
    designed: Designed, asked: dict[str, Any]
) -> None:
    trials = make_trials(designed(**asked), subjects=range(1, 5))
    for _, own in trials.groupby("subject"):
        assert (own["kind"] == "training").tolist() == sorted((own["kind"] == "training").tolist(), reverse=True)
        again = own[own["kind"] == "repeat"].merge(on_study(own), on=PAIR, suffixes=("", "_before"))
        assert len(again) == (own["kind"] == "repeat").sum()
        assert (again["position"] - again["position_before"] >= 3).all()
        assert (again["left"] != again["left_before"]).all()


def test_checks_are_spread_over_the_session(designed: Designed) -> None:
    checks = {"gold": 4, "repeats": 4, "identical": 2, "traps": 1}
    trials = make_trials(designed([3] * 8, checks=checks), subjects=range(1, 101))
    places = trials[trials["kind"] == "gold"].groupby("subject")["position"]
    # Four in 35 trials: one in each quarter is wished, and the rule about clips moves a trial by a few places.
    assert (places.min() <= 14).all()
    assert (places.max() >= 22).all()
    assert trials[trials["kind"] == "repeat"]["position"].min() >= 4


def test_all_repeats_and_traps_find_a_place_in_an_ordinary_study(designed: Designed) -> None:
    checks = {"training": 2, "gold": 2, "identical": 1, "repeats": 2, "traps": 1}
    design = designed([2] * 8, checks=checks)
    kinds = make_trials(design, subjects=range(1, 51)).groupby("subject")["kind"].value_counts().unstack()
    expected = {"training": 2, "gold": 2, "identical": 1, "repeat": 2, "trap": 1, "test": 16}
    assert kinds.drop_duplicates().to_dict("records") == [expected]
    assert trials_per_viewer(design) == 24


def test_orders_differ_between_viewers_and_sides_do_not_follow_a_pattern(designed: Designed) -> None:
    trials = make_trials(designed([1] * 12), subjects=range(1, 401))
    assert len({tuple(own["src"]) for _, own in trials.groupby("subject")}) == 400
    # 4,800 trials: a share at a position within 5 standard errors (0.025 each) of one half, each clip at 1/12 first.
    shares = trials.groupby("position")["left"].apply(lambda sides: (sides == "a").mean())
    assert shares.between(0.375, 0.625).all()
    first = trials[trials["position"] == 1].groupby("src").size()
    assert len(first) == 12
    assert first.between(10, 65).all()


def test_a_share_of_the_pairs_is_spread_over_the_clips(designed: Designed) -> None:
    trials = make_trials(designed([5] * 10, max_trials=10), subjects=range(1, 101))
    per_clip = trials.groupby(["subject", "src"]).size()
    # Ten of fifty pairs, five a clip: one of each clip is the mean; a share taken at random has four of one in 1 of 20.
    assert per_clip.max() <= 3
    assert per_clip.groupby("subject").size().mean() >= 8


def test_another_seed_is_another_design(designed: Designed) -> None:
    one, two = (make_trials(designed([1] * 12, seed=seed), subjects=range(1, 3)) for seed in (1, 2))
    assert one["src"].tolist() != two["src"].tolist()


@pytest.mark.parametrize(("max_trials", "viewers"), [(0, 30), (5, 72), (12, 30), (11, 33)])
def test_the_quota_is_met_by_the_viewers_it_asks_for_and_not_by_one_fewer(
    designed: Designed, max_trials: int, viewers: int
) -> None:
    design = designed([2] * 6, max_trials=max_trials, votes_per_pair=30)
    assert viewers_needed(design) == viewers
    assert planned_counts(design, viewers)["planned"].min() == 30
    assert planned_counts(design, viewers - 1)["planned"].min() < 30


def test_planned_counts_are_those_of_the_trials(designed: Designed) -> None:
    design = designed([3, 1, 2], max_trials=4, checks={"repeats": 2, "gold": 1})
    trials = on_study(make_trials(design, subjects=range(1, 8)))
    counts = planned_counts(design, 7).set_index(PAIR)["planned"]
    assert counts.to_dict() == trials.groupby(PAIR).size().to_dict()


def test_votes_that_are_there_are_not_asked_for_again(designed: Designed) -> None:
    design = designed([1, 1], votes_per_pair=10)
    votes = pd.DataFrame([("clip-0", "bicubic", "net-0")] * 10 + [("clip-1", "bicubic", "net-0")] * 7, columns=PAIR)
    assert viewers_needed(design, votes) == 3
    assert viewers_needed(design, pd.concat([votes, votes])) == 0
    assert viewers_needed(designed([1, 1])) == 0


def test_minutes_count_clips_answers_and_rests(designed: Designed) -> None:
    # Ten seconds and five to answer, 24 times; rests of half a minute after 10 and 20.
    assert minutes(designed([4] * 6, break_every=10)) == pytest.approx((24 * 15 + 2 * 30) / 60)
    assert minutes(designed([4] * 6, presentation="sequential")) == pytest.approx(24 * 25 / 60)


def test_a_design_of_before_checks_gives_the_same_kinds_of_lists() -> None:
    pairs = [{"src": f"clip-{number}", "hrc_a": "bicubic", "hrc_b": "sr"} for number in range(4)]
    trials = make_trials(Design.model_validate({"seed": 1, "pairs": pairs}), subjects=range(1, 3))
    assert set(trials["kind"]) == {"test"}
    assert len(trials) == 8


@pytest.mark.parametrize("per_clip", [[], [0]])
def test_no_pairs_are_refused(designed: Designed, per_clip: list[int]) -> None:
    with pytest.raises(InputError, match="nothing to compare"):
        make_trials(designed(per_clip), subjects=range(1, 3))


def test_a_pair_twice_is_refused(designed: Designed) -> None:
    design = designed([1])
    with pytest.raises(InputError, match="stand twice"):
        make_trials(design.model_copy(update={"pairs": design.pairs[:1] * 2}), subjects=range(1, 3))


def test_viewers_count_from_1(designed: Designed) -> None:
    with pytest.raises(InputError, match="count viewers from 1"):
        make_trials(designed([1]), subjects=range(0, 3))
    assert make_trials(designed([1]), subjects=range(1, 1)).empty
