"""Trial lists: which viewer sees which pair when, on which side, and what for."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import cycle
from math import ceil

import numpy as np
import pandas as pd

from qualab.errors import InputError
from qualab.study.presentations import PRESENTATIONS
from qualab.study.tables import TRIAL_COLUMNS
from qualab.study.terms import GOLD, IDENTICAL, REPEAT, TEST, TRAINING, TRAP
from qualab.voting.design.allocation import Card, allocate
from qualab.voting.design.frozen import Design
from qualab.voting.design.order import Item, spaced

# Between the end of a pair and the next one's start: the answer, and loading.
_ANSWER_S = 5.0
_REST_S = 30.0
# Which pairs the trials of a kind are made of, beside those that the study is about.
_ROLES = {TRAINING: GOLD, GOLD: GOLD, IDENTICAL: IDENTICAL, TRAP: TRAP}
_CHECK_ROLES = (GOLD, IDENTICAL, TRAP)


def make_trials(design: Design, *, subjects: range) -> pd.DataFrame:
    """Return a table of TRIAL_COLUMNS, the trials of each subject in order.

    A subject's list depends on the design and the subject's number alone, so viewers can be added later. Which pairs on
    which sides: see design.allocation; subjects 1 and 2, 3 and 4, ... see opposite sides of all checks, and all
    trials of a subject together are balanced to one too. Training comes first; then the checks are spread among the
    pairs of the study, see qualab.voting.design.order.

    Raises:
        InputError: no pairs, a pair twice, or a subject number below 1.
    """
    tested = [pair.key for pair in design.pairs_of(TEST)]
    if not tested or len(set(tested)) < len(tested):
        what = "stand twice in the design" if tested else "are missing: nothing to compare"
        raise InputError("pairs", what, "give every pair of HRCs of every clip once")
    if len(subjects) and min(subjects) < 1:
        raise InputError("subjects", f"begin at {min(subjects)}", "count viewers from 1")
    # A design may list its roles in any order: cards count the tested pairs, items all of them.
    at_tested = [at for at, pair in enumerate(design.pairs) if pair.role == TEST]
    dealt = allocate(tested, size=design.max_trials, subjects=subjects, seed=design.seed)
    rows = []
    for subject, hand in zip(subjects, dealt, strict=True):
        cards = [(at_tested[at], is_left) for at, is_left in hand]
        for position, item in enumerate(_list_of(design, cards, subject), start=1):
            src, hrc_a, hrc_b = design.pairs[item.pair].key
            rows.append((subject, position, src, hrc_a, hrc_b, item.left, item.kind))
    return pd.DataFrame(rows, columns=list(TRIAL_COLUMNS))


def viewers_needed(design: Design, votes: pd.DataFrame | None = None) -> int:
    """Return how many viewers give every pair its planned votes; 0 where the design has no quota.

    Those of `votes` (VOTE_COLUMNS, only what counts) are there already.
    """
    quota, keys = design.votes_per_pair, [pair.key for pair in design.pairs_of(TEST)]
    names = zip(*(votes[name] for name in ("src", "hrc_a", "hrc_b")), strict=True) if votes is not None else ()
    given = Counter(names)
    missing = max((quota - given[key] for key in keys), default=0)
    return ceil(missing * len(keys) / share_of(design)) if missing > 0 else 0


def share_of(design: Design) -> int:
    """Return how many pairs of the study each viewer sees."""
    n_pairs, most = len(design.pairs_of(TEST)), design.max_trials
    return min(n_pairs, most) if most else n_pairs


def planned_counts(design: Design, viewers: int) -> pd.DataFrame:
    """Return src, hrc_a, hrc_b and `planned`, the votes that each pair gets from viewers 1, 2, ..., `viewers`."""
    tested = [pair.key for pair in design.pairs_of(TEST)]
    dealt = allocate(tested, size=design.max_trials, subjects=range(1, viewers + 1), seed=design.seed)
    counts = Counter(at for hand in dealt for at, _ in hand)
    rows = [(*key, counts[at]) for at, key in enumerate(tested)]
    return pd.DataFrame(rows, columns=["src", "hrc_a", "hrc_b", "planned"])


def trials_per_viewer(design: Design) -> int:
    """Return how many trials a viewer answers at most, checks included."""
    return sum(_possible(design).values()) + share_of(design)


def minutes(design: Design) -> float:
    """Return how long a viewer needs, in minutes: every pair played once and answered, with rests."""
    if not design.pairs:
        return 0.0
    lengths = [float(pair.frames / Fraction(pair.fps)) for pair in design.pairs]
    factor = PRESENTATIONS[design.presentation].duration_factor
    trials, break_every = trials_per_viewer(design), design.break_every
    rests = (trials - 1) // break_every if break_every else 0
    return (trials * (factor * sum(lengths) / len(lengths) + _ANSWER_S) + rests * _REST_S) / 60


def _possible(design: Design) -> dict[str, int]:
    """Return how many trials of each kind but the study's own a viewer gets: none of what was not built."""
    checks, roles = design.checks, {pair.role for pair in design.pairs}
    numbers = {TRAINING: checks.training, GOLD: checks.gold, IDENTICAL: checks.identical, TRAP: checks.traps}
    built = {kind: number for kind, number in numbers.items() if _ROLES[kind] in roles}
    return {kind: built.get(kind, 0) for kind in _ROLES} | {REPEAT: min(checks.repeats, share_of(design))}


