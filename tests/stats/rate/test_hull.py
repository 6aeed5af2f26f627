"""The convex hull and the crossovers of rate-quality curves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from qualab.stats.rate.bdrate import curve
from qualab.stats.rate.hull import crossovers, hull

POINTS = st.lists(
    st.tuples(st.integers(100, 9999), st.integers(0, 1000)), min_size=4, max_size=25, unique_by=lambda point: point[0]
)


@given(POINTS)
def test_the_hull_holds_the_vertices_that_qhull_finds(points: list[tuple[int, int]]) -> None:
    front = curve([rate for rate, _ in points], [quality for _, quality in points])
    found = hull(front)
    x, y = front.log_rates, front.qualities
    assert {float(x[0]), float(x[-1])} <= set(found.log_rates)
    if len(front) < 2:
        return
    # With two points far below, what is left of Qhull's vertices is the upper hull.
    below = [[x[0], y[0] - 1e4], [x[-1], y[0] - 1e4]]
    vertices = ConvexHull(np.concatenate([np.column_stack([x, y]), below])).vertices
    assert sorted(place for place in vertices if place < len(x)) == np.searchsorted(x, found.log_rates).tolist()


@given(POINTS)
def test_no_point_is_above_the_hull(points: list[tuple[int, int]]) -> None:
    front = curve([rate for rate, _ in points], [quality for _, quality in points])
    found = hull(front)
    assert (np.interp(front.log_rates, found.log_rates, found.qualities) >= front.qualities - 1e-9).all()


def test_on_a_linear_axis_another_hull_comes_out() -> None:
    # Of 100, 550 and 1000 the middle is halfway in kb/s and at 0.74 of the way in log rate.
    front = curve([100, 550, 1000], [0, 6, 10])
    assert len(hull(front)) == 2
    assert len(hull(front, scale="linear")) == 3


def test_the_labels_stay_with_their_points() -> None:
    front = curve([800, 100, 200, 400], [80, 50, 52, 70], ["1080p", "360p", "540p", "720p"])
    assert hull(front).labels == ("360p", "720p", "1080p")


def test_straight_lines_cross_where_their_equation_says() -> None:
    ((rate, quality, first_above),) = crossovers(curve([100, 10000], [40, 60]), curve([100, 10000], [35, 75]))
    # 40 + 10 t = 35 + 20 t in t = log10(rate / 100).
    assert rate == pytest.approx(100 * 10**0.5)
    assert quality == pytest.approx(45)
    assert not first_above


def test_curves_that_cross_twice_say_so_in_the_order_of_rate() -> None:
    found = crossovers(curve([100, 200, 400, 800], [50, 62, 64, 80]), curve([100, 200, 400, 800], [52, 60, 66, 79]))
    assert len(found) == 3
    assert [above for _, _, above in found] == [True, False, True]
    assert [rate for rate, _, _ in found] == sorted(rate for rate, _, _ in found)
    assert all(100 < rate < 800 for rate, _, _ in found)


def test_outside_the_overlap_nothing_crosses() -> None:
    # Straight on, these would cross at 1,000 kb/s.
    assert crossovers(curve([10, 100], [40, 45]), curve([10, 100], [30, 40])) == []
    assert crossovers(curve([10, 100], [40, 45]), curve([200, 400], [30, 60])) == []
    assert crossovers(curve([10], [40]), curve([10, 100], [30, 60])) == []


def test_curves_that_touch_or_run_together_do_not_cross() -> None:
    shared = [300.0, 600.0], [80.0, 90.0]
    first = curve([100, 200, *shared[0]], [50, 60, *shared[1]])
    second = curve([110, 220, *shared[0]], [40, 55, *shared[1]])
    assert crossovers(first, second) == []
    assert crossovers(first, first) == []


@given(
    st.lists(st.floats(0.1, 1), min_size=4, max_size=8),
    st.lists(st.floats(0.1, 1), min_size=4, max_size=8),
    st.floats(0.5, 2),
)
def test_at_a_crossover_both_curves_have_the_same_quality(one: list[float], two: list[float], factor: float) -> None:
    first = curve(100 * 2.0 ** np.arange(len(one)), 50 + np.cumsum(one))
    second = curve(100 * factor * 2.0 ** np.arange(len(two)), 50 + np.cumsum(two))
    for rate, quality, _ in crossovers(first, second):
        place = np.log10(rate)
        assert first.quality_by_rate()(place) == pytest.approx(quality, abs=1e-7)
        assert second.quality_by_rate()(place) == pytest.approx(quality, abs=1e-7)
    mirrored = [(rate, not above) for rate, _, above in crossovers(second, first)]
    assert [rate for rate, _ in mirrored] == pytest.approx([rate for rate, _, _ in crossovers(first, second)])
