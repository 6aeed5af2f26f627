"""More than two HRCs and ties on one scale: `davidson`, (votes, *, alpha) -> Result."""

import math

import numpy as np
import pandas as pd

from qualab.stats.result import Result
from qualab.stats.scaling.bradley_terry import compared_of, goodness, guard, half_votes, result, scale_notes, scaled
from qualab.stats.scaling.comparisons import TIE
from qualab.stats.scaling.likelihood import fit

_DAVIDSON = (
    "the odds of one HRC, of the other and of a tie are as their worths and nu times the root of their product, the "
    "same for all viewers and clips; viewers are independent, their votes need not be: standard errors clustered by "
    "viewer, t with viewers - 1 degrees of freedom; differences tested with Holm's correction; scores are log worths, "
    "centred, 1 JOD = ln 3; deviance_p takes votes for independent"
)


def davidson(votes: pd.DataFrame, *, alpha: float = 0.05) -> Result:
    """Return the scale of all HRCs by Davidson's model (1970), in which ties tell how close two HRCs are.

    Scale, JOD, guards and penalty are those of bradley_terry. Effects: nu (a tie's odds against either of two equal
    HRCs), log_nu_se clustered by subject, log_likelihood, deviance, deviance_df, deviance_p, and worth_<hrc>, the
    worths, whose sum is 1. Without ties there is no scale here, for it is bradley_terry's.

    Raises:
        InputError: as bradley_terry.
    """
    compared = compared_of(votes, alpha)
    refusal, penalised = guard(compared)
    if not refusal and not (compared.outcomes == TIE).any():
        refusal = "no ties: the Bradley-Terry scale says it all"
    fitted = None if refusal else fit(compared, with_ties=True, added=half_votes(compared, penalised))
    if fitted is None:
        return result(compared, "davidson", alpha, [refusal or "the votes give no scale"], _DAVIDSON)
    scale, differences = scaled(compared, fitted, alpha, penalised)
    worth = np.exp(fitted.theta[: len(compared.hrcs)])
    effects = {
        "nu": math.exp(fitted.theta[-1]),
        "log_nu_se": math.sqrt(fitted.clustered(compared)[-1, -1]),
        **goodness(fitted),
        **{f"worth_{hrc}": float(share) for hrc, share in zip(compared.hrcs, worth / worth.sum(), strict=True)},
    }
    notes = scale_notes(compared, penalised)
    return result(compared, "davidson", alpha, notes, _DAVIDSON, effects=effects, scale=scale, differences=differences)
