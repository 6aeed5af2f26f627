"""The worst frames: sorted, one a scene, never what is no number."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qualab.stats.objective.worst_clips import worst_frames


def test_no_two_are_of_one_scene():
    values = np.array([5.0, 1, 2, 9, 8, 3, 7, 4])
    assert worst_frames(values, scenes=[0, 3, 6], count=6) == [1, 5, 7]


def test_without_scenes_they_stand_apart():
    values = np.full(100, 90.0)
    values[[10, 11, 30, 36]] = [1, 2, 3, 4]
    assert worst_frames(values, count=2, apart=25) == [10, 36]


def test_lossless_and_missing_frames_are_never_worst():
    assert worst_frames(np.array([np.inf, np.nan, 40.0]), scenes=[0, 1, 2]) == [2]
    assert worst_frames(np.full(9, np.inf)) == []


def test_where_lower_is_better_the_greatest_is_worst():
    assert worst_frames(np.array([1.0, 9, 3]), scenes=[0, 1, 2], lower=True) == [1, 2, 0]


@given(st.lists(st.floats(0, 100), min_size=1, max_size=80), st.sets(st.integers(1, 79), max_size=8), st.integers(1, 9))
def test_each_is_the_worst_of_its_scene_and_they_are_in_order(values, cuts, count):
    array, scenes = np.array(values), sorted({0, *cuts})
    found = worst_frames(array, scenes=scenes, count=count)
    assert [array[n] for n in found] == sorted(array[n] for n in found)
    parts = [part for part in np.split(np.arange(array.size), scenes[1:]) if part.size]
    assert len(found) == min(count, len(parts))
    for number in found:
        own = next(part for part in parts if number in part)
        assert array[number] == array[own].min()
