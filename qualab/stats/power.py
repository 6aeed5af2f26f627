"""How many votes a study needs: exact power of the two-sided binomial test, and what dependence leaves of votes."""

import math

import numpy as np
from scipy.stats import binom, norm

from qualab.errors import InputError

# From here on a planned share is so near one half that no study of viewers can show it.
_MOST = 10_000_000


def exact_power(share: float, n: int, alpha: float = 0.05) -> float:
    """Return the probability that n independent votes show a preference, where `share` of all viewers have it.

    The test is the exact two-sided one against one half. 0 where n votes of one mind would not be enough.

    >>> round(exact_power(0.83, 24), 7), round(exact_power(0.65, 100), 7)
    (0.9008242, 0.8275851)
    """
    _check(share=share, alpha=alpha)
    few = _rejected(n, alpha)
    return float(binom.cdf(few, n, share) + binom.sf(n - few - 1, n, share)) if few >= 0 else 0.0


def sample_size(share: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """Return the number of independent votes from which on the power stays at `power` or above.

    Power falls and rises with n, because counts are whole numbers: the first n that reaches it is not enough.

    >>> [sample_size(share) for share in (0.60, 0.65, 0.70, 0.75, 0.83)]
    [210, 97, 54, 35, 20]

    Raises:
        InputError: no number up to 10,000,000 is enough, or a value is no probability.
    """
    _check(share=share, power=power, alpha=alpha)
    below, critical = norm.ppf(1 - power), norm.ppf(1 - alpha / 2)
    around = ((critical / 2 - below * math.sqrt(share * (1 - share))) / max(abs(share - 0.5), 1e-9)) ** 2
    if around > _MOST:
        what = f"is {share:g}: {_MOST:,} votes would not show it"
        raise InputError("share", what, "plan for a share farther from one half")
    # The saw's teeth are about as long as the root of n.
    reach = 10 * math.sqrt(around) + 100
    ns = np.arange(max(1, int(around - reach)), int(around + reach))
    few = np.maximum(binom.ppf(alpha / 2, ns, 0.5), 0)
    few = np.where(2 * binom.cdf(few, ns, 0.5) <= alpha, few, few - 1)
    powers = np.where(few >= 0, binom.cdf(few, ns, share) + binom.sf(ns - few - 1, ns, share), 0.0)
    return int(ns[np.flatnonzero(powers < power)[-1]]) + 1


def design_effect(n_subjects: float, n_clips: float, rho_subject: float, rho_clip: float) -> float:
    """Return by how much dependence inflates the variance of R subjects x C clips: 1 + (C-1) rho_r + (R-1) rho_c.

    `rho_subject` and `rho_clip` are the correlations of two votes of one subject, and on one clip.

    >>> round(design_effect(24, 12, 0.05, 0.10), 6)
    3.85
    """
    _check(rho_subject=rho_subject, rho_clip=rho_clip)
    if n_subjects < 1 or n_clips < 1:
        raise InputError("plan", f"is for {n_subjects} subjects and {n_clips} clips", "give at least one of each")
    return 1 + (n_clips - 1) * rho_subject + (n_subjects - 1) * rho_clip


def effective_n(n_subjects: float, n_clips: float, rho_subject: float, rho_clip: float) -> float:
    """Return how many independent votes R subjects x C clips are worth; more subjects bring it to C / rho_clip at most.

    >>> round(effective_n(24, 12, 0.05, 0.10), 3)
    74.805
    """
    return n_subjects * n_clips / design_effect(n_subjects, n_clips, rho_subject, rho_clip)


def _rejected(n: int, alpha: float) -> int:
    """Return the largest count for which the exact test of n votes gives p <= alpha; -1 where there is none."""
    few = int(binom.ppf(alpha / 2, n, 0.5)) if n > 0 else -1
    return few if few < 0 or 2 * binom.cdf(few, n, 0.5) <= alpha else few - 1


def _check(**probabilities: float) -> None:
    for name, value in probabilities.items():
        is_open = name in ("alpha", "power")
        if not (0 < value < 1 if is_open else 0 <= value <= 1):
            raise InputError(name, f"is {value}", "give a probability from 0 to 1")
