"""Votes on several HRCs as numbers: who was compared with whom, by which viewer, and what hangs together."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse.csgraph import connected_components

from qualab.errors import InputError
from qualab.stats.tally import is_simulated, signs_of

Ints = npt.NDArray[np.int64]
FIRST, SECOND, TIE = range(3)


@dataclass(frozen=True)
class Comparisons:
    """Votes on pairs of HRCs, one entry a vote; an HRC is its place in `hrcs`, which are in order of their names.

    Of every pair the one that comes earlier in `hrcs` is the first, whichever stood in hrc_a.

    Attributes:
        pairs: the pairs compared, shape (pairs, 2), first and second.
        subjects, clips, of_pair: codes of each vote's subject, clip and pair.
        outcomes: FIRST, SECOND or TIE.
        sides: 1 where the first HRC was shown left, -1 where the second was, 0 where it is not known.
        counts: n_a, n_b and n_tie as the votes were given.
    """

    hrcs: tuple[str, ...]
    pairs: Ints
    subjects: Ints
    clips: Ints
    of_pair: Ints
    outcomes: Ints
    sides: Ints
    n_subjects: int
    n_srcs: int
    counts: Mapping[str, int]
    is_simulated: bool

    @cached_property
    def cells(self) -> "Cells":
        """The votes counted by subject, pair and side, in order of these."""
        keys = ((self.subjects * max(len(self.pairs), 1) + self.of_pair) * 3 + self.sides + 1) * 3 + self.outcomes
        cells, numbers = np.unique(keys, return_counts=True)
        places, inverse = np.unique(cells // 3, return_inverse=True)
        counts = np.zeros((len(places), 3), dtype=np.int64)
        counts[inverse, cells % 3] = numbers
        subject, pair = np.divmod(places // 3, max(len(self.pairs), 1))
        return Cells(subject, pair, places % 3 - 1, counts)

    @cached_property
    def wins(self) -> Ints:
        """How often the HRC of the row was preferred to that of the column; ties left out."""
        wins = np.zeros((len(self.hrcs), len(self.hrcs)), dtype=np.int64)
        table = np.zeros((len(self.pairs), 3), dtype=np.int64)
        np.add.at(table, self.cells.pairs, self.cells.counts)
        first, second = self.pairs.T
        wins[first, second], wins[second, first] = table[:, FIRST], table[:, SECOND]
        return wins

    def names(self, places: Ints) -> tuple[str, ...]:
        """Return the HRCs of these places."""
        return tuple(self.hrcs[place] for place in places.tolist())


@dataclass(frozen=True)
class Cells:
    """Counts of FIRST, SECOND and TIE (columns of `counts`) for each subject, pair and side that occurs."""

    subjects: Ints
    pairs: Ints
    sides: Ints
    counts: Ints


@dataclass(frozen=True)
class Triads:
    """Circles of preference (a over b over c over a) in complete tournaments: a viewer's votes on all pairs of a clip.

    `zeta` is the mean of Kendall's coefficient of consistence: 1 without circles, 0 with as many as there can be.
    """

    n_tournaments: int
    n_circular: int
    zeta: float


def compare(votes: pd.DataFrame) -> Comparisons:
    """Return votes (FOREIGN_VOTE_COLUMNS, and left_hrc where there is one) as numbers.

    Raises:
        InputError: a name is empty, a choice is unknown, an HRC is compared with itself, or real and simulated votes
            are mixed.
    """
    subjects, subject_names = _codes(votes["subject"], "subject")
    clips, src_names = _codes(votes["src"], "src")
    codes_a, names_a = _codes(votes["hrc_a"], "hrc_a")
    codes_b, names_b = _codes(votes["hrc_b"], "hrc_b")
    hrcs = tuple(sorted({*map(str, names_a), *map(str, names_b)}))
    place = {name: number for number, name in enumerate(hrcs)}
    side_a, side_b = (_places(names, place)[codes] for names, codes in ((names_a, codes_a), (names_b, codes_b)))
    if (side_a == side_b).any():
        what = f"hrc_a and hrc_b are both '{hrcs[int(side_a[side_a == side_b][0])]}'"
        raise InputError("votes", what, "compare two different HRCs")
    signs = signs_of(votes["choice"])
    is_turned = side_a > side_b
    keys = np.minimum(side_a, side_b) * len(hrcs) + np.maximum(side_a, side_b)
    pair_keys, of_pair = np.unique(keys, return_inverse=True)
    prefers_first = (signs < 0) ^ is_turned
    return Comparisons(
        hrcs=hrcs,
        pairs=np.stack(np.divmod(pair_keys, max(len(hrcs), 1)), axis=1).astype(np.int64),
        subjects=subjects,
        clips=clips,
        of_pair=of_pair.astype(np.int64),
        outcomes=np.where(signs == 0, TIE, np.where(prefers_first, FIRST, SECOND)).astype(np.int64),
        sides=_sides(votes, place, side_a, side_b) * np.where(is_turned, -1, 1),
        n_subjects=len(subject_names),
        n_srcs=len(src_names),
        counts=dict(zip(("n_a", "n_tie", "n_b"), np.bincount(signs + 1, minlength=3).tolist(), strict=True)),
        is_simulated=is_simulated(votes),
    )


def groups(edges: Ints, *, strong: bool) -> list[Ints]:
    """Return which places hang together by the edges, largest group first.

    Strongly: whoever is reached by preferences leads back to where one came from. Weakly: compared at all.

    >>> import numpy as np
    >>> [group.tolist() for group in groups(np.array([[0, 3, 0], [2, 0, 1], [0, 0, 0]]), strong=True)]
    [[0, 1], [2]]
    """
    n, labels = connected_components(edges > 0, directed=True, connection="strong" if strong else "weak")
    components = [np.flatnonzero(labels == label) for label in range(n)]
    return sorted(components, key=lambda group: (-len(group), int(group[0])))


def circular_triads(compared: Comparisons) -> Triads | None:
    """Return the circular triads in all complete tournaments, None where no viewer made one of three HRCs or more.

    Kendall & Babington Smith (1940): d = k(k-1)(2k-1)/12 - (sum of squared wins)/2, zeta = 1 - d/d_max. A tournament
    with a tie, a pair missing or a pair twice is not complete.
    """
    k = len(compared.hrcs)
    n_pairs = k * (k - 1) // 2
    if k < 3 or len(compared.pairs) < n_pairs:
        return None
    codes, _ = pd.factorize(compared.subjects * compared.n_srcs + compared.clips)
    n_of_pair = pd.Series(codes * n_pairs + compared.of_pair).duplicated().to_numpy()
    is_bad = n_of_pair | (compared.outcomes == TIE)
    sizes, bad = np.bincount(codes), np.bincount(codes, weights=is_bad)
    is_whole = (sizes == n_pairs) & (bad == 0)
    if not is_whole.any():
        return None
    kept = is_whole[codes]
    winners = compared.pairs[compared.of_pair[kept], compared.outcomes[kept]]
    places = np.cumsum(is_whole)[codes[kept]] - 1
    wins = np.bincount(places * k + winners, minlength=int(is_whole.sum()) * k).reshape(-1, k)
    circles = k * (k - 1) * (2 * k - 1) // 6 - np.square(wins).sum(axis=1)
    most = (k**3 - k) / 12 if k % 2 else (k**3 - 4 * k) / 12
    return Triads(len(wins), int(circles.sum()) // 2, 1.0 - float(circles.mean()) / most)


def _codes(column: "pd.Series[str]", name: str) -> tuple[Ints, "pd.Index[str]"]:
    codes, names = pd.factorize(column, sort=True)
    if (codes < 0).any():
        raise InputError("votes", f"a {name} is empty", "fill it in or leave the row out")
    return codes.astype(np.int64), names


def _places(names: "pd.Index[str]", place: Mapping[str, int]) -> Ints:
    return np.array([place[str(name)] for name in names], dtype=np.int64)


def _sides(votes: pd.DataFrame, place: Mapping[str, int], side_a: Ints, side_b: Ints) -> Ints:
    """Return 1 where hrc_a was shown left, -1 where hrc_b was, 0 where the votes do not tell."""
    if "left_hrc" not in votes:
        return np.zeros(len(votes), dtype=np.int64)
    codes, names = pd.factorize(votes["left_hrc"])
    known = np.array([*(place.get(str(name), -1) for name in names), -1], dtype=np.int64)
    left = known[codes]
    return np.asarray((left == side_a).astype(np.int64) - (left == side_b).astype(np.int64))
