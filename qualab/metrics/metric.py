"""What a metric is, and how its numbers of frames become one number of a clip."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from qualab.media.probe import ClipInfo
from qualab.study.tables import SCORE_COLUMNS
from qualab.study.terms import APSNR, METRIC_UNITS, POOLINGS

Row = Mapping[str, float]
_LINES_4K = 2160


@dataclass(frozen=True)
class Metric:
    """How a full-reference metric is got: who measures it, what that one is told, and how a frame's value is read.

    `measurement` is one of qualab.metrics.one_pass's. libvmaf is told a `model` (from 2160 lines `model_4k` where there
    is one), which answers under `name`, or a `feature`. `value` takes what was measured on a frame, and the reference.
    Pictures whose shorter and longer side have fewer samples than `least_sides` cannot be measured.
    """

    measurement: str
    value: Callable[[Row, ClipInfo], float]
    name: str = ""
    model: str = ""
    model_4k: str = ""
    feature: str = ""
    least_sides: tuple[int, int] = (16, 16)

    def model_for(self, height: int) -> str:
        """Return the VMAF model for pictures of so many lines, "" where the metric needs none."""
        return self.model_4k if self.model_4k and height >= _LINES_4K else self.model


def pool(frames: pd.DataFrame, *, src: str, hrc: str) -> pd.DataFrame:
    """Return a frame table pooled: SCORE_COLUMNS, one row per metric (in the order of its columns) and pooling.

    Identical frames have infinite PSNR; they are left out of dB pooled over frames, and where every frame is identical
    the value is NaN and `lossless` is true. PSNR has one pooling more, `apsnr`, in which they count as no error.
    """
    rows = [
        (src, hrc, metric, pooling, value, METRIC_UNITS[metric], lossless)
        for metric in frames.columns
        if metric in METRIC_UNITS
        for pooling, value, lossless in _pooled(str(metric), frames[metric].to_numpy(dtype=np.float64))
    ]
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def harmonic_mean(values: np.ndarray) -> float:
    """Return libvmaf's harmonic mean, n / sum(1 / (x + 1)) - 1, which stands a zero.

    >>> harmonic_mean(np.array([0.0, 0.0])), round(harmonic_mean(np.array([1.0, 3.0])), 6)
    (0.0, 1.666667)
    """
    return float(len(values) / np.sum(1.0 / (values + 1.0)) - 1.0)


def apsnr(decibels: np.ndarray) -> float:
    """Return the PSNR of the mean squared error of all frames, from the PSNR of each; infinite dB is an error of 0.

    It is what FFmpeg's psnr filter calls the average. The peak cancels out: it is one for all frames.

    >>> apsnr(np.array([40.0, 40.0])), round(apsnr(np.array([20.0, np.inf])), 4)
    (40.0, 23.0103)
    """
    error = float(np.mean(10.0 ** (-decibels / 10.0)))
    return -10.0 * math.log10(error) if error else math.inf


def _pooled(metric: str, values: np.ndarray) -> list[tuple[str, float, bool]]:
    poolings = (*POOLINGS, APSNR) if metric in ("psnr", "psnr_y") else POOLINGS
    finite = values[np.isfinite(values)]
    if not finite.size:
        return [(pooling, math.nan, True) for pooling in poolings]
    found = {
        "mean": float(finite.mean()),
        "harmonic_mean": harmonic_mean(finite),
        "min": float(finite.min()),
        "p1": float(np.percentile(finite, 1)),
        "p5": float(np.percentile(finite, 5)),
        APSNR: apsnr(values),
    }
    return [(pooling, found[pooling], False) for pooling in poolings]
