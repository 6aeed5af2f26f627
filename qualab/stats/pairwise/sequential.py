"""Watching votes come in: e-values and confidence sequences over viewers, which hold however often one looks."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaln, xlog1py, xlogy

from qualab.stats.result import Result
from qualab.stats.tally import Tally, tally
from qualab.study.protocol import Stopping

# No double holds more; the logarithms beside these stay exact.
LARGEST_E = 1e300
_HALVINGS = 64
_ASSUMPTIONS = (
    "a viewer's mean preference is one number in [0, 1], and whatever came before, the next viewer's is expected to be "
    "the same; E = 2^n B(k+1, n-k+1) with k the sum of the means; confidence sequence of the Beta(1,1) mixture; both "
    "hold at every moment"
)

Floats = npt.NDArray[np.float64]


def log_e(k: npt.ArrayLike, n: npt.ArrayLike) -> Floats:
    """Return the natural logarithm of E_n = 2^n B(k+1, n-k+1), the evidence against a mean of one half.

    `k` is the sum of n values in [0, 1] and need not be whole.

    >>> round(float(np.exp(log_e(17.5, 24))), 6)
    3.033167
    """
    total, size = np.asarray(k, dtype=float), np.asarray(n, dtype=float)
    return np.asarray(size * math.log(2) + betaln(total + 1, size - total + 1), dtype=float)


def confidence_set(k: npt.ArrayLike, n: npt.ArrayLike, *, alpha: float = 0.05) -> tuple[Floats, Floats]:
    """Return both ends of {p: B(1+k, 1+n-k) / (p^k (1-p)^(n-k)) < 1/alpha}, for each k and n.

    All of them at once hold the mean with probability 1 - alpha, so that they may be intersected over time.

    >>> [round(float(end), 6) for end in confidence_set(10, 12)]
    [0.420694, 0.992056]
    """
    total, size = np.broadcast_arrays(np.asarray(k, dtype=float), np.asarray(n, dtype=float))
    peak = np.divide(total, size, out=np.full(total.shape, 0.5), where=size > 0)
    bound = betaln(total + 1, size - total + 1) + math.log(alpha)
    ends = []
    for edge in (0.0, 1.0):
        # The likelihood rises up to the peak and falls after it, so each end lies between the peak and an edge.
        outside, inside = np.full(total.shape, edge), peak.astype(float)
        for _ in range(_HALVINGS):
            middle = (outside + inside) / 2
            within = xlogy(total, middle) + xlog1py(size - total, -middle) > bound
            inside, outside = np.where(within, middle, inside), np.where(within, outside, middle)
        ends.append(np.where(peak == edge, edge, outside))
    nothing = size == 0
    return np.where(nothing, 0.0, ends[0]), np.where(nothing, 1.0, ends[1])


def e_value(votes: pd.DataFrame, *, alpha: float = 0.05) -> Result:
    """Return the mean of the viewers' mean preferences (E1) with what may be looked at while votes come in.

    `ci` is the confidence sequence, intersected over time; `p_value` the always-valid p, min(1, 1 / largest E so far).
    Effects: `e_value` now and `most_e_value` so far, at most 1e300, with `log10_e_value` and `log10_most_e_value`.

    Viewers stand in the order of their last vote (`voted_at`). Without times there is no order: then the interval is
    not intersected and p is 1 / E of all viewers. A viewer counts once all planned answers are there (column
    `finished`, where the table has it): a mean of some answers would still move after it was looked at. Ties count
    half. A viewer's mean weighs the same however many clips it is over.
    """
    counted, means, unfinished, is_ordered = _viewers(votes, alpha)
    n = len(means)
    if n == 0:
        none = [_waiting(unfinished) or "no votes"]
        result = counted.result("e_value", alpha, notes=none, assumptions=_ASSUMPTIONS)
        return replace(result, pair=tally(votes, alpha=alpha).pair)
    k, sizes = np.cumsum(means), np.arange(1, n + 1)
    logs = log_e(k, sizes)
    most = float(logs.max() if is_ordered else logs[-1])
    ci, drifted = _interval(k, sizes, alpha, is_ordered=is_ordered)
    reach = _viewers_needed(alpha)
    notes = [
        f"with {n} {'viewer' if n == 1 else 'viewers'} E >= {1 / alpha:g} cannot be reached" if n < reach else "",
        _waiting(unfinished),
        "" if is_ordered else "no times of votes: as seen once, at the end",
        "viewers who came later answered otherwise: the interval is that of this moment alone" if drifted else "",
    ]
    return counted.result(
        "e_value",
        alpha,
        estimate=float(k[-1] / n),
        ci=ci,
        p_value=math.exp(-min(max(most, 0.0), math.log(LARGEST_E))),
        notes=notes,
        is_reachable=n >= reach,
        assumptions=_ASSUMPTIONS,
        effects=_effects(float(logs[-1]), most),
    )


def path(votes: pd.DataFrame, *, alpha: float = 0.05) -> pd.DataFrame:
    """Return how the evidence grew: a row a viewer with `n`, `estimate`, `low`, `high`, `e_value`, `log10_e_value`.

    `low` and `high` are intersected up to there. Viewers as in e_value; without times in order of appearance.
    """
    _, means, _, _ = _viewers(votes, alpha)
    n = np.arange(1, len(means) + 1)
    k = np.cumsum(means)
    low, high = confidence_set(k, n, alpha=alpha)
    logs = log_e(k, n)
    return pd.DataFrame(
        {
            "n": n,
            "estimate": k / np.maximum(n, 1),
            "low": np.maximum.accumulate(low),
            "high": np.minimum.accumulate(high),
            "e_value": np.exp(np.minimum(logs, math.log(LARGEST_E))),
            "log10_e_value": logs / math.log(10),
        }
    )


def may_stop(result: Result, stopping: Stopping) -> bool:
    """Say whether the evidence on a pair has reached the rule: E >= 1 / alpha, and enough viewers."""
    most = result.effects.get("log10_most_e_value")
    return most is not None and result.n_subjects >= stopping.least_viewers and most >= -math.log10(stopping.alpha)


def verdict(result: Result, stopping: Stopping) -> str:
    """Return in a few words what an e-value says under a stopping rule.

    `not enough yet: E = 3.03 of 20`, or `may stop: sr preferred, E = 93.1`; without a rule `enough: ...`.
    """
    most = e_value_text(result.effects.get("log10_most_e_value") or 0.0)
    if result.n_subjects < stopping.least_viewers:
        return f"not enough yet: {result.n_subjects} of {stopping.least_viewers} viewers"
    if result.pair is None or result.estimate is None or not may_stop(result, stopping):
        return f"not enough yet: E = {most} of {1 / stopping.alpha:g}"
    reached = "may stop" if stopping.enabled else "enough"
    return f"{reached}: {result.pair[int(result.estimate > 0.5)]} preferred, E = {most}"


def advice(results: Sequence[Result], stopping: Stopping) -> str:
    """Return what the frozen rule says of all pairs together, in one sentence."""
    if not stopping.enabled:
        return "No stopping rule was frozen: take all the viewers that were planned."
    ready = sum(may_stop(result, stopping) for result in results)
    if results and ready == len(results):
        every = "every pair has" if len(results) > 1 else "the pair has"
        return f"The stopping rule is met: {every} reached E ≥ {1 / stopping.alpha:g}. The voting may be closed."
    of = f"{ready} of {len(results)} pairs" if len(results) > 1 else "the pair" if not ready else "it"
    return (
        f"Go on: the voting may be closed once every pair has reached E ≥ {1 / stopping.alpha:g} with at least "
        f"{stopping.least_viewers} viewers; {of + (' has' if len(results) > 1 else ' has not')} so far."
    )


def _viewers(votes: pd.DataFrame, alpha: float) -> tuple[Tally, Floats, int, bool]:
    """Return the tally of those who finished, their mean preferences in order, how many did not, whether times said."""
    unfinished = 0
    if "finished" in votes:
        done = votes["finished"].ne(False)
        unfinished = int(votes.loc[~done, "subject"].nunique())
        votes = votes[done]
    counted = tally(votes, alpha=alpha)
    means = (counted.totals / np.maximum(counted.sizes, 1) + 1) / 2
    order = _order(votes)
    return counted, means if order is None else means[order], unfinished, order is not None


def _order(votes: pd.DataFrame) -> npt.NDArray[np.intp] | None:
    """Return the places of the subjects, counted as they appear, by their last vote; None where times are missing."""
    if "voted_at" not in votes or votes.empty or votes["voted_at"].isna().any():
        return None
    subjects, names = pd.factorize(votes["subject"])
    times, _ = pd.factorize(votes["voted_at"], sort=True)
    last = np.full(len(names), -1)
    np.maximum.at(last, subjects, times)
    # By name where two finish at once: the order of rows decides nothing.
    by_name = np.argsort(np.argsort(np.asarray(names, dtype=str), kind="stable"))
    return np.lexsort((by_name, last))


def _interval(
    k: Floats, n: npt.NDArray[np.int64], alpha: float, *, is_ordered: bool
) -> tuple[tuple[float, float], bool]:
    """Return the confidence sequence so far; the last one alone, and True, where it has left the mean behind."""
    low, high = confidence_set(k, n, alpha=alpha) if is_ordered else confidence_set(k[-1:], n[-1:], alpha=alpha)
    whole = float(low.max()), float(high.min())
    if whole[0] <= k[-1] / n[-1] <= whole[1]:
        return whole, False
    return (float(low[-1]), float(high[-1])), True


def _viewers_needed(alpha: float) -> int:
    """Return how many viewers of one mind give E >= 1 / alpha: with these E is 2^n / (n + 1)."""
    n = 1
    while n * math.log(2) - math.log(n + 1) < -math.log(alpha):
        n += 1
    return n


def _waiting(unfinished: int) -> str:
    who = "1 viewer has" if unfinished == 1 else f"{unfinished} viewers have"
    return f"{who} not answered everything: not counted" if unfinished else ""


def e_value_text(log10_e: float) -> str:
    """Return an e-value as it is shown, from its decimal logarithm.

    >>> e_value_text(0.4819), e_value_text(9.276), e_value_text(-0.5)
    ('3.03', '10^9', '0.316')
    """
    if log10_e > 6:
        return f"10^{log10_e:.0f}"
    return f"{10**log10_e:.3g}" if log10_e < 3 else f"{10**log10_e:,.0f}"


def _effects(now: float, most: float) -> dict[str, float | None]:
    return {
        "e_value": math.exp(min(now, math.log(LARGEST_E))),
        "most_e_value": math.exp(min(most, math.log(LARGEST_E))),
        "log10_e_value": now / math.log(10),
        "log10_most_e_value": most / math.log(10),
    }
