"""Clips like these and viewers like these: two-way clustering, and two other ways that show whether it matters."""

import math
import warnings

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array
from scipy.special import betainc, expit, logit, stdtr, stdtrit

from qualab.stats.pairwise.preference import clopper_pearson
from qualab.stats.pairwise.rating_scores import mean_score
from qualab.stats.pairwise.sign_flips import two_sided_p
from qualab.stats.result import Result
from qualab.stats.tally import Tally, tally

LEAST_CLIPS = 5
# Measured in tests/bench/false_positives.py.
_END = 0.15
_SEED = 20_26
_RESAMPLES = 2000
_DRAWS = 20_000_000
# Where a cell in eight holds a vote a full matrix is the faster one.
_FULL = 8
_TWO_WAY = (
    "subjects and clips are random samples of viewers and of clips, votes of one subject and votes on one clip may "
    "depend on each other; ties count one half; variance clustered both ways, "
)
_T_INTERVAL = "t with one degree of freedom less than the fewer of subjects and clips"
_EXACT_INTERVAL = "Clopper-Pearson interval with n = the fewer of subjects and clips"
_PIGEONHOLE = "subjects and clips resampled apart (pigeonhole bootstrap), percentile interval; a check on two_way"
_GEE = (
    "subjects are independent, any two votes of one correlate alike; generalised estimating equations on cells "
    "subject x clip, robust standard error, t over subjects; a check on sign_flip"
)


def two_way(votes: pd.DataFrame, *, alpha: float = 0.05) -> Result:
    """Return the share preferring hrc_b for the population of clips and viewers (E2).

    The share is (n_b + n_tie/2) / n. Its variance is max(Vr + Vc - Vi, Vr, Vc) / n^2 (Cameron, Gelbach and Miller
    2011, never less than clustering one way gives), its interval and p-value are by t with min(R, C) - 1 degrees of
    freedom. There is no estimate below five clips or two subjects: the note says why. Where the variance is 0 the
    interval is Clopper-Pearson's as if the fewer of R subjects and C clips were all there is. Scores as in sign_flip.
    """
    counted = tally(votes, alpha=alpha)
    refusal = _refusal(counted)
    if refusal:
        return counted.result("two_way", alpha, estimand="E2", notes=[refusal], assumptions=_TWO_WAY + _T_INTERVAL)
    share, units = counted.share, min(counted.n_subjects, counted.n_srcs)
    by_subject, by_clip, by_cell = variances(counted)
    error = math.sqrt(max(by_subject + by_clip - by_cell, by_subject, by_clip)) / counted.n_votes
    if error:
        half = float(stdtrit(units - 1, 1 - alpha / 2)) * error
        ci = (max(0.0, share - half), min(1.0, share + half))
        p_value = float(2 * stdtr(units - 1, -abs(share - 0.5) / error))
    else:
        ci, p_value = _unanimous(share, units, alpha)
    return counted.result(
        "two_way",
        alpha,
        estimand="E2",
        estimate=share,
        ci=ci,
        p_value=max(p_value, np.finfo(float).tiny),
        notes=[_near_an_end(share) if error else _NO_SPREAD.format(units)],
        is_reachable=True,
        assumptions=_TWO_WAY + (_T_INTERVAL if error else _EXACT_INTERVAL),
        effects=mean_score(counted, alpha, is_crossed=True),
    )


