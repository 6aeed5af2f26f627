"""How much better, where viewers said so: the mean of their scores from -3 to 3 (comparison category rating)."""

import math

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from qualab.stats.tally import Tally

_MOST = 3.0
_SMALL = 1e-12


def mean_score(counted: Tally, alpha: float, *, is_crossed: bool = False) -> dict[str, float | None]:
    """Return mean_score with mean_score_lo and _hi, empty where nobody gave a score.

    The interval is by t over subjects (E1), or two-way over subjects and clips (E2, `is_crossed`) as in
    qualab.stats.pairwise.two_way; None where the scores do not vary or there is one subject.
    """
    if counted.scores is None:
        return {}
    given = np.isfinite(counted.scores)
    scores, subjects, clips = counted.scores[given], counted.subjects[given], counted.clips[given]
    mean = float(scores.mean())
    by_subject, n_subjects = _between(scores - mean, subjects)
    variance, units = by_subject, n_subjects
    if is_crossed:
        by_clip, n_clips = _between(scores - mean, clips)
        both = by_subject + by_clip - float(np.square(scores - mean).sum())
        variance, units = max(both, by_subject, by_clip), min(n_subjects, n_clips)
    effects: dict[str, float | None] = {"mean_score": mean, "mean_score_lo": None, "mean_score_hi": None}
    if units > 1 and variance > _SMALL * len(scores):
        half = float(stdtrit(units - 1, 1 - alpha / 2)) * math.sqrt(variance) / len(scores)
        effects |= {"mean_score_lo": max(-_MOST, mean - half), "mean_score_hi": min(_MOST, mean + half)}
    return effects


def _between(residuals: npt.NDArray[np.float64], codes: npt.NDArray[np.intp]) -> tuple[float, int]:
    """Return n/(n-1) times the sum of squares of the groups' residual totals, and the number n of groups."""
    n = len(np.unique(codes))
    totals = np.bincount(codes, weights=residuals)
    return (n / (n - 1) * float(np.square(totals).sum()) if n > 1 else 0.0), n
