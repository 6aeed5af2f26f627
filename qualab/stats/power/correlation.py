"""How alike the votes of one viewer are, and those on one clip: what a pilot study tells a planner."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from qualab.errors import InputError
from qualab.stats.power.sample_size import design_effect

# Below these an estimate says little; both are the least that the analyses over viewers and clips ask for.
FEW_SUBJECTS, FEW_CLIPS = 6, 5
_VALUES = {"a": 0.0, "tie": 0.5, "b": 1.0}


@dataclass(frozen=True)
class Correlation:
    """Correlations of two votes of one subject and of two on one clip, at least 0; None where votes cannot tell.

    `n_effective` is how many independent votes these votes are worth, None with either correlation. `note` says why
    an estimate is missing or rough.
    """

    rho_subject: float | None
    rho_clip: float | None
    n_votes: int
    n_subjects: int
    n_srcs: int
    n_effective: float | None
    note: str = ""


def correlation(votes: pd.DataFrame) -> Correlation:
    """Return the correlations of votes (FOREIGN_VOTE_COLUMNS), each pair of HRCs apart, weighed by its votes.

    Moment estimates of y = mean + subject + clip + rest, subjects and clips random and crossed, not every subject on
    every clip (Gao and Owen 2017, Electronic Journal of Statistics 11): from the sums of squares within
    subjects, within clips and in all. A negative variance counts as 0.

    >>> votes = pd.DataFrame({"subject": list("ppqq"), "src": list("xyxy"), "choice": list("bbaa")})
    >>> found = correlation(votes.assign(hrc_a="bicubic", hrc_b="sr"))
    >>> round(found.rho_subject, 9), round(found.rho_clip, 9), found.n_effective
    (1.0, 0.0, 2.0)

    Raises:
        InputError: a choice is not a, b or tie.
    """
    n_subjects, n_srcs = int(votes["subject"].nunique()), int(votes["src"].nunique())
    tables = [table for _, table in votes.groupby(["hrc_a", "hrc_b"], sort=True)]
    estimates = [(shares, len(table)) for table in tables if (shares := _shares(table)) is not None]
    if not estimates:
        why = "no votes" if votes.empty else _cannot_tell(n_subjects, n_srcs)
        return Correlation(None, None, len(votes), n_subjects, n_srcs, None, why)
    sizes = np.array([size for _, size in estimates], dtype=float)
    subject, clip = (float(np.dot(sizes, [shares[place] for shares, _ in estimates]) / sizes.sum()) for place in (0, 1))
    each, most = max(len(table) for table in tables), max(tables, key=len)
    seen, viewers = each / most["src"].nunique(), each / most["subject"].nunique()
    effect = design_effect(max(1.0, seen), max(1.0, viewers), subject, clip)
    return Correlation(subject, clip, len(votes), n_subjects, n_srcs, each / effect, _rough(n_subjects, n_srcs))


def _shares(votes: pd.DataFrame) -> tuple[float, float] | None:
    """Return the shares of the variance that lie between subjects and between clips; None where there is none to see.

    With one vote a cell, E of the sum of squares within subjects is (N - R)(clip + rest), within clips
    (N - C)(subject + rest), in all subject (N - sum n_i^2 / N) + clip (N - sum n_j^2 / N) + rest (N - 1).
    """
    subjects, clips = pd.factorize(votes["subject"])[0], pd.factorize(votes["src"])[0]
    y, n = _coded(votes), len(votes)
    of_subject, of_clip = np.bincount(subjects), np.bincount(clips)
    if n <= len(of_subject) or n <= len(of_clip) or len(of_subject) < 2 or len(of_clip) < 2:
        return None
    within = [_within(y, subjects, of_subject), _within(y, clips, of_clip), float(np.square(y - y.mean()).sum())]
    unequal = [n - float(np.square(sizes).sum()) / n for sizes in (of_subject, of_clip)]
    equations = np.array([[0, n - len(of_subject), n - len(of_subject)], [n - len(of_clip), 0, n - len(of_clip)]])
    parts = np.linalg.lstsq(np.vstack([equations, [*unequal, n - 1]]), np.array(within), rcond=None)[0]
    subject, clip, rest = (max(0.0, float(part)) for part in parts)
    total = subject + clip + rest
    return (subject / total, clip / total) if total > 1e-12 else None


def _coded(votes: pd.DataFrame) -> npt.NDArray[np.float64]:
    codes, choices = pd.factorize(votes["choice"])
    unknown = next((str(choice) for choice in choices if choice not in _VALUES), None)
    if unknown is not None or (codes < 0).any():
        raise InputError("votes", f"a choice is {unknown or 'empty'!r}", "use a, b or tie as choice")
    return np.array([_VALUES[choice] for choice in choices])[codes]


def _within(y: npt.NDArray[np.float64], codes: npt.NDArray[np.intp], sizes: npt.NDArray[np.intp]) -> float:
    means = np.bincount(codes, weights=y) / sizes
    return float(np.square(y - means[codes]).sum())


def _cannot_tell(n_subjects: int, n_srcs: int) -> str:
    if min(n_subjects, n_srcs) < 2:
        return "at least two viewers and two clips are needed to see how alike votes are"
    return "all votes are the same, or no two share a viewer or a clip: how alike they are cannot be seen"


def _rough(n_subjects: int, n_srcs: int) -> str:
    few = [f"{n_subjects} viewers"] if n_subjects < FEW_SUBJECTS else []
    few += [f"{n_srcs} clips"] if n_srcs < FEW_CLIPS else []
    return f"a rough estimate: {' and '.join(few)} only" if few else ""
