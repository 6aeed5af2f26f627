"""Trial lists: which viewer sees which pair when, and on which side."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import pandas as pd

from qualab.errors import InputError
from qualab.tables import TRIAL_COLUMNS

Pair = tuple[str, str, str]


def make_trials(pairs: Sequence[Pair], *, subjects: range, seed: int) -> pd.DataFrame:
    """Return a table of TRIAL_COLUMNS: every subject sees every (src, hrc_a, hrc_b) once, in an own order.

    A subject's list depends on the pairs, the seed and the subject's number alone, so viewers can be added later.
    Within a viewer the HRCs of each pair are left equally often, or differ by one, and so are all hrc_a together.
    Viewers 1 and 2, 3 and 4, ... see opposite sides. No SRC comes twice in a row where an order without that exists.

    >>> make_trials([("cups", "bicubic", "sr")], subjects=range(1, 3), seed=7)["left"].nunique()
    2

    Raises:
        InputError: no pairs, a pair twice, or a subject number below 1.
    """
    if not pairs or len(set(pairs)) < len(pairs):
        what = "stand twice in the design" if pairs else "are missing: nothing to compare"
        raise InputError("pairs", what, "give every pair of HRCs of every clip once")
    if len(subjects) and min(subjects) < 1:
        raise InputError("subjects", f"begin at {min(subjects)}", "count viewers from 1")
    rows = [row for subject in subjects for row in _list_of(pairs, subject, seed)]
    return pd.DataFrame(rows, columns=list(TRIAL_COLUMNS))


def _list_of(pairs: Sequence[Pair], subject: int, seed: int) -> list[tuple[int, int, str, str, str, str]]:
    block, is_second = divmod(subject - 1, 2)
    sides = _sides(pairs, np.random.default_rng([seed, 0, block]))
    if is_second:
        sides = ["b" if side == "a" else "a" for side in sides]
    order = _order([src for src, _, _ in pairs], np.random.default_rng([seed, 1, subject]))
    return [(subject, position, *pairs[at], sides[at]) for position, at in enumerate(order, start=1)]


def _sides(pairs: Sequence[Pair], rng: np.random.Generator) -> list[str]:
    """Return which HRC is left, for each pair, balanced within each two HRCs and over all."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, (_, hrc_a, hrc_b) in enumerate(pairs):
        groups[hrc_a, hrc_b].append(at)
    sides = [""] * len(pairs)
    odd = "ab"[rng.integers(2)]
    for group in groups.values():
        shuffled = rng.permutation(group).tolist()
        if len(shuffled) % 2:
            sides[shuffled.pop()] = odd
            odd = "b" if odd == "a" else "a"
        for place, at in enumerate(shuffled):
            sides[at] = "ab"[place % 2]
    return sides


def _order(srcs: Sequence[str], rng: np.random.Generator) -> list[int]:
    """Return a random order of the trials in which equal SRCs do not follow each other where avoidable."""
    waiting: dict[str, list[int]] = defaultdict(list)
    for at in rng.permutation(len(srcs)).tolist():
        waiting[srcs[at]].append(at)
    left = Counter(srcs)
    order: list[int] = []
    last = None
    for remaining in range(len(srcs), 0, -1):
        last = _next_src(left, last, remaining, rng)
        order.append(waiting[last].pop())
        left[last] -= 1
    return order


def _next_src(left: Counter[str], last: str | None, remaining: int, rng: np.random.Generator) -> str:
    """Return the next SRC: a random one, or the one that would otherwise be left over at the end."""
    src, most = left.most_common(1)[0]
    if src != last and most > remaining // 2:
        return src
    names = [name for name, count in left.items() if count and name != last]
    if not names:
        return src
    weights = np.array([left[name] for name in names], dtype=float)
    return names[int(rng.choice(len(names), p=weights / weights.sum()))]
