"""The sign-flip distribution against counting every flip, and where counting is impossible."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from qualab.stats.pairwise.sign_flips import SMALLEST_P, two_sided_p


def by_counting(totals: list[int]) -> float:
    observed = abs(sum(totals))
    flipped = [np.dot(signs, totals) for signs in product((1, -1), repeat=len(totals))]
    return sum(abs(value) >= observed for value in flipped) / len(flipped)


@given(st.lists(st.integers(-12, 12), max_size=10))
@settings(deadline=None)
def test_the_p_value_is_the_share_of_flips_as_extreme(totals: list[int]) -> None:
    assert two_sided_p(np.array(totals, dtype=np.int64)) == pytest.approx(by_counting(totals), rel=1e-12)


def test_it_agrees_with_the_normal_limit_where_flips_cannot_be_counted() -> None:
    rng = np.random.default_rng(5)
    totals = 2 * rng.binomial(12, 0.505, 20_000) - 12
    z = abs(totals.sum()) / np.sqrt(np.square(totals).sum())
    # The sums lie 2 apart: half such a step over a standard deviation of about 490 is the limit's error.
    assert two_sided_p(totals) == pytest.approx(2 * norm.sf(z), rel=0.02)


def test_an_impossible_outcome_has_a_floor_and_not_zero() -> None:
    totals = np.array([12, 11] * 500, dtype=np.int64)
    assert two_sided_p(totals) == SMALLEST_P


def test_subjects_who_lean_to_no_side_play_no_part() -> None:
    totals = np.array([3, 3, 1, -1, 3], dtype=np.int64)
    assert two_sided_p(np.concatenate([totals, np.zeros(40, dtype=np.int64)])) == two_sided_p(totals)
    assert two_sided_p(np.zeros(3, dtype=np.int64)) == 1.0
