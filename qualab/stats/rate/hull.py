"""The convex hull of a rate-quality curve, and where two curves cross."""

from itertools import pairwise

import numpy as np
from scipy.interpolate import PchipInterpolator, PPoly

from qualab.stats.rate.bdrate import Curve

SCALES = ("log", "linear")
# A difference below this share of the range is none: shared points touch, points in line stay in line.
_TOUCH = 1e-9


def hull(front: Curve, *, scale: str = "log") -> Curve:
    """Return the points of a Pareto front that are on its upper convex hull: the choice of a per-title ladder.

    Args:
        front: a curve; its first and last point are always on the hull.
        scale: the axis of bitrate on which the hull is convex: log (per-title encoding's) or linear.

    >>> from qualab.stats.rate.bdrate import curve
    >>> hull(curve([100, 200, 400, 800], [50, 52, 71, 80])).rates.tolist()
    [100.0, 400.0, 800.0]
    """
    x = front.log_rates if scale == "log" else front.rates
    y = front.qualities
    kept: list[int] = []
    for place in range(len(front)):
        while len(kept) > 1 and _is_below(x, y, kept[-2], kept[-1], place):
            kept.pop()
        kept.append(place)
    return front.picked(kept)


def _is_below(x: np.ndarray, y: np.ndarray, first: int, middle: int, last: int) -> bool:
    """Say whether the middle point is below the line through the others; on it, it stays."""
    short = (y[last] - y[first]) * (x[middle] - x[first]) - (y[middle] - y[first]) * (x[last] - x[first])
    return bool(short > _TOUCH * (y[last] - y[first]) * (x[last] - x[first]))


def crossovers(first: Curve, second: Curve) -> list[tuple[float, float, bool]]:
    """Return where two curves cross: bitrate in kb/s, quality, and whether the first is the better one above it.

    The curves are PCHIP over log10 rate, straight between two points; they are looked at only where both have
    bitrates, never beyond. Where they only touch, or run together, they do not cross.

    >>> from qualab.stats.rate.bdrate import curve
    >>> [(round(rate), round(quality), first) for rate, quality, first in
    ...     crossovers(curve([100, 1000], [40, 60]), curve([100, 1000], [30, 70]))]
    [(316, 50, False)]
    """
    if min(len(first), len(second)) < 2:
        return []
    low = max(first.log_rates[0], second.log_rates[0])
    high = min(first.log_rates[-1], second.log_rates[-1])
    if not low < high:
        return []
    difference = _difference(first, second, float(low), float(high))
    roots = difference.roots(discontinuity=False, extrapolate=False)
    edges = np.unique(np.concatenate([difference.x, roots[np.isfinite(roots)]]))
    limit = _TOUCH * float(max(np.ptp(first.qualities), np.ptp(second.qualities)))
    crossings, before = [], 0
    for left, right in pairwise(edges):
        middle = float(difference((left + right) / 2))
        side = 0 if abs(middle) <= limit else int(np.sign(middle))
        if side and before and side != before:
            crossings.append((float(10**left), float(first.quality_by_rate()(left)), side > 0))
        before = side or before
    return crossings


def _difference(first: Curve, second: Curve, low: float, high: float) -> PPoly:
    """Return first minus second between two log rates, piece by piece."""
    knots = np.concatenate([[low, high], first.log_rates, second.log_rates])
    knots = np.unique(knots[(knots >= low) & (knots <= high)])
    starts, back = knots[:-1], (knots[:-1] - knots[1:]) / 2
    pieces = []
    for curve in (first, second):
        fit = PchipInterpolator(curve.log_rates, curve.qualities)
        # From the middle of a piece: at a knot the third derivative is that of the piece before or after it.
        cubic, square = fit(starts - back, 3) / 6, fit(starts - back, 2) / 2
        pieces.append(np.array([cubic, square + 3 * cubic * back, fit(starts, 1), fit(starts)]))
    coefficients = pieces[0] - pieces[1]
    shared = _shared(first, second, knots)
    # Between two points that both curves have they are one: their bends there come from points further off.
    coefficients[:, shared[:-1] & shared[1:]] = 0
    return PPoly(coefficients, knots)


def _shared(first: Curve, second: Curve, knots: np.ndarray) -> np.ndarray:
    points = [set(zip(curve.log_rates.tolist(), curve.qualities.tolist(), strict=True)) for curve in (first, second)]
    rates = {rate for rate, _ in points[0] & points[1]}
    return np.array([knot in rates for knot in knots.tolist()])
