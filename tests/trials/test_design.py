"""Trial lists: complete, balanced, reproducible, open to later viewers."""

from collections import Counter
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualab.errors import InputError
from qualab.tables import TRIAL_COLUMNS
from qualab.trials.design import make_trials

Pair = tuple[str, str, str]
STUDIES = st.tuples(st.integers(1, 7), st.integers(1, 4)).map(
    lambda size: [(f"clip-{clip}", "bicubic", f"net-{hrc}") for clip in range(size[0]) for hrc in range(size[1])]
)
SEEDS = st.integers(0, 2**63 - 1)


def imbalance(sides: pd.Series) -> int:
    return abs(int((sides == "a").sum()) - int((sides == "b").sum()))


@given(pairs=STUDIES, seed=SEEDS)
@settings(max_examples=30, deadline=None)
def test_every_viewer_sees_every_pair_once(pairs: list[Pair], seed: int) -> None:
    trials = make_trials(pairs, subjects=range(1, 6), seed=seed)
    assert list(trials.columns) == list(TRIAL_COLUMNS)
    for _, own in trials.groupby("subject"):
        assert own["position"].tolist() == list(range(1, len(pairs) + 1))
        assert Counter(zip(own["src"], own["hrc_a"], own["hrc_b"], strict=True)) == Counter(pairs)


@given(pairs=STUDIES, seed=SEEDS)
@settings(max_examples=30, deadline=None)
def test_sides_are_balanced_for_each_viewer_and_each_two_hrcs(pairs: list[Pair], seed: int) -> None:
    trials = make_trials(pairs, subjects=range(1, 5), seed=seed)
    assert trials.groupby("subject")["left"].apply(imbalance).max() <= 1
    assert trials.groupby(["subject", "hrc_b"])["left"].apply(imbalance).max() <= 1


@given(pairs=STUDIES, seed=SEEDS)
@settings(max_examples=30, deadline=None)
def test_viewers_of_a_block_of_two_see_opposite_sides_of_every_pair(pairs: list[Pair], seed: int) -> None:
    trials = make_trials(pairs, subjects=range(1, 7), seed=seed)
    trials["block"] = (trials["subject"] - 1) // 2
    assert (trials.groupby(["block", "src", "hrc_b"])["left"].nunique() == 2).all()


@given(pairs=STUDIES, seed=SEEDS, split=st.integers(1, 8))
@settings(max_examples=30, deadline=None)
def test_viewers_added_later_get_what_they_would_have_got_at_once(pairs: list[Pair], seed: int, split: int) -> None:
    at_once = make_trials(pairs, subjects=range(1, 10), seed=seed)
    first = make_trials(pairs, subjects=range(1, split + 1), seed=seed)
    later = make_trials(pairs, subjects=range(split + 1, 10), seed=seed)
    assert pd.concat([first, later]).to_dict("records") == at_once.to_dict("records")


@given(counts=st.lists(st.integers(1, 5), min_size=1, max_size=6), seed=SEEDS)
@settings(max_examples=60, deadline=None)
def test_a_clip_does_not_follow_itself_where_avoidable(counts: list[int], seed: int) -> None:
    pairs = [(f"clip-{clip}", "bicubic", f"net-{hrc}") for clip, count in enumerate(counts) for hrc in range(count)]
    # The most frequent clip needs another one between every two of its trials.
    least = max(0, 2 * max(counts) - 1 - sum(counts))
    for _, own in make_trials(pairs, subjects=range(1, 4), seed=seed).groupby("subject"):
        srcs = own["src"].tolist()
        assert sum(one == two for one, two in pairwise(srcs)) == least


def test_orders_differ_between_viewers_and_sides_do_not_follow_a_pattern() -> None:
    pairs = [(f"clip-{clip}", "bicubic", "sr") for clip in range(12)]
    trials = make_trials(pairs, subjects=range(1, 401), seed=3)
    assert len({tuple(own["src"]) for _, own in trials.groupby("subject")}) == 400
    # 4,800 trials: a share at a position within 5 standard errors (0.025 each) of one half, each clip at 1/12 first.
    shares = trials.groupby("position")["left"].apply(lambda sides: (sides == "a").mean())
    assert shares.between(0.375, 0.625).all()
    first = trials[trials["position"] == 1].groupby("src").size()
    assert len(first) == 12
    assert first.between(10, 65).all()


def test_another_seed_is_another_design() -> None:
    pairs = [(f"clip-{clip}", "bicubic", "sr") for clip in range(12)]
    one, two = (make_trials(pairs, subjects=range(1, 3), seed=seed) for seed in (1, 2))
    assert one["src"].tolist() != two["src"].tolist()


@pytest.mark.parametrize("pairs", [[], [("clip", "bicubic", "sr")] * 2])
def test_no_pairs_and_a_pair_twice_are_refused(pairs: list[Pair]) -> None:
    with pytest.raises(InputError, match="pairs"):
        make_trials(pairs, subjects=range(1, 3), seed=1)


def test_viewers_count_from_1() -> None:
    with pytest.raises(InputError, match="count viewers from 1"):
        make_trials([("clip", "bicubic", "sr")], subjects=range(0, 3), seed=1)
    assert make_trials([("clip", "bicubic", "sr")], subjects=range(1, 1), seed=1).empty
