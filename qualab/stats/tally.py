"""The votes on one pair as counts and totals per subject."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from qualab.errors import InputError

_SIGNS = {"a": -1, "b": 1, "tie": 0}


@dataclass(frozen=True)
class Tally:
    """Counts over all votes; `totals` is S_i, a subject's b votes minus its a votes, `sizes` the votes it gave."""

    pair: tuple[str, str] | None
    src: str | None
    n_a: int
    n_b: int
    n_tie: int
    n_srcs: int
    totals: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]
    is_simulated: bool

    @property
    def n_votes(self) -> int:
        """Votes, ties included."""
        return self.n_a + self.n_b + self.n_tie

    @property
    def n_subjects(self) -> int:
        """Subjects with at least one vote."""
        return len(self.totals)

    @property
    def has_single_votes(self) -> bool:
        """Whether no subject voted more than once, so that votes are independent."""
        return self.n_votes == self.n_subjects

    @property
    def counts(self) -> dict[str, int]:
        """The three counts that every result shows."""
        return {"n_a": self.n_a, "n_b": self.n_b, "n_tie": self.n_tie}


def tally(votes: pd.DataFrame) -> Tally:
    """Return the tally of a table with the columns subject, src, hrc_a, hrc_b and choice.

    Raises:
        InputError: more than one pair, real beside simulated votes, or a choice that is not a, b or tie.
    """
    subject_codes, subjects = pd.factorize(votes["subject"])
    choice_codes, choices = pd.factorize(votes["choice"])
    unknown = [str(choice) for choice in choices if choice not in _SIGNS]
    if unknown or (choice_codes < 0).any() or (subject_codes < 0).any():
        found = repr(unknown[0][:40]) if unknown else "empty"
        raise InputError("votes", f"a choice or subject is {found}", f"use {', '.join(_SIGNS)} as choice")
    signs = np.array([_SIGNS[str(choice)] for choice in choices], dtype=np.int64)
    per_choice = dict(zip(choices, np.bincount(choice_codes, minlength=len(choices)).tolist(), strict=True))
    totals = np.zeros(len(subjects), dtype=np.int64)
    for code, sign in enumerate(signs.tolist()):
        if sign:
            totals += sign * np.bincount(subject_codes[choice_codes == code], minlength=len(subjects))
    srcs = pd.unique(votes["src"])
    return Tally(
        pair=_pair(votes),
        src=str(srcs[0]) if len(srcs) == 1 else None,
        n_a=per_choice.get("a", 0),
        n_b=per_choice.get("b", 0),
        n_tie=per_choice.get("tie", 0),
        n_srcs=len(srcs),
        totals=totals,
        sizes=np.bincount(subject_codes, minlength=len(subjects)).astype(np.int64),
        is_simulated=_is_simulated(votes),
    )


def _pair(votes: pd.DataFrame) -> tuple[str, str] | None:
    firsts, seconds = pd.unique(votes["hrc_a"]), pd.unique(votes["hrc_b"])
    if len(firsts) > 1 or len(seconds) > 1:
        raise InputError("votes", "hold more than one pair of HRCs", "analyse one pair at a time")
    return (str(firsts[0]), str(seconds[0])) if len(firsts) else None


def _is_simulated(votes: pd.DataFrame) -> bool:
    if "simulated" not in votes:
        return False
    kinds = {bool(kind) for kind in pd.unique(votes["simulated"])}
    if len(kinds) > 1:
        raise InputError("votes", "real and simulated votes are mixed", "analyse them apart")
    return True in kinds