def variances(counted: Tally) -> tuple[float, float, float]:
    """Return Vr, Vc and Vi: the variance of the sum of votes (1 for hrc_b, 0.5 a tie) by subject, clip and cell.

    Vr = R/(R-1) sum_i (sum_j e_ij)^2 over subjects i, Vc likewise over clips, Vi = sum of the cells' squares.
    Divided by n^2 they are variances of the share.
    """
    n, total = counted.n_votes, int(counted.signs.sum())

    def squares(totals: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> float:
        # n S_i - n_i S is a whole number: where all are of one mind this is 0 and not 1e-17.
        return float(np.square((n * totals - sizes * total) / (2 * n)).sum())

    groupings = [
        (squares(counted.totals, counted.sizes), counted.n_subjects),
        (squares(*counted.clip_totals), counted.n_srcs),
    ]
    by_subject, by_clip = (square * (count / (count - 1)) if count > 1 else 0.0 for square, count in groupings)
    return by_subject, by_clip, squares(counted.cells.totals, counted.cells.sizes)


def pigeonhole(votes: pd.DataFrame, *, alpha: float = 0.05) -> Result:
    """Return the share preferring hrc_b with the interval of a bootstrap over subjects and clips (E2, sensitivity).

    Each resample draws subjects with replacement, and clips with replacement; a cell counts as often as its subject
    times its clip was drawn (Owen 2007, The pigeonhole bootstrap). The seed is fixed. p is twice the smaller share of
    resamples on one side of one half. Refused as `two_way` is.
    """
    counted = tally(votes, alpha=alpha)
    refusal = _refusal(counted)
    if refusal:
        return counted.result("pigeonhole", alpha, estimand="E2", notes=[refusal], assumptions=_PIGEONHOLE)
    share, units = counted.share, min(counted.n_subjects, counted.n_srcs)
    shares = _resampled(counted)
    low, high = (float(bound) for bound in np.quantile(shares, (alpha / 2, 1 - alpha / 2)))
    note = f"{len(shares)} resamples, seed {_SEED}"
    if low == high:
        (low, high), p_value = _unanimous(share, units, alpha)
        note = _NO_SPREAD.format(units)
    else:
        fewer = min(int((shares <= 0.5).sum()), int((shares >= 0.5).sum()))
        p_value = min(1.0, 2 * (fewer + 1) / (len(shares) + 1))
    return counted.result(
        "pigeonhole",
        alpha,
        estimand="E2",
        estimate=share,
        ci=(min(low, share), max(high, share)),
        p_value=p_value,
        notes=[note],
        is_reachable=True,
        assumptions=_PIGEONHOLE,
    )


def gee(votes: pd.DataFrame, *, alpha: float = 0.05) -> Result:
    """Return the share preferring hrc_b by generalised estimating equations, clustered by subject (E1, sensitivity).

    Binomial with exchangeable correlation (Liang and Zeger 1986), by statsmodels; a cell subject x clip is one
    observation. Without an estimate, the note says why: fewer than two subjects, or equations that did not converge.
    Where no cell differs the interval is Clopper-Pearson's with n = subjects and p that of the flip test.
    """
    counted = tally(votes, alpha=alpha)
    n = counted.n_subjects
    if n < 2:
        return counted.result("gee", alpha, notes=[_TOO_FEW if n else "no votes"], assumptions=_GEE)
    cells = counted.cells
    preferred = (1 + cells.totals / cells.sizes) / 2
    if np.ptp(preferred) == 0:
        return counted.result(
            "gee",
            alpha,
            estimate=counted.share,
            ci=clopper_pearson(counted.share * n, n, alpha),
            p_value=two_sided_p(counted.totals),
            notes=["every cell says the same: nothing to fit, Clopper-Pearson interval over subjects"],
            is_reachable=True,
            assumptions=_GEE,
        )
    odds, error, failure = _fit(preferred, cells.subjects)
    if failure:
        return counted.result("gee", alpha, notes=[failure], assumptions=_GEE)
    half = float(stdtrit(n - 1, 1 - alpha / 2)) * error
    return counted.result(
        "gee",
        alpha,
        estimate=float(expit(odds)),
        ci=(float(expit(odds - half)), float(expit(odds + half))),
        p_value=max(float(2 * stdtr(n - 1, -abs(odds) / error)), np.finfo(float).tiny),
        notes=[],
        is_reachable=True,
        assumptions=_GEE,
        effects={"log_odds": odds, "log_odds_se": error},
    )


_TOO_FEW = "one viewer cannot speak for the population of viewers: two are needed"
_NO_SPREAD = "subjects and clips do not differ at all: interval and p as if {} independent votes were all there is"


def _near_an_end(share: float) -> str:
    if _END < share < 1 - _END:
        return ""
    return "so near to 0 or 1 the interval is too narrow: 95% ones held the truth in 91 to 93% of simulated studies"


def _refusal(counted: Tally) -> str:
    if counted.n_votes == 0:
        return "no votes"
    if counted.n_srcs < LEAST_CLIPS:
        clips = "1 clip" if counted.n_srcs == 1 else f"{counted.n_srcs} clips"
        return f"{clips} cannot speak for the population of clips: {LEAST_CLIPS} are needed"
    return _TOO_FEW if counted.n_subjects < 2 else ""


def _unanimous(share: float, units: int, alpha: float) -> tuple[tuple[float, float], float]:
    """Return Clopper-Pearson's interval for so many independent votes, and the p-value that belongs to it."""
    more = units * max(share, 1 - share)
    p_value = min(1.0, 2 * float(betainc(more, units - more + 1, 0.5)))
    return clopper_pearson(units * share, units, alpha), p_value


def _resampled(counted: Tally) -> npt.NDArray[np.float64]:
    """Return the share in every resample that holds a vote; fewer resamples where subjects or clips are very many."""
    rows, columns = counted.n_subjects, counted.n_srcs
    times = min(_RESAMPLES, max(200, _DRAWS // max(rows, columns)))
    cells = counted.cells
    sparse = [
        csr_array((matrix.astype(float), (cells.subjects, cells.clips)), shape=(rows, columns))
        for matrix in (cells.totals, cells.sizes)
    ]
    is_full = rows * columns <= _FULL * len(cells.totals)
    matrices = [matrix.toarray() for matrix in sparse] if is_full else sparse
    rng = np.random.default_rng(_SEED)
    chunk, shares = max(1, _DRAWS // (4 * max(rows, columns))), []
    for first in range(0, times, chunk):
        now = min(chunk, times - first)
        by_subject, by_clip = _drawn(rng, now, rows), _drawn(rng, now, columns)
        total, size = (((by_subject @ matrix) * by_clip).sum(axis=1) for matrix in matrices)
        shares.append((1 + total[size > 0] / size[size > 0]) / 2)
    return np.concatenate(shares)


def _drawn(rng: np.random.Generator, times: int, n: int) -> npt.NDArray[np.float64]:
    """Return how often each of n was drawn in n draws with replacement, shape (times, n)."""
    places = rng.integers(n, size=(times, n)) + n * np.arange(times)[:, None]
    return np.bincount(places.ravel(), minlength=times * n).reshape(times, n).astype(float)


def _fit(preferred: npt.NDArray[np.float64], subjects: npt.NDArray[np.int64]) -> tuple[float, float, str]:
    """Return the log odds, their robust standard error, and why there are none (empty where there are)."""
    # Imported here: statsmodels takes seconds to load, and most commands need none of it.
    from statsmodels.genmod.cov_struct import Exchangeable, Independence
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_estimating_equations import GEE

    is_repeated = len(np.unique(subjects)) < len(subjects)
    structure = Exchangeable() if is_repeated else Independence()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            equations = GEE(preferred, np.ones(len(preferred)), subjects, family=Binomial(), cov_struct=structure)
            fitted = equations.fit(start_params=np.array([logit(preferred.mean())]))
        except (np.linalg.LinAlgError, ValueError, FloatingPointError) as failed:
            return 0.0, 0.0, f"the estimating equations failed ({str(failed)[:80]}): go by the sign-flip test"
    log_odds, error = float(fitted.params[0]), float(fitted.bse[0])
    if caught or not fitted.converged or not (math.isfinite(log_odds) and math.isfinite(error) and error > 0):
        return 0.0, 0.0, "the estimating equations did not converge: go by the sign-flip test"
    return log_odds, error, ""
