"""What a metric's numbers are, and how the numbers of frames become one number of a clip."""

import math

import numpy as np
import pandas as pd

from qualab.tables import SCORE_COLUMNS
from qualab.terms import METRIC_UNITS, POOLINGS


def pool(frames: pd.DataFrame, *, src: str, hrc: str) -> pd.DataFrame:
    """Return a frame table (FRAME_COLUMNS) pooled: SCORE_COLUMNS, one row per metric and pooling.

    Identical frames have infinite PSNR; they are left out of the pooled dB, and where every frame is identical the
    value is NaN and `lossless` is true. PSNR pools dB of frames (not the mean squared error of the clip).
    """
    rows = [
        (src, hrc, metric, pooling, value, unit, lossless)
        for metric, unit in METRIC_UNITS.items()
        if metric in frames
        for pooling, value, lossless in _pooled(frames[metric].to_numpy(dtype=np.float64))
    ]
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def harmonic_mean(values: np.ndarray) -> float:
    """Return libvmaf's harmonic mean, n / sum(1 / (x + 1)) - 1, which stands a zero.

    >>> harmonic_mean(np.array([0.0, 0.0])), round(harmonic_mean(np.array([1.0, 3.0])), 6)
    (0.0, 1.666667)
    """
    return float(len(values) / np.sum(1.0 / (values + 1.0)) - 1.0)


def _pooled(values: np.ndarray) -> list[tuple[str, float, bool]]:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return [(pooling, math.nan, True) for pooling in POOLINGS]
    found = {
        "mean": float(finite.mean()),
        "harmonic_mean": harmonic_mean(finite),
        "min": float(finite.min()),
        "p1": float(np.percentile(finite, 1)),
        "p5": float(np.percentile(finite, 5)),
    }
    return [(pooling, found[pooling], False) for pooling in POOLINGS]
