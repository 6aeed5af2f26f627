"""Which pairs of the study a viewer sees, and on which side: balanced for each viewer, each pair and each clip."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from itertools import count

import numpy as np

# (index of the pair, whether hrc_a is left)
Card = tuple[int, bool]
Pair = tuple[str, str, str]


def allocate(pairs: Sequence[Pair], *, size: int, subjects: range, seed: int) -> Iterator[list[Card]]:
    """Yield the cards of each subject: all pairs, or `size` of them where that is fewer; in no order that matters.

    After any number of subjects, counted from the first, two pairs were dealt equally often or once more, and each
    pair had hrc_a left as often as right or once more. Each subject has as many a left as right, or one more; one who
    sees all pairs also on each clip and for each two HRCs.
    """
    if not size or size >= len(pairs):
        yield from (_whole(pairs, subject, seed) for subject in subjects)
        return
    dealt = _balanced_draws(pairs, size, seed)
    for number, hand in zip(count(1), dealt, strict=False):
        if number in subjects:
            yield hand
        if not subjects or number >= subjects[-1]:
            return


def _whole(pairs: Sequence[Pair], subject: int, seed: int) -> list[Card]:
    """Return all pairs; subjects 1 and 2, 3 and 4, ... see opposite sides."""
    block, is_second = divmod(subject - 1, 2)
    split = halve([(src, (hrc_a, hrc_b)) for src, hrc_a, hrc_b in pairs], np.random.default_rng([seed, 0, block]))
    return [(at, is_left != bool(is_second)) for at, is_left in enumerate(split)]


def halve(places: Sequence[tuple[Hashable, Hashable]], rng: np.random.Generator) -> list[bool]:
    """Return a random halving of things with two properties each that halves all of one property, to one.

    Things are tied in twos by their first property and in twos by their second; the ties alternate, so that every ring
    of them is even and the ends of each tie can go to different halves. What is left over of one property is tied too,
    and so the whole is halved as well.
    """
    ties = [_partners([place[which] for place in places], rng) for which in (0, 1)]
    halves: dict[int, bool] = {}
    for start in rng.permutation(len(places)).tolist():
        if start in halves:
            continue
        halves[start] = bool(rng.integers(2))
        todo = [start]
        while todo:
            place = todo.pop()
            for other in (tie[place] for tie in ties if place in tie):
                if other not in halves:
                    halves[other] = not halves[place]
                    todo.append(other)
    return [halves[at] for at in range(len(places))]


def _partners(properties: Sequence[Hashable], rng: np.random.Generator) -> dict[int, int]:
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for at in rng.permutation(len(properties)).tolist():
        groups[properties[at]].append(at)
    over = [group.pop() for group in groups.values() if len(group) % 2]
    tied: dict[int, int] = {}
    for group in (*groups.values(), over):
        for first, second in zip(group[::2], group[1::2], strict=False):
            tied[first], tied[second] = second, first
    return tied


def _balanced_draws(pairs: Sequence[Pair], size: int, seed: int) -> Iterator[list[Card]]:
    """Yield hands dealt from a deck that holds every pair once a round.

    Card by card the left side alternates for ever, so every hand is balanced; in rounds 0 and 1, 2 and 3, ... each pair
    has opposite sides, so every pair is balanced.
    """
    hand: list[Card] = []
    is_left: dict[int, bool] = {}
    starts_left = bool(np.random.default_rng([seed, 4]).integers(2))
    for number in count():
        rng = np.random.default_rng([seed, 2, number])
        wished = _varied([src for src, _, _ in pairs], rng)
        held = {at for at, _ in hand}
        first = starts_left != bool(number * len(pairs) % 2)
        if number % 2:
            halves = [_held_last([at for at in wished if is_left[at] != side], held) for side in (first, not first)]
            order = [half[place] for place in range(len(halves[0])) for half in halves if place < len(half)]
        else:
            order = _held_last(wished, held)
        is_left = {at: first != bool(place % 2) for place, at in enumerate(order)}
        for at in order:
            hand.append((at, is_left[at]))
            if len(hand) == size:
                yield hand
                hand = []


def _held_last(wished: Sequence[int], held: set[int]) -> list[int]:
    """Return the cards with those that the hand at the turn of the round holds moved to the end."""
    return sorted(wished, key=held.__contains__)


def _varied(srcs: Sequence[str], rng: np.random.Generator) -> list[int]:
    """Return a random order in which every stretch holds about its share of each SRC."""
    groups: dict[str, list[int]] = defaultdict(list)
    for at in rng.permutation(len(srcs)).tolist():
        groups[srcs[at]].append(at)
    keys = {
        at: (place + float(rng.random())) / len(group) for group in groups.values() for place, at in enumerate(group)
    }
    return sorted(keys, key=keys.__getitem__)
