"""What a viewer's answers show about the viewer: checks found, sides, runs, times. Nothing of what was preferred."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import binom

from qualab.stats.findings.wording import p_phrase
from qualab.stats.screening.person_fit import leave_one_out
from qualab.study.protocol import Screening
from qualab.study.terms import GOLD, IDENTICAL, REPEAT, TEST, TRAP

# Where the rules set no bound, checks are judged by these; they exclude nobody then.
SHOWN_ALPHA, SHOWN_TOO_FAST_PERCENT = 0.01, 10.0
_MOST_MADS, _MAD_OF_NORMAL, _LEAST_Z = 3.0, 1.4826, -3.0
# Fewer viewers than that say little about what is usual.
_ENOUGH_VIEWERS = 5
_UP_TO_FIVE_GOLD = 5

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
# One viewer after the other: passed or not (None: does not apply), and what was seen in words.
CheckOutcome = Sequence[tuple[bool | None, str]]
NOTHING: tuple[bool | None, str] = (None, "")


@dataclass(frozen=True)
class Responses:
    """The answers of all viewers that may be judged: played as the study asks, of viewers who did not withdraw.

    `subjects` are in order of their names, `codes` says whose each row of `table` is; `table` has all VOTE_COLUMNS.
    """

    table: pd.DataFrame
    subjects: Sequence[str]
    codes: npt.NDArray[np.intp]
    rules: Screening

    def of(self, rows: Bools) -> Ints:
        """Return how many of these rows each viewer has."""
        return np.bincount(self.codes[rows], minlength=len(self.subjects)).astype(np.int64)

    def kind(self, name: str) -> Bools:
        """Return the rows of one kind."""
        return np.asarray(self._kinds == name)

    @cached_property
    def _kinds(self) -> npt.NDArray[np.object_]:
        kinds = self.table["kind"]
        return np.where(kinds.isna(), TEST, kinds.to_numpy(dtype=object))

    @cached_property
    def is_tie(self) -> Bools:
        """The rows without a decision."""
        return self.table["choice"].eq("tie").to_numpy()

    @cached_property
    def has_ties(self) -> bool:
        """Whether the method lets viewers answer that they see no difference, as far as answers show."""
        return bool(self.is_tie.any() or self.table["score"].notna().any())

    @cached_property
    def sides(self) -> Ints:
        """1 where the left picture was chosen, 0 for the right one, -1 where that is not known, or a tie."""
        is_left = self.table["left_hrc"].eq(self.table["hrc_a"]).to_numpy()
        known = self.table["left_hrc"].notna().to_numpy() & ~self.is_tie
        # One picture twice has one HRC: which side was chosen cannot be told from it.
        known &= self.table["hrc_a"].ne(self.table["hrc_b"]).to_numpy()
        return np.where(known, self.table["choice"].eq("a").to_numpy() == is_left, -1).astype(np.int64)


def gold(given: Responses) -> CheckOutcome:
    """Judge gold pairs: no miss in up to five, one in more, or as many as the rules allow."""
    is_gold = given.kind(GOLD)
    allowed = given.rules.gold_misses

    def judge(n_right: int, n: int) -> bool:
        return n - n_right <= (int(n > _UP_TO_FIVE_GOLD) if allowed is None else allowed)

    return _share_right(given, is_gold, judge)


def traps(given: Responses) -> CheckOutcome:
    """Judge trap clips, whose picture says what to answer: none may be missed."""
    return _share_right(given, given.kind(TRAP), lambda n_right, n: n_right == n)


def _share_right(given: Responses, is_asked: Bools, judge: Callable[[int, int], bool]) -> CheckOutcome:
    right = given.of(is_asked & given.table["choice"].eq("b").to_numpy())
    return [
        (judge(n_right, n), f"{n_right} of {n} found") if n else NOTHING
        for n_right, n in zip(right.tolist(), given.of(is_asked).tolist(), strict=True)
    ]


def identical(given: Responses) -> CheckOutcome:
    """Tell who saw a difference where there is none; nothing is judged where a side had to be chosen."""
    is_identical = given.kind(IDENTICAL)
    counts = zip(given.of(is_identical & given.is_tie).tolist(), given.of(is_identical).tolist(), strict=True)
    if not given.has_ties:
        return [(None, f"{n} seen, no tie to choose") if n else NOTHING for _, n in counts]
    return [(tied == n, f"{tied} of {n} called a tie") if n else NOTHING for tied, n in counts]


def repeats(given: Responses) -> CheckOutcome:
    """Judge how often the answer stayed when a pair came again with its sides changed."""
    keys = ["src", "hrc_a", "hrc_b"]
    answers = given.table[[*keys, "choice"]].assign(viewer=given.codes)
    first = answers[given.kind(TEST)].drop_duplicates(["viewer", *keys])
    both = answers[given.kind(REPEAT)].merge(first, on=["viewer", *keys], suffixes=("", "_first"))
    n = np.bincount(both["viewer"], minlength=len(given.subjects))
    same = np.bincount(both["viewer"][both["choice"].eq(both["choice_first"])], minlength=len(given.subjects))
    by_chance = chance_of(same, n)
    least = given.rules.least_repeats_agreed
    seen: list[tuple[bool | None, str]] = []
    for agreed, of, p in zip(same.tolist(), n.tolist(), by_chance.tolist(), strict=True):
        stays = (agreed >= least if of >= least else None) if least else 2 * agreed >= of
        seen.append((stays, f"{agreed} of {of} the same (by chance {p_phrase(p)})") if of else NOTHING)
    return seen


def chance_of(agreed: npt.ArrayLike, n: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the probability that at least so many of n repeats agree by chance.

    >>> float(chance_of(7, 8))
    0.03515625
    """
    return np.asarray(binom.sf(np.asarray(agreed) - 1, np.asarray(n), 0.5))


