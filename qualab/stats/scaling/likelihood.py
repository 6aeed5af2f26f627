"""The likelihood of paired comparisons, with or without ties and the side an HRC was shown on, and where it is highest.

A vote on HRCs i and j is FIRST, SECOND or TIE with odds exp((b_i - b_j)/2) : exp((b_j - b_i)/2) : nu, which is
Davidson's model (1970) with worth exp(b); without ties what is left is Bradley and Terry's, logit P(i > j) = b_i - b_j.
Both are log-linear, so the likelihood is concave and Newton's steps reach its top.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from qualab.stats.scaling.comparisons import Comparisons, Ints

Floats = npt.NDArray[np.float64]
_STEPS = 100
# No share of votes that can be counted is as far out: the likelihood has no top, it rises for ever.
_FARTHEST = 30.0
_FLAT = 1e-9


@dataclass(frozen=True)
class Fit:
    """The top of the likelihood of votes counted in rows (a pair, or a pair with a side).

    Attributes:
        theta: b of every HRC, their sum 0; then, where asked for, the order effect; then ln nu.
        covariance: of theta by the likelihood's own curvature, as if all votes were independent.
        totals: votes in every row, with those of a penalty.
        rows, row_of: pair and side of every row, and the row of each of the votes' cells.
        deviance: against the saturated fit, which gives every row its own shares.
    """

    theta: Floats
    covariance: Floats
    information: Floats
    probabilities: Floats
    features: Floats
    totals: Floats
    rows: Ints
    row_of: Ints
    deviance: float
    deviance_df: int
    log_likelihood: float

    def clustered(self, compared: Comparisons, *, beside: Floats | None = None) -> Floats:
        """Return the covariance of theta if only subjects are independent: the sandwich, times R/(R-1) for R subjects.

        Where subjects are too few, or too much alike, to show their spread in every direction, the curvature's own
        share is added, so that no standard error is 0.

        Args:
            beside: information of votes that nobody cast (a penalty), to be counted in.
        """
        cells = compared.cells
        rows = self.row_of
        counts = cells.counts[:, : self.features.shape[1]].astype(float)
        residuals = counts - counts.sum(axis=1, keepdims=True) * self.probabilities[rows]
        scores = np.einsum("no,nop->np", residuals, self.features[rows])
        starts = np.flatnonzero(np.diff(cells.subjects, prepend=-1))
        by_subject = np.add.reduceat(scores, starts, axis=0)
        spread = by_subject.T @ by_subject * (len(starts) / max(len(starts) - 1, 1))
        if beside is not None:
            spread = spread + beside
        free = _free(self.information, compared)
        bread = np.linalg.inv(self.information + free)
        root = np.linalg.cholesky(bread)
        # One direction is always flat: all b moved alike.
        if np.count_nonzero(np.linalg.eigvalsh(root.T @ spread @ root) < _FLAT) > 1:
            spread = spread + self.information
        return np.asarray(bread @ spread @ bread)

    def information_of(self, rows: npt.NDArray[np.bool_]) -> Floats:
        """Return what the votes in these rows (and a penalty's among them) tell of theta at the top."""
        return _information(self.features[rows], self.probabilities[rows], self.totals[rows])


def fit(
    compared: Comparisons, *, with_ties: bool = False, with_order: bool = False, added: Floats | None = None
) -> Fit | None:
    """Return the top of the likelihood, None where it has none: see scaling.guard for who must be compared with whom.

    Args:
        with_ties: Davidson's model; else ties are left out.
        with_order: a column more, the log odds by which the HRC shown left is preferred.
        added: votes each way to add to every pair, a penalty; not with_order.
    """
    cells = compared.cells
    sides = cells.sides if with_order else np.zeros_like(cells.sides)
    keys, row_of = np.unique(cells.pairs * 3 + sides, return_inverse=True)
    pairs = (keys + 1) // 3
    rows = np.stack([pairs, keys - 3 * pairs], axis=1)
    outcomes = 3 if with_ties else 2
    counts = np.zeros((len(rows), outcomes))
    np.add.at(counts, row_of, cells.counts[:, :outcomes])
    features = _features(compared, rows, with_ties=with_ties, with_order=with_order)
    penalised = counts if added is None else counts + np.r_[1.0, 1.0, 0.0][:outcomes] * added[pairs, None]
    theta = _climb(features, penalised, compared)
    return None if theta is None else _fitted(theta, features, counts, penalised, (rows, row_of), compared)


def _features(compared: Comparisons, rows: Ints, *, with_ties: bool, with_order: bool) -> Floats:
    """Return what each outcome of each row says of theta: shape (rows, outcomes, parameters)."""
    k = len(compared.hrcs)
    features = np.zeros((len(rows), 3 if with_ties else 2, k + with_order + with_ties))
    first, second = compared.pairs[rows[:, 0]].T
    number = np.arange(len(rows))
    for outcome, half in ((0, 0.5), (1, -0.5)):
        features[number, outcome, first], features[number, outcome, second] = half, -half
        if with_order:
            features[:, outcome, k] = half * rows[:, 1]
    if with_ties:
        features[:, 2, -1] = 1.0
    return features


def _climb(features: Floats, counts: Floats, compared: Comparisons) -> Floats | None:
    """Return theta at the top by Newton's method, a step halved until it climbs; None where there is no top."""
    theta = np.zeros(features.shape[2])
    totals = counts.sum(axis=1)
    height = _height(features, counts, theta)
    for _ in range(_STEPS):
        shares = _shares(features, theta)
        gradient = np.einsum("ro,rop->p", counts - totals[:, None] * shares, features)
        curvature = _information(features, shares, totals)
        curvature = curvature + _free(curvature, compared)
        if np.linalg.cond(curvature) > 1e12:
            return None
        step = np.linalg.solve(curvature, gradient)
        gain = float(gradient @ step)
        if gain <= 1e-20 * max(1.0, totals.sum()):
            return theta + step
        while (reached := _height(features, counts, theta + step)) < height and gain > 1e-12:
            step, gain = step / 2, gain / 2
        theta, height = theta + step, reached
        if np.abs(theta).max() > _FARTHEST:
            return None
    return theta


def _fitted(
    theta: Floats,
    features: Floats,
    counts: Floats,
    penalised: Floats,
    rows: tuple[Ints, Ints],
    compared: Comparisons,
) -> Fit:
    shares = _shares(features, theta)
    information = _information(features, shares, penalised.sum(axis=1))
    free = _free(information, compared)
    expected = counts.sum(axis=1, keepdims=True) * shares
    seen = counts > 0
    deviance = 2 * float((counts[seen] * np.log(counts[seen] / expected[seen])).sum())
    voted = int((counts.sum(axis=1) > 0).sum())
    return Fit(
        theta=theta,
        covariance=np.linalg.inv(information + free) - free,
        information=information,
        probabilities=shares,
        features=features,
        totals=penalised.sum(axis=1),
        rows=rows[0],
        row_of=rows[1],
        deviance=max(deviance, 0.0),
        deviance_df=voted * (counts.shape[1] - 1) - (len(theta) - 1),
        log_likelihood=_height(features, counts, theta),
    )


def _shares(features: Floats, theta: Floats) -> Floats:
    odds = features @ theta
    return np.asarray(np.exp(odds - logsumexp(odds, axis=1, keepdims=True)))


def _height(features: Floats, counts: Floats, theta: Floats) -> float:
    odds = features @ theta
    return float((counts * (odds - logsumexp(odds, axis=1, keepdims=True))).sum())


def _information(features: Floats, shares: Floats, totals: Floats) -> Floats:
    mean = np.einsum("ro,rop->rp", shares, features)
    square = np.einsum("r,ro,rop,roq->pq", totals, shares, features, features, optimize=True)
    return np.asarray(square - np.einsum("r,rp,rq->pq", totals, mean, mean, optimize=True))


def _free(information: Floats, compared: Comparisons) -> Floats:
    """Return the projection on what no vote can tell, a shift of all b alike, so that the rest can be inverted."""
    free = np.zeros_like(information)
    free[: len(compared.hrcs), : len(compared.hrcs)] = 1 / len(compared.hrcs)
    return free
