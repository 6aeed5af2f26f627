"""How many votes a study needs: exact power of the two-sided binomial test, and what dependence leaves of votes."""

import math

import numpy as np
import numpy.typing as npt
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
    powers = _powers(share, ns, alpha)
    return int(ns[np.flatnonzero(powers < power)[-1]]) + 1


def sure_powers(share: float, most: int, alpha: float = 0.05) -> npt.NDArray[np.float64]:
    """Return, for 0 to `most` independent votes, the power below which no greater number of votes falls.

    >>> powers = sure_powers(0.65, 100)
    >>> bool(powers[96] < 0.8 <= powers[97])
    True
    """
    _check(share=share, alpha=alpha)
    # The saw's teeth are about as long as the root of n.
    powers = _powers(share, np.arange(1, most + 10 * math.isqrt(most) + 100), alpha)
    return np.concatenate([[0.0], np.minimum.accumulate(powers[::-1])[::-1][:most]])


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


def viewers_for(
    size: int, *, n_clips: float, rho_subject: float, rho_clip: float, clips_seen: float | None = None
) -> int | None:
    """Return how many viewers, each of whom sees `clips_seen` of the clips (all), are worth `size` independent votes.

    R viewers give n = R * clips_seen votes, worth n / (1 + (clips_seen - 1) rho_r + (n / n_clips - 1) rho_c); None
    where that stays below `size` for every R: more viewers bring it to n_clips / rho_c at most.

    >>> viewers_for(97, n_clips=12, rho_subject=0.05, rho_clip=0.1)
    62
    >>> viewers_for(97, n_clips=9, rho_subject=0.05, rho_clip=0.1) is None
    True
    """
    seen = n_clips if clips_seen is None else clips_seen
    _check(rho_subject=rho_subject, rho_clip=rho_clip)
    weight = 1 - size * rho_clip / n_clips if n_clips else 0.0
    if weight <= 1e-12 or seen <= 0:
        return None
    return _whole(size * (1 + (seen - 1) * rho_subject - rho_clip) / (seen * weight))


def clips_for(
    size: int, *, n_viewers: float, rho_subject: float, rho_clip: float, share_seen: float = 1.0
) -> int | None:
    """Return on how many clips R viewers, each of whom sees `share_seen` of them, are worth `size` independent votes.

    None where no number of clips is enough: more clips bring R viewers to R / rho_r at most.

    >>> clips_for(97, n_viewers=24, rho_subject=0.05, rho_clip=0.1)
    17
    >>> clips_for(97, n_viewers=4, rho_subject=0.05, rho_clip=0.1) is None
    True
    """
    _check(rho_subject=rho_subject, rho_clip=rho_clip, share_seen=share_seen)
    on_a_clip = n_viewers * share_seen
    weight = on_a_clip - size * share_seen * rho_subject
    if weight <= 1e-12:
        return None
    return _whole(size * (1 - rho_subject + (on_a_clip - 1) * rho_clip) / weight)


def _whole(value: float) -> int:
    # Where the true value is a whole number the computed one may be a hair above.
    return max(1, math.ceil(value - 1e-9))


def _powers(share: float, ns: npt.NDArray[np.int64], alpha: float) -> npt.NDArray[np.float64]:
    few = np.maximum(binom.ppf(alpha / 2, ns, 0.5), 0)
    few = np.where(2 * binom.cdf(few, ns, 0.5) <= alpha, few, few - 1)
    return np.where(few >= 0, binom.cdf(few, ns, share) + binom.sf(ns - few - 1, ns, share), 0.0)


def _rejected(n: int, alpha: float) -> int:
    """Return the largest count for which the exact test of n votes gives p <= alpha; -1 where there is none."""
    few = int(binom.ppf(alpha / 2, n, 0.5)) if n > 0 else -1
    return few if few < 0 or 2 * binom.cdf(few, n, 0.5) <= alpha else few - 1


def _check(**probabilities: float) -> None:
    for name, value in probabilities.items():
        is_open = name in ("alpha", "power")
        if not (0 < value < 1 if is_open else 0 <= value <= 1):
            raise InputError(name, f"is {value}", "give a probability from 0 to 1")
