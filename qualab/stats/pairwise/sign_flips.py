"""The exact sign-flip test: could each subject as well have leaned the other way?"""

import numpy as np
import numpy.typing as npt
from scipy.stats import binom, binomtest

SMALLEST_P = 1e-80
_NEGLIGIBLE = 1e-100


def two_sided_p(totals: npt.NDArray[np.int64]) -> float:
    """Return P(|sum of +-S_i| >= |sum of S_i|) with every sign equally likely, by dynamic programming on integers.

    Mass below 1e-100 is dropped on the way, far below what a double can show beside p; a p-value under 1e-80 is
    returned as 1e-80. Subjects with S_i = 0 say nothing and play no part.
    """
    leaning = totals[totals != 0]
    observed = abs(int(leaning.sum()))
    if observed == 0:
        return 1.0
    sizes, counts = np.unique(np.abs(leaning), return_counts=True)
    if len(sizes) == 1:
        return float(binomtest(int((leaning > 0).sum()), len(leaning), 0.5).pvalue)
    lowest, mass = _positive_sum(sizes.tolist(), counts.tolist())
    # With U the sum of the positive ones and M the sum of all sizes, the flipped sum is 2U - M.
    threshold = (int(np.abs(leaning).sum()) + observed) // 2
    tail = mass[max(threshold - lowest, 0) :].sum()
    return float(min(1.0, max(2.0 * tail, SMALLEST_P)))


def _positive_sum(sizes: list[int], counts: list[int]) -> tuple[int, npt.NDArray[np.float64]]:
    """Return the distribution of the sum of a random half of the subjects' sizes: its lowest value, then masses."""
    lowest, mass = 0, np.ones(1)
    for size, count in zip(sizes, counts, strict=True):
        first, weights = _trimmed(binom.pmf(np.arange(count + 1), count, 0.5))
        spread = np.zeros(len(mass) + size * (len(weights) - 1))
        for at, weight in enumerate(weights.tolist()):
            spread[at * size : at * size + len(mass)] += weight * mass
        skipped, mass = _trimmed(spread)
        lowest += first * size + skipped
    return lowest, mass


def _trimmed(mass: npt.NDArray[np.float64]) -> tuple[int, npt.NDArray[np.float64]]:
    kept = np.flatnonzero(mass > _NEGLIGIBLE)
    return int(kept[0]), mass[kept[0] : kept[-1] + 1]
