"""The order of a viewer's trials: clips apart from themselves, checks spread, repeats well after their pair."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from qualab.study.terms import REPEAT

# The same clip comes back after this many others at least, where that is possible.
APART = 2
_LEAST_AFTER = 3


@dataclass(frozen=True)
class Item:
    """A trial before it has a place: `pair` is its index in the design, `left` says whether hrc_a or hrc_b is left."""

    pair: int
    src: str
    left: str
    kind: str


def spaced(wished: Sequence[Item], *, after: Sequence[Item] = ()) -> list[Item]:
    """Return the trials about in the order `wished`, with at least two others between those of one SRC.

    Where that cannot be, one other stands between, and where that cannot be either, as few as possible follow each
    other. `after` are the trials before. A repeat comes three trials or more after its pair; one for which there is
    no such place is left out.

    >>> [item.src for item in spaced([Item(n, src, "a", "test") for n, src in enumerate("xxyyzz")])]
    ['x', 'y', 'z', 'x', 'y', 'z']
    """
    waiting, placed = list(wished), list(after)
    left = Counter(item.src for item in waiting)
    while waiting:
        item = _next(waiting, left, placed)
        if item is None:
            break
        waiting.remove(item)
        left[item.src] -= 1
        placed.append(item)
    return placed[len(after) :]


def _next(waiting: list[Item], left: Counter[str], placed: Sequence[Item]) -> Item | None:
    """Return the trial to place: the first as wished that leaves room for all others, None where none may be."""
    recent = [item.src for item in placed[-APART:]][::-1]
    for apart in range(APART, -1, -1):
        if apart and not _fits(left, recent, apart):
            continue
        refused = set(recent[:apart])
        for item in waiting if apart else _crowded(waiting, left, recent):
            if item.src in refused:
                continue
            if apart and not _fits(left, [item.src, *recent], apart, taken=item.src):
                refused.add(item.src)
                continue
            due = _due(item, waiting, placed)
            if due is not None:
                return due
    return None


def _fits(left: Mapping[str, int], recent: Sequence[str], apart: int, *, taken: str | None = None) -> bool:
    """Say whether the SRCs that are left can follow the `recent` ones (newest first) with `apart` others between.

    Seen from the end, the places fall into groups of apart + 1 in which each SRC stands once at most; the first group
    may be shorter, and the SRCs that every group needs must find room in it.
    """
    window = apart + 1
    places = sum(left.values()) - (taken is not None)
    groups = -(-places // window)
    if max(left.values(), default=0) < groups:
        return True
    first = places - window * (groups - 1)
    counts = ((src, count - (src == taken)) for src, count in left.items() if count >= groups)
    full = [(src, count) for src, count in counts if count and count >= groups]
    if len(full) > first or any(count > groups for _, count in full):
        return False
    ages = {src: age for age, src in reversed(list(enumerate(recent[:apart], start=1)))}
    return all(first > window - ages[src] for src, _ in full if src in ages)


def _crowded(waiting: Sequence[Item], left: Counter[str], recent: Sequence[str]) -> Iterable[Item]:
    """Return the trials where one SRC is too frequent: that one first wherever it does not follow itself."""
    last = recent[0] if recent else None
    frequent = left.most_common(1)[0][0]
    return sorted(waiting, key=lambda item: (item.src == last, item.src != frequent))


def _due(item: Item, waiting: Sequence[Item], placed: Sequence[Item]) -> Item | None:
    """Return the trial itself; for a repeat that is too early, another one of its SRC, its own pair first."""
    if _may_come(item, placed):
        return item
    others = [other for other in waiting if other.src == item.src and _may_come(other, placed)]
    return min(others, key=lambda other: other.pair != item.pair, default=None)


def _may_come(item: Item, placed: Sequence[Item]) -> bool:
    if item.kind != REPEAT:
        return True
    early = placed[: len(placed) - _LEAST_AFTER + 1]
    return any(earlier.pair == item.pair and earlier.kind != REPEAT for earlier in early)
