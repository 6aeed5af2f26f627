"""The scales of metrics: their decimals, limits, least spans and axis titles."""

import numpy as np
from numpy.typing import NDArray

from qualab.charts.theme import inert
from qualab.study.terms import DIAGNOSTIC_TITLES, METRIC_TITLES, METRIC_UNITS

# Metrics on a scale with a meaningful zero get bars from zero; dB and SSIM differences would drown there.
FROM_ZERO = tuple(name for name, unit in METRIC_UNITS.items() if unit == "score 0-100")
_PLACES = {"score 0-100": 1, "score 0-1": 4, "dB": 2}
DECIMALS = {name: _PLACES.get(unit, 2) for name, unit in METRIC_UNITS.items()}
# By unit: the least and greatest value there can be, and the least span of an axis.
_SCALES = {"score 0-100": (0.0, 100.0, 10.0), "score 0-1": (0.0, 1.0, 0.02), "dB": (0.0, np.inf, 4.0)}
_EMPTY_TOP = 60.0


def axis_title(metric: str, pooling: str = "") -> str:
    """Return what stands at an axis of a metric or diagnostic: its title, how it is pooled, its unit."""
    name, unit = (METRIC_TITLES | DIAGNOSTIC_TITLES).get(metric, metric), METRIC_UNITS.get(metric, "")
    shown = unit.removeprefix("score ").replace("-", "–")
    return inert(f"{name}{pooling and ', '}{pooling.replace('_', ' ')}{f' ({shown})' if shown else ''}")


def value_range(metric: str, values: NDArray[np.float64], *, labelled: bool = False) -> tuple[float, float]:
    """Return an axis range that holds all finite values and does not blow noise up to the full height.

    `labelled` leaves room for labels that stand to the right of their dots.
    """
    bottom, top, least = _SCALES.get(METRIC_UNITS.get(metric, ""), (0.0, np.inf, 0.0))
    finite = values[np.isfinite(values)]
    if not finite.size:
        return bottom, top if np.isfinite(top) else _EMPTY_TOP
    low, high = float(finite.min()), float(finite.max())
    grown = max(least - (high - low), 0.0) / 2
    pad = 0.08 * max(high - low, least)
    edge = 0.01 * (top - bottom) if np.isfinite(top) else 0.0
    low, high = max(low - grown - pad, bottom), min(high + grown + pad, top + edge)
    return low, high + 0.2 * (high - low) if labelled else high