def _list_of(design: Design, hand: Sequence[Card], subject: int) -> list[Item]:
    """Return one subject's trials in order."""
    block, is_second = divmod(subject - 1, 2)
    coins = np.random.default_rng([design.seed, 3, block])
    sides = _Sides(coins, is_mirrored=bool(is_second))
    wanted = _possible(design)
    tests = [_item(design, at, sides.note(is_left), TEST) for at, is_left in hand]
    again, by_kind = sides.give(wanted[REPEAT]), {TEST: tests}
    built = {role: [at for at, pair in enumerate(design.pairs) if pair.role == role] for role in _CHECK_ROLES}
    # Gold trials go on where training ended: a pair comes twice only where there are too few.
    turns = {role: cycle(coins.permutation(places).tolist()) for role, places in built.items()}
    for kind, role in _ROLES.items():
        given = zip(sides.give(wanted[kind]), turns[role], strict=False)
        by_kind[kind] = [_item(design, at, is_left, kind) for is_left, at in given]
    training = by_kind.pop(TRAINING)
    shown = Counter(item.src for items in by_kind.values() for item in items)
    by_kind[REPEAT] = _repeats([tests[at] for at in coins.permutation(len(tests)).tolist()], again, shown)
    rng = np.random.default_rng([design.seed, 1, subject])
    training = spaced(_mixed([training], rng))
    return training + spaced(_mixed(list(by_kind.values()), rng), after=training)


class _Sides:
    """Sides for a subject's trials, so that all together stay balanced to one; mirrored for the second of a block."""

    def __init__(self, coins: np.random.Generator, *, is_mirrored: bool) -> None:
        self._coins, self._is_mirrored, self._balance = coins, is_mirrored, 0

    def note(self, is_left: bool) -> bool:
        """Count a trial whose side is fixed, and return the side."""
        self._balance += 1 if is_left else -1
        return is_left

    def give(self, n: int) -> list[bool]:
        """Return n sides, halved, the odd one against what was more frequent so far."""
        coin = bool(self._coins.integers(2)) != self._is_mirrored
        sides = [coin != bool(place % 2) for place in range(n)]
        if n % 2 and self._balance:
            sides[-1] = self._balance < 0
        return [self.note(is_left) for is_left in sides]


def _item(design: Design, at: int, is_left: bool, kind: str) -> Item:
    return Item(at, design.pairs[at].src, "a" if is_left else "b", kind)


def _repeats(tests: list[Item], sides: Sequence[bool], shown: Counter[str]) -> list[Item]:
    """Return pairs of `tests` once more on these sides: each one was on the other side before.

    They are of the SRCs that are `shown` least, so that no clip has to come back too soon; else as `tests` has them.
    """
    again = []
    for is_left in sides:
        left = "a" if is_left else "b"
        chosen = min((item for item in tests if item.left != left), key=lambda item: shown[item.src])
        tests.remove(chosen)
        shown[chosen.src] += 1
        again.append(replace(chosen, left=left, kind=REPEAT))
    return again


def _mixed(kinds: Sequence[Sequence[Item]], rng: np.random.Generator) -> list[Item]:
    """Return all trials in a random order over which those of each kind are spread.

    Repeats stand in the second half, and what they repeat in the first, so that there is a place for each.
    """
    repeated = {item.pair for items in kinds for item in items if item.kind == REPEAT}
    wishes = []
    for items in kinds:
        for place, at in enumerate(rng.permutation(len(items)).tolist()):
            item, when = items[at], (place + float(rng.random())) / len(items)
            half = 1 if item.kind == REPEAT else 0
            wishes.append(((half + when) / 2 if item.pair in repeated else when, item))
    return [item for _, item in sorted(wishes, key=lambda wish: wish[0])]
