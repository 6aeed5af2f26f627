"""The order of trials: a clip comes back after two others where any order has that."""

from collections import Counter
from functools import cache
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from qualab.voting.design.order import Item, spaced

COUNTS = st.lists(st.integers(1, 5), min_size=1, max_size=6)
BEFORE = st.lists(st.integers(0, 3), max_size=2)


def items(counts: list[int]) -> list[Item]:
    clips = [clip for clip, count in enumerate(counts) for _ in range(count)]
    return [Item(pair, str(clip), "a", "test") for pair, clip in enumerate(clips)]


def is_possible(counts: tuple[int, ...], before: tuple[int, ...], apart: int) -> bool:
    """Say by trying all orders whether none of the clips comes back within `apart` trials."""

    @cache
    def go(left: tuple[int, ...], recent: tuple[int, ...]) -> bool:
        if not any(left):
            return True
        return any(
            go((*left[:clip], left[clip] - 1, *left[clip + 1 :]), (clip, *recent)[:apart])
            for clip, count in enumerate(left)
            if count and clip not in recent
        )

    return go(counts, before[:apart])


def closest(before: list[int], order: list[Item]) -> int:
    """Return how many other trials stand at least between one of `order` and the last one of its clip."""
    seen = {str(clip): place - len(before) for place, clip in enumerate(before)}
    gaps = [99]
    for place, item in enumerate(order):
        gaps.append(place - seen.get(item.src, -99) - 1)
        seen[item.src] = place
    return min(gaps)


@given(counts=COUNTS, before=BEFORE, shuffle=st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_a_clip_does_not_come_back_within_two_trials_where_any_order_has_that(counts, before, shuffle) -> None:
    wished = items(counts)
    shuffle.shuffle(wished)
    order = spaced(wished, after=[Item(-1, str(clip), "a", "training") for clip in before])
    assert Counter(order) == Counter(wished)
    possible = [apart for apart in (1, 2) if is_possible(tuple(counts), tuple(before[::-1]), apart)]
    assert closest(before, order) >= max(possible, default=0)


@given(counts=COUNTS, shuffle=st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_where_one_clip_is_too_frequent_it_follows_itself_as_seldom_as_can_be(counts, shuffle) -> None:
    wished = items(counts)
    shuffle.shuffle(wished)
    clips = [item.src for item in spaced(wished)]
    assert sum(one == two for one, two in pairwise(clips)) == max(0, 2 * max(counts) - 1 - sum(counts))


def test_a_repeat_without_a_place_three_trials_later_is_left_out() -> None:
    pair, other = Item(0, "x", "a", "test"), Item(1, "y", "a", "test")
    again = Item(0, "x", "b", "repeat")
    assert spaced([again, pair, other]) == [pair, other]
    third = Item(2, "z", "a", "test")
    assert spaced([again, pair, other, third]) == [pair, other, third, again]
