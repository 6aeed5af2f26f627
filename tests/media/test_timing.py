import numpy as np
import pytest

from qualab.media.probe import probe
from qualab.media.proxies import read_proxies
from qualab.media.timing import RADIUS, find_timing


@pytest.fixture(scope="module")
def moving(carried_clip):
    path = carried_clip("bikes.mp4")
    return read_proxies(path, probe(path), name=path.name, count=100)


@pytest.fixture
def noisy(moving):
    """The moving clip as a coarse and softer copy of it, with noise of its own in every frame."""
    noise = np.random.default_rng(1).normal(0, 0.7, moving.shape).astype(np.float32)
    return np.round(moving * 0.97 / 2) * 2 + noise


def _pictures(clip, order):
    return clip[np.asarray(order)]


@pytest.mark.parametrize("late", range(-8, 9))
def test_a_coarse_copy_is_found_at_its_place(moving, noisy, late):
    first, second = (moving[late:], noisy) if late >= 0 else (moving, noisy[-late:])
    found = find_timing(first, second)
    assert (found.offset, found.dropped, found.duplicated) == (late, 0, 0)


def test_a_copy_later_than_the_search_is_not_guessed(moving, noisy):
    assert find_timing(moving[RADIUS + 6 :], noisy).offset is None


def test_a_still_clip_says_that_it_is_still(moving):
    still = np.repeat(moving[:1], 40, axis=0)
    noise = np.random.default_rng(2).normal(0, 0.05, still.shape).astype(np.float32)
    for late in range(9):
        found = find_timing(still[late:], still + noise)
        assert (found.offset, found.is_still) == (None, True)


def test_a_periodic_clip_is_taken_where_it_stands(moving):
    round_and_round = np.concatenate([moving[:4]] * 15)
    assert find_timing(round_and_round, round_and_round).offset in (0, None)


def test_other_content_is_not_given_an_offset(moving, carried_clip):
    path = carried_clip("carphone_pristine.mp4")
    other = read_proxies(path, probe(path), name=path.name, count=100)
    assert find_timing(moving, other).offset is None


@pytest.mark.parametrize(
    ("order", "duplicated", "dropped", "out_of_step"),
    [
        ([*range(40), 39, *range(41, 100)], 1, 1, False),
        ([*range(40), 39, 39, 39, *range(43, 100)], 3, 3, False),
        ([*range(40), *range(41, 100), 99], 0, 1, True),
        ([*range(40), 39, *range(40, 99)], 1, 0, True),
    ],
    ids=["stands for one", "stands for three", "one missing", "one twice"],
)
def test_frames_twice_and_missing_are_counted(moving, order, duplicated, dropped, out_of_step):
    found = find_timing(moving, _pictures(moving, order))
    assert (found.offset, found.duplicated, found.dropped, found.out_of_step) == (0, duplicated, dropped, out_of_step)
    assert 0 < found.first <= 42


def test_every_fifth_frame_standing_still_leaves_the_others_in_place(moving):
    found = find_timing(moving, _pictures(moving, [frame if frame % 5 else max(frame - 1, 0) for frame in range(100)]))
    assert (found.offset, found.out_of_step) == (0, False)
    # Not all: here and there the clip itself hardly moves.
    assert 14 <= found.duplicated == found.dropped <= 19


def test_a_clip_that_falls_behind_all_the_time_is_out_of_step(moving):
    found = find_timing(moving, _pictures(moving, [frame * 4 // 5 for frame in range(100)]))
    assert found.out_of_step
    assert found.duplicated >= 6


def test_a_fine_copy_of_a_coarse_reference_does_not_stand_still(moving, noisy):
    # Where the original hardly moves a coarse reference still changes, by its noise: that is no frame left out.
    slow = moving.copy()
    slow[40:46] = slow[40]
    noise = np.random.default_rng(3).normal(0, 1.0, slow.shape).astype(np.float32)
    assert find_timing(slow + noise, slow).duplicated == 0


@pytest.mark.parametrize("frames", [2, 5, 7, 8])
def test_very_short_clips_are_told_or_not_but_never_wrong(moving, frames):
    assert find_timing(moving[:frames], moving[:frames]).offset in (0, None)