def side(given: Responses) -> CheckOutcome:
    """Judge left against right over all decided answers to the study's pairs, by the exact test."""
    decided = given.kind(TEST) & (given.sides >= 0)
    left, n = given.of(decided & (given.sides == 1)), given.of(decided)
    bound = given.rules.side_alpha or SHOWN_ALPHA
    return [
        (p > bound, f"{ours} of {of} left ({p_phrase(p)})") if of else NOTHING
        for ours, of, p in zip(left.tolist(), n.tolist(), side_p(left, n).tolist(), strict=True)
    ]


def side_p(left: npt.ArrayLike, n: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the p-values of the exact two-sided test of left against right.

    >>> round(float(side_p(60, 100)), 7)
    0.0568879
    """
    chosen, of = np.asarray(left), np.asarray(n)
    one_side: npt.NDArray[np.float64] = np.asarray(binom.cdf(np.minimum(chosen, of - chosen), of, 0.5))
    return np.minimum(1.0, 2 * one_side)


def runs(given: Responses) -> CheckOutcome:
    """Judge the longest run of one side, in the order in which a viewer answered."""
    known = given.sides >= 0
    rows = np.flatnonzero(known)
    when = given.table["position"].to_numpy(dtype=float, na_value=np.inf)
    rows = rows[np.lexsort((when[rows], given.codes[rows]))]
    viewers, sides = given.codes[rows], given.sides[rows]
    longest = np.zeros(len(given.subjects), dtype=np.int64)
    if len(rows):
        begins = np.flatnonzero(np.r_[True, (viewers[1:] != viewers[:-1]) | (sides[1:] != sides[:-1])])
        np.maximum.at(longest, viewers[begins], np.diff(np.r_[begins, len(rows)]))
    return [
        (run_p(run, n) > SHOWN_ALPHA, f"{run} of {n} in a row on one side") if n else NOTHING
        for run, n in zip(longest.tolist(), given.of(known).tolist(), strict=True)
    ]


@lru_cache(maxsize=4096)
def run_p(run: int, n: int) -> float:
    """Return the probability that n fair choices of a side have a run of at least `run`.

    >>> run_p(3, 3), run_p(2, 3)
    (0.25, 0.75)
    """
    # A run of r equal sides is r - 1 agreements with the side before, each of probability one half.
    length, tosses = run - 1, n - 1
    if length <= 0:
        return 1.0
    none = [1.0] * length + [1 - 0.5**length]
    for toss in range(length + 1, tosses + 1):
        none.append(none[-1] - none[toss - length - 1] * 0.5 ** (length + 1))
    return 1 - none[tosses] if tosses >= length else 0.0


def too_fast(given: Responses) -> CheckOutcome:
    """Judge how many answers came sooner after the end of the playback than anybody can look."""
    times, bound = _times(given), given.rules.too_fast_ms
    share = given.rules.most_too_fast_percent
    most = share if share < 100 else SHOWN_TOO_FAST_PERCENT
    fast, n = given.of(times < bound), given.of(~np.isnan(times))
    return [
        (100 * hasty <= most * of, f"{hasty} of {of} under {bound} ms") if of else NOTHING
        for hasty, of in zip(fast.tolist(), n.tolist(), strict=True)
    ]


def usual_time(given: Responses) -> CheckOutcome:
    """Judge whether a viewer's median time lies within three MAD of the viewers' medians, on the log scale."""
    times = _times(given)
    logs = pd.Series(np.log(np.maximum(times, 1.0))).groupby(given.codes).median()
    medians = logs.reindex(range(len(given.subjects))).to_numpy()
    known = medians[~np.isnan(medians)]
    if len(known) < _ENOUGH_VIEWERS:
        return [(None, _seconds(median)) if median == median else NOTHING for median in medians.tolist()]
    centre = float(np.median(known))
    bound = _MOST_MADS * _MAD_OF_NORMAL * float(np.median(np.abs(known - centre)))
    return [
        (abs(median - centre) <= bound + 1e-12, _seconds(median)) if median == median else NOTHING
        for median in medians.tolist()
    ]


def _seconds(log_ms: float) -> str:
    return f"{np.exp(log_ms) / 1000:.2g} s in the median"


def _times(given: Responses) -> npt.NDArray[np.float64]:
    return pd.to_numeric(given.table["response_ms"], errors="coerce").to_numpy(dtype=float)


def likelihood(given: Responses) -> CheckOutcome:
    """Tell how well the votes fit what all other viewers prefer; never a reason to leave somebody out."""
    tested = given.kind(TEST)
    n = given.of(tested)
    if int((n > 0).sum()) < _ENOUGH_VIEWERS:
        return [NOTHING] * len(given.subjects)
    fit = leave_one_out(given.table[tested], given.codes[tested], len(given.subjects))
    seen: list[tuple[bool | None, str]] = []
    for z, mean, of in zip(fit.z.tolist(), fit.log_likelihood.tolist(), n.tolist(), strict=True):
        value = f"log-likelihood {mean:.2f} a vote" + (f", z = {z:.1f}" if z == z else "")
        seen.append((z >= _LEAST_Z if z == z else None, value) if of else NOTHING)
    return seen
