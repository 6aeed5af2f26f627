"""Names beside points: none covers another, a point or a line, where there is room."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualab.charts.labels import Box, Spot, _box, place_labels

spots = st.lists(
    st.builds(Spot, st.sampled_from(["bicubic", "lite-x2", "swift-x2"]), st.floats(60, 540), st.floats(40, 460)),
    min_size=1,
    max_size=9,
)


@settings(max_examples=60, deadline=None)
@given(spots)
def test_a_few_names_in_a_roomy_plot_never_cover_each_other_and_stay_inside(found: list[Spot]) -> None:
    boxes = [_box(spot, offset) for spot, offset in zip(found, place_labels(found, 600, 500), strict=True)]
    assert all(one.shared(other) == 0 for one, other in combinations(boxes, 2))
    assert all(box.left >= 0 and box.right <= 600 and box.top >= 0 and box.bottom <= 500 for box in boxes)


def test_a_name_goes_beside_its_point_and_to_the_left_at_the_right_edge() -> None:
    (right, down), (left, also_down) = place_labels([Spot("a-x2", 50, 50), Spot("b-x2", 290, 90)], 300, 200)
    assert (right > 0, down, left < 0, also_down) == (True, 0, True, 0)


def test_a_name_avoids_a_line_through_its_point() -> None:
    ((_, down),) = place_labels([Spot("a-x2", 150, 100)], 300, 200, lines=[Box(0, 98, 300, 102)])
    assert down != 0


@pytest.mark.parametrize("count", [2, 5])
def test_names_of_one_place_are_pulled_apart(count: int) -> None:
    placed = place_labels([Spot(f"own-{number}", 150, 150) for number in range(count)], 300, 300)
    assert len(set(placed)) == count
