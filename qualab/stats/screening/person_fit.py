"""How well a viewer's votes fit what all others prefer: a Bradley-Terry fit that leaves the viewer out."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, xlogy

Floats = npt.NDArray[np.float64]
_STEPS, _LONGEST_STEP, _SETTLED = 50, 2.0, 1e-9
# Scores are free to shift together, in each group of HRCs that were compared: this holds them.
_RIDGE = 1e-9


@dataclass(frozen=True)
class Fit:
    """A viewer a place: mean log-likelihood of a vote, and how far the sum is from what was to be expected, in SD.

    `z` is l_z of Drasgow, Levine and Williams (1985); both are NaN where a viewer has no vote, `z` also where the
    others have no preference at all.
    """

    log_likelihood: Floats
    z: Floats


def leave_one_out(votes: pd.DataFrame, subjects: npt.NDArray[np.intp], n_subjects: int) -> Fit:
    """Return how likely each viewer's votes are under the Bradley-Terry scores that fit all other viewers' votes.

    Every compared pair counts half a win more on either side, so that no chance is 0 or 1; with two HRCs the fit is
    the others' share (k + 1/2) / (n + 1). A tie is half a win for both.

    Args:
        votes: columns hrc_a, hrc_b and choice, any pairs.
        subjects: the viewer of each row, counted from 0.
    """
    codes, names = pd.factorize(pd.concat([votes["hrc_a"], votes["hrc_b"]], ignore_index=True))
    first, second = codes[: len(votes)], codes[len(votes) :]
    # Two HRCs make one pair, whichever stands first.
    low, high = np.minimum(first, second), np.maximum(first, second)
    pairs, places = np.unique(low * len(names) + high, return_inverse=True)
    for_b = votes["choice"].map({"a": 0.0, "b": 1.0, "tie": 0.5}).to_numpy(dtype=float)
    wins = np.where(first == low, 1 - for_b, for_b)
    cells, shape = subjects * len(pairs) + places, (n_subjects, len(pairs))
    won, met = (_counts(cells, weights, shape) for weights in (wins, np.ones(len(wins))))
    design = np.zeros((len(pairs), len(names)))
    design[np.arange(len(pairs)), pairs // max(len(names), 1)] = 1
    design[np.arange(len(pairs)), pairs % max(len(names), 1)] = -1
    logits = _fitted(design, won.sum(axis=0) - won + 0.5, met.sum(axis=0) - met + 1.0)
    return _judged(won, met, logits)


def _counts(cells: npt.NDArray[np.intp], weights: Floats, shape: tuple[int, int]) -> Floats:
    return np.asarray(np.bincount(cells, weights=weights, minlength=shape[0] * shape[1]).reshape(shape), dtype=float)


def _fitted(design: Floats, won: Floats, met: Floats) -> Floats:
    """Return the logits of each pair in each row of counts, by Newton steps on all rows at once."""
    scores = np.zeros((len(won), design.shape[1]))
    held = _RIDGE * np.eye(design.shape[1])
    for _ in range(_STEPS):
        chances = expit(scores @ design.T)
        slope = (won - met * chances) @ design - _RIDGE * scores
        bend = np.einsum("pi,sp,pj->sij", design, met * chances * (1 - chances), design, optimize=True) + held
        step = np.clip(np.linalg.solve(bend, slope[..., None])[..., 0], -_LONGEST_STEP, _LONGEST_STEP)
        scores = scores + step
        if not step.size or np.abs(step).max() < _SETTLED:
            break
    return np.asarray(scores @ design.T)


def _judged(won: Floats, met: Floats, logits: Floats) -> Fit:
    chances = expit(logits)
    certain, against = np.log(chances), np.log1p(-chances)
    total = (won * certain + (met - won) * against).sum(axis=1)
    expected = (met * (xlogy(chances, chances) + xlogy(1 - chances, 1 - chances))).sum(axis=1)
    spread = np.sqrt((met * chances * (1 - chances) * logits**2).sum(axis=1))
    votes = met.sum(axis=1)
    nothing = np.full(len(total), np.nan)
    return Fit(
        np.divide(total, votes, out=nothing.copy(), where=votes > 0),
        np.divide(total - expected, spread, out=nothing, where=spread > _SETTLED),
    )
