"""Balanced incomplete sets of pairs: fewer comparisons a clip, each HRC still comparable with each other one."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

HrcPair = tuple[str, str]


def chosen_pairs(srcs: Sequence[str], hrcs: Sequence[str], *, seed: int) -> dict[str, set[HrcPair]]:
    """Return for each SRC a connected set of HRC pairs, in the order of `hrcs` within a pair.

    With an odd number of HRCs each one stands in two pairs a clip (a ring), with an even number in two or, at the ends
    of a chain, in one. Over any number of clips, counted from the first, two pairs are used equally often or once
    more: (n-1)/2 rings, or n/2 chains, hold every pair once (Walecki's construction).

    >>> [len(pairs) for pairs in chosen_pairs(["x", "y"], ["bicubic", "lanczos", "a", "b", "c"], seed=1).values()]
    [5, 5]
    """
    places = {hrc: place for place, hrc in enumerate(hrcs)}
    sets = _sets(list(hrcs), seed)
    return {
        src: {(hrc_a, hrc_b) if places[hrc_a] < places[hrc_b] else (hrc_b, hrc_a) for hrc_a, hrc_b in chosen}
        for src, chosen in zip(srcs, sets, strict=False)
    }


def _sets(hrcs: Sequence[str], seed: int) -> Iterator[list[HrcPair]]:
    """Yield sets of pairs for ever; each run through all of them has the HRCs in a new random order."""
    rng = np.random.default_rng([seed, 5])
    n, is_odd = len(hrcs), len(hrcs) % 2
    if n < 2:
        return
    while True:
        *others, hub = [hrcs[at] for at in rng.permutation(n).tolist()]
        around = others if is_odd else [*others, hub]
        for turn in rng.permutation(len(around) // 2).tolist():
            chain = [around[place] for place in _zigzag(turn, len(around))]
            ring = [*chain, hub, chain[0]] if is_odd else chain
            yield list(pairwise(ring))


def _zigzag(turn: int, n: int) -> list[int]:
    """Return 0, 1, n-1, 2, n-2, ... shifted by `turn`: a walk through n points that uses every difference."""
    steps = [(place + 1) // 2 * (1 if place % 2 else -1) for place in range(n)]
    return [(turn + step) % n for step in steps]
