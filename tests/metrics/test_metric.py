import numpy as np
import pandas as pd
import pytest

from qualab.metrics.metric import harmonic_mean, pool
from qualab.terms import METRIC_UNITS, POOLINGS


def _frames(**columns):
    base = {name: np.full(4, 50.0) for name in METRIC_UNITS}
    return pd.DataFrame({"frame": range(4), **base, **columns})


def test_pooling_gives_every_metric_every_way():
    table = pool(_frames(vmaf=[10.0, 20.0, 30.0, 80.0]), src="s", hrc="h")
    assert len(table) == len(METRIC_UNITS) * len(POOLINGS)
    vmaf = table[table["metric"] == "vmaf"].set_index("pooling")["value"]
    assert vmaf["mean"] == 35
    assert vmaf["min"] == 10
    assert vmaf["p5"] == pytest.approx(11.5)  # linear interpolation between order statistics


def test_harmonic_mean_is_libvmafs():
    """libvmaf's source: n / sum(1 / (x + 1)) - 1."""
    assert harmonic_mean(np.array([0.0, 99.0])) == pytest.approx(2 / (1 / 1 + 1 / 100) - 1)


def test_identical_frames_are_left_out_of_pooled_psnr():
    table = pool(_frames(psnr=[np.inf, 40.0, 42.0, np.inf]), src="s", hrc="h").set_index(["metric", "pooling"])
    assert table.loc[("psnr", "mean"), "value"] == 41
    assert not table.loc[("psnr", "mean"), "lossless"]
