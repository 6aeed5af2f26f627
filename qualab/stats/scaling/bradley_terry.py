"""More than two HRCs on one scale: `bradley_terry`, (votes, *, alpha) -> Result."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtr, stdtrit
from scipy.stats import chi2

from qualab.errors import InputError
from qualab.stats.multiplicity import holm
from qualab.stats.result import Difference, Result, Scaled
from qualab.stats.scaling.comparisons import TIE, Comparisons, Ints, circular_triads, compare, groups
from qualab.stats.scaling.likelihood import Fit, Floats, fit

# One JOD is the distance at which 75% prefer the better one, so ln(.75/.25) logits. Thurstone's case V (Perez-Ortiz and
# Mantiuk 2017) has a normal curve of sigma 1.4826022 instead: both give 50% at 0 and 75% at 1 JOD; at 2 JOD it has
# 91.1% and this one 90%.
LOGITS_PER_JOD = math.log(3)
_HALF_VOTE = 0.5
_BRADLEY_TERRY = (
    "the odds of one HRC against another are the ratio of two worths, the same for all viewers and clips; ties are "
    "left out; viewers are independent, their votes need not be: standard errors clustered by viewer, t with viewers "
    "less one degrees of freedom; differences tested with Holm's correction; scores are log worths, centred, 1 JOD is "
    "ln 3; deviance_p takes votes for independent"
)


def bradley_terry(votes: pd.DataFrame, *, alpha: float = 0.05) -> Result:
    """Return the scale of all HRCs by Bradley and Terry's logit P(i > j) = b_i - b_j, ties left out (see davidson).

    The scale is centred; in JOD it is b / ln 3, so that 75% prefer an HRC to one that stands 1 JOD lower, and intervals
    and covariances carry over. Standard errors are clustered by subject.

    Effects: log_likelihood; deviance against the saturated fit with deviance_df and deviance_p (None where there is
    nothing to spare); order_effect, the log odds of the HRC shown left, with order_effect_se, from a fit with one
    column more (None without left_hrc); circular_triads, n_tournaments and kendall_zeta, from complete tournaments.

    There is no scale, and the note says why, where no vote joins some HRCs with the others, or where one group of HRCs
    always won against another. A single HRC that always won or always lost is held back by half a vote each way
    against each HRC that it met, and marked is_penalised.

    Raises:
        InputError: as comparisons.compare, or alpha is no probability.
    """
    compared = compared_of(votes, alpha)
    refusal, penalised = guard(compared)
    fitted = None if refusal else fit(compared, added=half_votes(compared, penalised))
    if fitted is None:
        return result(compared, "bradley_terry", alpha, [refusal or "the votes give no scale"], _BRADLEY_TERRY)
    scale, differences = scaled(compared, fitted, alpha, penalised)
    effects = {**goodness(fitted), **_order(compared, penalised), **_triads(compared)}
    n_tie = int(np.count_nonzero(compared.outcomes == TIE))
    notes = [f"{n_tie} {'tie' if n_tie == 1 else 'ties'} left out: Davidson's scale counts them" if n_tie else ""]
    notes += scale_notes(compared, penalised)
    return result(
        compared, "bradley_terry", alpha, notes, _BRADLEY_TERRY, effects=effects, scale=scale, differences=differences
    )


def compared_of(votes: pd.DataFrame, alpha: float) -> Comparisons:
    """Return the votes as numbers, alpha being a probability."""
    if not 0 < alpha < 1:
        raise InputError("alpha", f"is {alpha}", "give a number between 0 and 1, such as 0.05")
    return compare(votes)


def guard(compared: Comparisons) -> tuple[str, tuple[int, ...]]:
    """Return why there can be no scale (empty where there can be one), and the places of HRCs that need a penalty.

    A likelihood has its top where preferences lead from every HRC to every other (Ford 1957).
    """
    if not len(compared.outcomes):
        return "no votes", ()
    if (compared.outcomes == TIE).all():
        return "no scale: every vote is a tie", ()
    apart = groups(compared.wins, strong=False)
    if len(apart) > 1:
        return f"no scale: no preference joins {_named(compared, apart)}", ()
    strong = groups(compared.wins, strong=True)
    large = [group for group in strong if len(group) > 1]
    if len(large) > 1:
        components = _named(compared, large)
        return f"no scale: between {components} every vote went one way, so how far apart they stand cannot be told", ()
    return "", tuple(sorted(int(group[0]) for group in strong if len(group) == 1))


def half_votes(compared: Comparisons, penalised: Sequence[int]) -> Floats | None:
    """Return the votes each way to add to every pair: a half where an HRC of it is penalised."""
    if not penalised:
        return None
    return np.where(_meets(compared.pairs, penalised), _HALF_VOTE, 0.0)


def scaled(
    compared: Comparisons, fitted: Fit, alpha: float, penalised: Sequence[int]
) -> tuple[tuple[Scaled, ...], tuple[Difference, ...]]:
    """Return the scale in order of the HRCs' names, and the difference of every two of them."""
    k = len(compared.hrcs)
    covariance = fitted.clustered(compared, beside=_beside(compared, fitted, penalised))[:k, :k]
    scores = fitted.theta[:k]
    freedom = max(compared.n_subjects - 1, 1)
    reach = float(stdtrit(freedom, 1 - alpha / 2))
    scale = tuple(
        Scaled(hrc, *_spanned(float(scores[i]), math.sqrt(covariance[i, i]), reach), is_penalised=i in penalised)
        for i, hrc in enumerate(compared.hrcs)
    )
    pairs = list(combinations(range(k), 2))
    by = [float(scores[j] - scores[i]) for i, j in pairs]
    ses = [math.sqrt(covariance[i, i] + covariance[j, j] - 2 * covariance[i, j]) for i, j in pairs]
    p_values = [2 * float(stdtr(freedom, -abs(difference) / se)) for difference, se in zip(by, ses, strict=True)]
    adjusted = holm(p_values)
    differences = tuple(
        Difference(
            (compared.hrcs[i], compared.hrcs[j]),
            *_spanned(difference, se, reach),
            p_value=p,
            p_adjusted=p if q is None else q,
        )
        for (i, j), difference, se, p, q in zip(pairs, by, ses, p_values, adjusted, strict=True)
    )
    return scale, differences


