"""Balanced incomplete sets of HRC pairs: connected on every clip, equally often over all."""

from collections import Counter
from itertools import combinations

import pytest

from qualab.voting.design.incomplete_blocks import chosen_pairs


def is_connected(pairs: set[tuple[str, str]], names: list[str]) -> bool:
    reached = {names[0]}
    for _ in names:
        reached |= {name for pair in pairs if reached & set(pair) for name in pair}
    return reached == set(names)


@pytest.mark.parametrize("hrcs", range(2, 10))
def test_sets_are_connected_and_use_every_pair_equally_often_over_any_number_of_clips(hrcs: int) -> None:
    names = [f"hrc-{number}" for number in range(hrcs)]
    for clips in range(1, 14):
        sets = chosen_pairs([f"clip-{number}" for number in range(clips)], names, seed=clips)
        assert len(sets) == clips
        assert all(is_connected(pairs, names) for pairs in sets.values())
        used = Counter(pair for pairs in sets.values() for pair in pairs)
        assert set(used) <= set(combinations(names, 2))
        assert max(used.values()) - min(used[pair] for pair in combinations(names, 2)) <= 1


@pytest.mark.parametrize(("hrcs", "pairs", "of"), [(3, 3, 3), (4, 3, 6), (5, 5, 10), (8, 7, 28), (9, 9, 36)])
def test_a_set_has_one_pair_an_hrc_or_one_fewer(hrcs: int, pairs: int, of: int) -> None:
    names = [f"hrc-{number}" for number in range(hrcs)]
    found = chosen_pairs(["clip"], names, seed=1)["clip"]
    assert (len(found), len(list(combinations(names, 2)))) == (pairs, of)
    stand = Counter(name for pair in found for name in pair)
    assert set(stand.values()) <= {1, 2}
    assert sum(times == 1 for times in stand.values()) == (0 if hrcs % 2 else 2)


def test_a_clip_added_later_leaves_the_sets_of_the_others() -> None:
    names = [f"hrc-{number}" for number in range(6)]
    few, more = (chosen_pairs([f"clip-{at}" for at in range(clips)], names, seed=4) for clips in (5, 6))
    assert {src: more[src] for src in few} == few
