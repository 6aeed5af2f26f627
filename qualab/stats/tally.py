"""The votes on one pair as numbers: counts, totals per subject and per clip, and what they add up to as a Result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from qualab.errors import InputError
from qualab.stats.result import Result

Ints = npt.NDArray[np.int64]
_SIGNS = {"a": -1, "b": 1, "tie": 0}


class Cells(NamedTuple):
    """One entry a cell subject x clip: both codes, the b votes minus the a votes, and how many votes."""

    subjects: Ints
    clips: Ints
    totals: Ints
    sizes: Ints


@dataclass(frozen=True)
class Tally:
    """The votes on one pair.

    One entry a vote in `subjects` and `clips` (codes from 0 in order of appearance) and in `signs` (-1 for hrc_a, 1
    for hrc_b, 0 for a tie); `scores` are -3 to 3, NaN where none was asked for.
    `totals` is S_i, a subject's b votes minus its a votes, `sizes` the votes it gave.
    """

    pair: tuple[str, str] | None
    subject_names: tuple[str, ...]
    src_names: tuple[str, ...]
    subjects: npt.NDArray[np.intp]
    clips: npt.NDArray[np.intp]
    signs: Ints
    scores: npt.NDArray[np.float64] | None
    totals: Ints
    sizes: Ints
    counts: Mapping[str, int]
    is_simulated: bool

    @property
    def src(self) -> str | None:
        """The clip where there is only one."""
        return self.src_names[0] if len(self.src_names) == 1 else None

    @property
    def n_a(self) -> int:
        """Votes for hrc_a."""
        return self.counts["n_a"]

    @property
    def n_b(self) -> int:
        """Votes for hrc_b."""
        return self.counts["n_b"]

    @property
    def n_tie(self) -> int:
        """Votes for neither."""
        return self.counts["n_tie"]

    @property
    def n_votes(self) -> int:
        """Votes, ties included."""
        return len(self.signs)

    @property
    def n_subjects(self) -> int:
        """Subjects with at least one vote."""
        return len(self.subject_names)

    @property
    def n_srcs(self) -> int:
        """Clips with at least one vote."""
        return len(self.src_names)

    @property
    def share(self) -> float:
        """The share of votes for hrc_b, a tie counting half; 0.5 without votes."""
        return (self.n_b + self.n_tie / 2) / self.n_votes if self.n_votes else 0.5

    @property
    def has_single_votes(self) -> bool:
        """Whether no subject voted more than once, so that votes are independent."""
        return self.n_votes == self.n_subjects

    @cached_property
    def clip_totals(self) -> tuple[Ints, Ints]:
        """Every clip's b votes minus its a votes, and how many votes it got."""
        return _sums(self.clips, self.signs, self.n_srcs)

    @cached_property
    def cells(self) -> Cells:
        """The cells subject x clip that hold votes, in order of names: the order of rows is of no matter to them."""
        names = self.subject_names, self.src_names
        subject_rank, clip_rank = (np.argsort(np.argsort(np.array(cell_keys, dtype=str))) for cell_keys in names)
        places = subject_rank[self.subjects] * self.n_srcs + clip_rank[self.clips]
        cell_keys, codes = np.unique(places, return_inverse=True)
        subjects, clips = np.divmod(cell_keys, max(1, self.n_srcs))
        return Cells(subjects, clips, *_sums(codes, self.signs, len(cell_keys)))

    def result(
        self,
        analysis: str,
        alpha: float,
        *,
        estimand: str = "E1",
        estimate: float | None = None,
        ci: tuple[float, float] | None = None,
        p_value: float | None = None,
        notes: Sequence[str] = ("no votes",),
        is_reachable: bool = False,
        assumptions: str,
        effects: Mapping[str, float | None] | None = None,
    ) -> Result:
        """Return what an analysis found in these votes; without an estimate `notes` say why there is none."""
        parts = ["simulated viewers, no real vote" if self.is_simulated else "", *notes]
        return Result(
            analysis=analysis,
            estimand=estimand,
            pair=self.pair,
            src=self.src,
            estimate=estimate,
            ci=ci,
            p_value=p_value,
            n_votes=self.n_votes,
            n_subjects=self.n_subjects,
            n_srcs=self.n_srcs,
            note="; ".join(note for note in parts if note),
            counts=self.counts,
            assumptions=assumptions,
            alpha=alpha,
            is_reachable=is_reachable,
            is_simulated=self.is_simulated,
            effects=effects or {},
        )


