"""The scales of metrics: axis titles and ranges."""

import numpy as np
from numpy.typing import NDArray

from qualab.charts.theme import inert
from qualab.study.families import METRICS, metric_row

_EMPTY_TOP = 60.0


def axis_title(metric: str, pooling: str = "") -> str:
    """Return what stands at an axis of a metric or diagnostic: its title, how it is pooled, its unit."""
    unit = METRICS[metric].unit.name if metric in METRICS else ""
    shown = unit.removeprefix("score ").replace("-", "–")
    title = metric_row(metric).title
    return inert(f"{title}{pooling and ', '}{pooling.replace('_', ' ')}{f' ({shown})' if shown else ''}")


def value_range(metric: str, values: NDArray[np.float64], *, labelled: bool = False) -> tuple[float, float]:
    """Return an axis range that holds all finite values and does not blow noise up to the full height.

    `labelled` leaves room for labels that stand to the right of their dots.
    """
    unit = metric_row(metric).unit
    bottom, top, least = unit.low, unit.high, unit.least_span
    finite = values[np.isfinite(values)]
    if not finite.size:
        return bottom, top if np.isfinite(top) else _EMPTY_TOP
    low, high = float(finite.min()), float(finite.max())
    grown = max(least - (high - low), 0.0) / 2
    pad = 0.08 * max(high - low, least)
    edge = 0.01 * (top - bottom) if np.isfinite(top) else 0.0
    low, high = max(low - grown - pad, bottom), min(high + grown + pad, top + edge)
    return low, high + 0.2 * (high - low) if labelled else high