def goodness(fitted: Fit) -> dict[str, float | None]:
    """Return how far the votes are from what the fit expects of every pair."""
    freedom = fitted.deviance_df
    return {
        "log_likelihood": fitted.log_likelihood,
        "deviance": fitted.deviance,
        "deviance_df": float(freedom),
        "deviance_p": float(chi2.sf(fitted.deviance, freedom)) if freedom > 0 else None,
    }


def scale_notes(compared: Comparisons, penalised: Sequence[int]) -> list[str]:
    """Return what a reader of the scale must know."""
    names = ", ".join(compared.hrcs[place] for place in penalised)
    held = f"{names} held back by a penalty: no vote that they won or lost ties them to the others" if names else ""
    few = compared.n_subjects < len(compared.hrcs)
    viewers = f"{compared.n_subjects} {'viewer' if compared.n_subjects == 1 else 'viewers'}"
    return [held, f"with {viewers} the differences between viewers can hardly be told" if few else ""]


def result(
    compared: Comparisons,
    analysis: str,
    alpha: float,
    notes: Sequence[str],
    assumptions: str,
    *,
    effects: Mapping[str, float | None] | None = None,
    scale: tuple[Scaled, ...] = (),
    differences: tuple[Difference, ...] = (),
) -> Result:
    """Return a Result of all HRCs; without a scale `notes` say why there is none."""
    parts = ["simulated viewers, no real vote" if compared.is_simulated else "", *notes]
    return Result(
        analysis=analysis,
        estimand="E1",
        pair=None,
        src=None,
        estimate=None,
        ci=None,
        p_value=None,
        n_votes=len(compared.outcomes),
        n_subjects=compared.n_subjects,
        n_srcs=compared.n_srcs,
        note="; ".join(note for note in parts if note),
        counts=compared.counts,
        assumptions=assumptions,
        alpha=alpha,
        is_reachable=bool(scale),
        is_simulated=compared.is_simulated,
        effects=effects or {},
        scale=scale,
        differences=differences,
    )


def _spanned(
    estimate: float, se: float, reach: float
) -> tuple[float, float, tuple[float, float], float, tuple[float, float]]:
    """Return estimate, standard error and interval, then estimate and interval in JOD."""
    ci = estimate - reach * se, estimate + reach * se
    return estimate, se, ci, estimate / LOGITS_PER_JOD, (ci[0] / LOGITS_PER_JOD, ci[1] / LOGITS_PER_JOD)


def _beside(compared: Comparisons, fitted: Fit, penalised: Sequence[int]) -> Floats | None:
    """Return the information of all votes on penalised HRCs, which show no spread between viewers of their own."""
    if not penalised:
        return None
    return fitted.information_of(_meets(compared.pairs[fitted.rows[:, 0]], penalised))


def _meets(pairs: Ints, penalised: Sequence[int]) -> npt.NDArray[np.bool_]:
    return np.asarray(np.isin(pairs, penalised).any(axis=1))


def _order(compared: Comparisons, penalised: Sequence[int]) -> dict[str, float | None]:
    nothing: dict[str, float | None] = {"order_effect": None, "order_effect_se": None}
    if penalised or not compared.sides.any():
        return nothing
    fitted = fit(compared, with_order=True)
    if fitted is None:
        return nothing
    place = len(compared.hrcs)
    return {
        "order_effect": float(fitted.theta[place]),
        "order_effect_se": math.sqrt(fitted.clustered(compared)[place, place]),
    }


def _triads(compared: Comparisons) -> dict[str, float | None]:
    triads = circular_triads(compared)
    return {
        "circular_triads": float(triads.n_circular) if triads else None,
        "n_tournaments": float(triads.n_tournaments) if triads else 0.0,
        "kendall_zeta": triads.zeta if triads else None,
    }


def _named(compared: Comparisons, components: Sequence[Ints]) -> str:
    return " and ".join("{" + ", ".join(compared.names(group)) + "}" for group in components)
