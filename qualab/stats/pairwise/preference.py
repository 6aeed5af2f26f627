"""Is one HRC of a pair preferred? `binomial`, `sign` and `sign_flip`: (votes of one pair, *, alpha) -> Result."""

import math

import numpy as np
import pandas as pd
from scipy.special import betaincinv, stdtrit
from scipy.stats import binomtest

from qualab.stats.pairwise.rating_scores import mean_score
from qualab.stats.pairwise.sign_flips import two_sided_p
from qualab.stats.result import Result
from qualab.stats.tally import Tally, tally

_BINOMIAL = "votes are independent (one per subject, one clip); exact binomial test, Clopper-Pearson interval"
_SIGN = (
    "votes are independent (one per subject, one clip); ties are left out of share, interval and test and shown apart; "
    "exact sign test, Clopper-Pearson interval"
)
_SIGN_FLIP = (
    "subjects are independent, their votes need not be; without a preference each subject leans either way equally; "
    "ties count 0 in the test and one half in the share; exact sign-flip test by subject, "
)
_T_INTERVAL = "t interval over subjects, weighted by their votes"
_EXACT_INTERVAL = "Clopper-Pearson interval over subjects"


def binomial(votes: pd.DataFrame, *, alpha: float = 0.05) -> Result:
    """Return the share preferring hrc_b among one vote per subject on one clip, with the exact binomial test.

    Ties, where there are any, are left out and noted. More than one vote of a subject is noted as
    "ignores dependence": such a result is no headline, sign_flip is.
    """
    counted = tally(votes, alpha=alpha)
    return _exact(counted, "binomial", alpha, _BINOMIAL, {})


def sign(votes: pd.DataFrame, *, alpha: float = 0.05) -> Result:
    """Return the share preferring hrc_b among the votes that are no ties, with the exact sign test.

    Effects over all votes: net_preference (n+ - n-)/n and tie_rate, and Davidson's model of one pair:
    davidson_log_ratio ln(n+/n-) and davidson_nu n0/sqrt(n+ n-), None where a count of 0 makes them infinite.
    """
    counted = tally(votes, alpha=alpha)
    return _exact(counted, "sign", alpha, _SIGN, _tie_effects(counted))


def sign_flip(votes: pd.DataFrame, *, alpha: float = 0.05) -> Result:
    """Return the share preferring hrc_b over many clips and subjects (E1), tested by flipping whole subjects.

    The share is (n_b + n_tie/2) / n over all votes. The test is exact: dynamic programming over the integers
    S_i = (b votes) - (a votes) of each subject. The interval is a subject-level t interval on that share, clipped to
    [0, 1]; with equally many votes per subject it is the t interval of the subjects' mean preferences. Where each
    subject gave one vote without ties, test and interval equal `binomial`. Where subjects do not differ at all, or
    there is one, t has nothing to go by and the interval is Clopper-Pearson's with n = subjects. Where viewers gave
    scores (-3 to 3), their mean with its t interval over subjects are the effects mean_score, mean_score_lo and _hi.
    """
    return _flipped(tally(votes, alpha=alpha), alpha)


def of_clip(counted: Tally, alpha: float) -> Result:
    """Return what the votes on one clip say.

    By sign_flip where a subject saw it more than once, else by the exact test of votes, `sign` where some are ties.
    """
    if not counted.has_single_votes:
        return _flipped(counted, alpha)
    if counted.n_tie:
        return _exact(counted, "sign", alpha, _SIGN, _tie_effects(counted))
    return _exact(counted, "binomial", alpha, _BINOMIAL, {})


def _flipped(counted: Tally, alpha: float) -> Result:
    if counted.n_votes == 0:
        return counted.result("sign_flip", alpha, assumptions=_SIGN_FLIP + _T_INTERVAL)
    share = counted.share
    ci, interval = _subject_interval(counted, share, alpha)
    p_value = two_sided_p(counted.totals)
    notes = [_unreachable(counted.n_subjects, int(np.count_nonzero(counted.totals)), "viewer", alpha)]
    if (p_value <= alpha) == (ci[0] <= 0.5 <= ci[1]):
        notes.append("the interval is approximate and disagrees with the exact test: go by the test")
    return counted.result(
        "sign_flip",
        alpha,
        estimate=share,
        ci=ci,
        p_value=p_value,
        notes=notes,
        is_reachable=_can_reach(counted.n_subjects, alpha),
        assumptions=_SIGN_FLIP + interval,
        effects=mean_score(counted, alpha),
    )


