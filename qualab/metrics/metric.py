"""The contract of full-reference metrics: what measures one, and how its frames' values become one of a clip."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from qualab.media.probe import ClipInfo
from qualab.study.families import METRICS
from qualab.study.tables import SCORE_COLUMNS
from qualab.study.terms import APSNR

Row = Mapping[str, float]
# Pairs end with the shorter clip, as in the graph of ffmpeg-quality-metrics.
PAIRED = "shortest=1:repeatlast=0"
_LINES_4K = 2160


@dataclass(frozen=True)
class Request:
    """What a measurement is to do: where FFmpeg writes its log, with how many threads, which models and features."""

    log: str
    threads: int
    models: Sequence[str] = ()
    features: Sequence[str] = ()


@dataclass(frozen=True)
class Measurement:
    """One filter of the pass, shared by the metrics that read its rows.

    `name` is unique and names its log. `filters` is FFmpeg's text of a filter of two inputs, `ffmpeg_filter` its name
    ("" for libvmaf, which is looked at in any case), `read` gives the log's rows, one a frame. With `bits=10` it sees
    all pictures as 10 bits.
    """

    name: str
    ffmpeg_filter: str
    filters: Callable[[Request], str]
    read: Callable[[str], list[dict[str, float]]]
    bits: int = 0


@dataclass(frozen=True)
class Metric:
    """How a full-reference metric is measured, and how a frame's value is read.

    libvmaf gets a `model` (from 2160 lines `model_4k` where there is one), whose score is called `name`, or a
    `feature`. `value` takes what was measured on a frame, and the reference. Pictures whose shorter and longer side
    have fewer samples than `least_sides` cannot be measured.
    """

    measurement: Measurement
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
        (src, hrc, metric, pooling, value, METRICS[metric].unit.name, lossless)
        for metric in frames.columns
        if metric in METRICS
        for pooling, value, lossless in _pooled(METRICS[metric].poolings, frames[metric].to_numpy(dtype=np.float64))
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


def _pooled(poolings: Sequence[str], values: np.ndarray) -> list[tuple[str, float, bool]]:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return [(pooling, math.nan, True) for pooling in poolings]
    pooled = {
        "mean": float(finite.mean()),
        "harmonic_mean": harmonic_mean(finite),
        "min": float(finite.min()),
        "p1": float(np.percentile(finite, 1)),
        "p5": float(np.percentile(finite, 5)),
        APSNR: apsnr(values),
    }
    return [(pooling, pooled[pooling], False) for pooling in poolings]