def tally(votes: pd.DataFrame, *, alpha: float = 0.05) -> Tally:
    """Return the tally of a table with the columns subject, src, hrc_a, hrc_b and choice.

    Raises:
        InputError: more than one pair, real beside simulated votes, a choice that is not a, b or tie, or an alpha
            that is no probability.
    """
    if not 0 < alpha < 1:
        raise InputError("alpha", f"is {alpha}", "give a number between 0 and 1, such as 0.05")
    check_filled(votes)
    subjects, subject_names = pd.factorize(votes["subject"])
    clips, src_names = pd.factorize(votes["src"])
    signs = signs_of(votes["choice"])
    totals, sizes = _sums(subjects, signs, len(subject_names))
    n_a, n_tie, n_b = np.bincount(signs + 1, minlength=3).tolist()
    return Tally(
        pair=_pair(votes),
        subject_names=tuple(str(name) for name in subject_names),
        src_names=tuple(str(name) for name in src_names),
        subjects=subjects,
        clips=clips,
        signs=signs,
        scores=_scores(votes),
        totals=totals,
        sizes=sizes,
        counts={"n_a": n_a, "n_b": n_b, "n_tie": n_tie},
        is_simulated=is_simulated(votes),
    )


def by_clip(counted: Tally) -> list[Tally]:
    """Return the tally of every clip alone, in order of their names."""
    order = np.argsort(counted.clips, kind="stable")
    ends = np.cumsum(np.bincount(counted.clips, minlength=counted.n_srcs))
    rows = dict(zip(counted.src_names, np.split(order, ends[:-1]), strict=True)) if counted.n_srcs else {}
    return [_of_clip(counted, src, rows[src]) for src in sorted(rows)]


def _of_clip(counted: Tally, src: str, rows: npt.NDArray[np.intp]) -> Tally:
    codes, subjects = np.unique(counted.subjects[rows], return_inverse=True)
    signs = counted.signs[rows]
    totals, sizes = _sums(subjects, signs, len(codes))
    n_a, n_tie, n_b = np.bincount(signs + 1, minlength=3).tolist()
    scores = None if counted.scores is None else counted.scores[rows]
    return replace(
        counted,
        subject_names=tuple(counted.subject_names[code] for code in codes.tolist()),
        src_names=(src,),
        subjects=subjects,
        clips=np.zeros(len(rows), dtype=np.intp),
        signs=signs,
        scores=None if scores is None or not np.isfinite(scores).any() else scores,
        totals=totals,
        sizes=sizes,
        counts={"n_a": n_a, "n_b": n_b, "n_tie": n_tie},
    )


def check_filled(votes: pd.DataFrame) -> None:
    """Raise InputError where it is not known who voted, or on what."""
    for column in ("subject", "src"):
        if votes[column].isna().any():
            raise InputError("votes", f"a {column} is empty", "fill it in or leave the row out")


def signs_of(choices: "pd.Series[str]") -> Ints:
    """Return -1 for every a, 1 for every b, 0 for every tie.

    Raises:
        InputError: a choice is something else.
    """
    codes, names = pd.factorize(choices)
    unknown = [str(choice) for choice in names if choice not in _SIGNS]
    if unknown or (codes < 0).any():
        what = repr(unknown[0][:40]) if unknown else "empty"
        raise InputError("votes", f"a choice is {what}", f"use {', '.join(_SIGNS)} as choice")
    return np.array([_SIGNS[str(choice)] for choice in names], dtype=np.int64)[codes]


def _sums(codes: npt.NDArray[np.intp], signs: Ints, n: int) -> tuple[Ints, Ints]:
    """Return the sum of signs and the number of votes by code; sums of integers in doubles are exact up to 2^53."""
    totals = np.bincount(codes, weights=signs, minlength=n)
    return totals.astype(np.int64), np.bincount(codes, minlength=n).astype(np.int64)


def _scores(votes: pd.DataFrame) -> npt.NDArray[np.float64] | None:
    if "score" not in votes:
        return None
    scores = votes["score"].to_numpy(dtype=np.float64, na_value=np.nan)
    return scores if np.isfinite(scores).any() else None


def _pair(votes: pd.DataFrame) -> tuple[str, str] | None:
    firsts, seconds = pd.unique(votes["hrc_a"]), pd.unique(votes["hrc_b"])
    if len(firsts) > 1 or len(seconds) > 1:
        raise InputError("votes", "hold more than one pair of HRCs", "analyse one pair at a time")
    return (str(firsts[0]), str(seconds[0])) if len(firsts) else None


def is_simulated(votes: pd.DataFrame) -> bool:
    """Say whether no person cast these votes.

    Raises:
        InputError: real and simulated votes are mixed.
    """
    if "simulated" not in votes:
        return False
    kinds = {bool(kind) for kind in pd.unique(votes["simulated"])}
    if len(kinds) > 1:
        raise InputError("votes", "real and simulated votes are mixed", "analyse them apart")
    return True in kinds