def clopper_pearson(successes: float, n: int, alpha: float) -> tuple[float, float]:
    """Return the exact binomial interval; [0, 1] for n = 0.

    `successes` may be a sum of n values in [0, 1]: none of these varies more than a coin of the same mean.

    >>> [round(bound, 6) for bound in clopper_pearson(5, 6, 0.05)]
    [0.358765, 0.995789]
    """
    low = 0.0 if successes <= 0 else float(betaincinv(successes, n - successes + 1, alpha / 2))
    high = 1.0 if successes >= n else float(betaincinv(successes + 1, n - successes, 1 - alpha / 2))
    return low, high


def _exact(counted: Tally, analysis: str, alpha: float, assumptions: str, effects: dict[str, float | None]) -> Result:
    n = counted.n_a + counted.n_b
    if counted.n_votes == 0:
        return counted.result(analysis, alpha, assumptions=assumptions, effects=effects)
    notes = []
    if not counted.has_single_votes:
        notes.append(
            f"ignores dependence: {counted.n_votes} votes by {counted.n_subjects} "
            f"{_plural('viewer', counted.n_subjects)} are not independent, go by sign_flip"
        )
    if counted.n_tie:
        notes.append(f"{counted.n_tie} {_plural('tie', counted.n_tie)} left out of share and test")
    notes.append(_unreachable(counted.n_votes, n, "vote", alpha))
    return counted.result(
        analysis,
        alpha,
        estimate=counted.n_b / n if n else None,
        ci=clopper_pearson(counted.n_b, n, alpha),
        p_value=float(binomtest(counted.n_b, n, 0.5).pvalue) if n else 1.0,
        notes=notes,
        is_reachable=_can_reach(counted.n_votes, alpha),
        assumptions=assumptions,
        effects=effects,
    )


def _subject_interval(counted: Tally, share: float, alpha: float) -> tuple[tuple[float, float], str]:
    n = counted.n_subjects
    if counted.has_single_votes and not counted.n_tie:
        return clopper_pearson(counted.n_b, n, alpha), _EXACT_INTERVAL
    residuals = (counted.totals + counted.sizes) / 2 - counted.sizes * share
    spread = float(np.square(residuals).sum())
    if n == 1 or spread < 1e-12 * counted.n_votes:
        return clopper_pearson(share * n, n, alpha), _EXACT_INTERVAL
    half = float(stdtrit(n - 1, 1 - alpha / 2)) * math.sqrt(n / (n - 1) * spread) / counted.n_votes
    return (max(0.0, share - half), min(1.0, share + half)), _T_INTERVAL


def _can_reach(n: int, alpha: float) -> bool:
    """Say whether n subjects of one mind would be significant: their p-value is 2^(1 - n)."""
    return 2.0 ** (1 - n) <= alpha


def _unreachable(n: int, n_telling: int, what: str, alpha: float) -> str:
    """Return the note that those who lean to a side are too few to be significant, or nothing."""
    if _can_reach(n_telling, alpha):
        return ""
    fewer = "" if n_telling == n else f" of which {n_telling} {'leans' if n_telling == 1 else 'lean'} to a side"
    return f"with {n} {_plural(what, n)}{fewer}, p <= {alpha:g} cannot be reached"


def _tie_effects(counted: Tally) -> dict[str, float | None]:
    n, plus, minus = counted.n_votes, counted.n_b, counted.n_a
    if n == 0:
        return {}
    net = (plus - minus) / n
    both = plus > 0 and minus > 0
    return {
        "net_preference": net,
        "net_preference_se": math.sqrt(max(0.0, (plus + minus) / n - net**2) / n),
        "tie_rate": counted.n_tie / n,
        "davidson_log_ratio": math.log(plus / minus) if both else None,
        "davidson_log_ratio_se": math.sqrt(1 / plus + 1 / minus) if both else None,
        "davidson_nu": counted.n_tie / math.sqrt(plus * minus) if both else None,
    }


def _plural(word: str, count: int) -> str:
    return word if count == 1 else word + "s"
