import numpy as np
import pandas as pd
import pytest

from qualab.metrics.metric import apsnr, harmonic_mean, pool
from qualab.study.families import METRICS
from qualab.study.terms import APSNR, POOLINGS


def _frames(**columns):
    base = {name: np.full(4, 50.0) for name in METRICS}
    return pd.DataFrame({"frame": range(4), **base, **columns})


def test_pooling_gives_every_metric_every_way():
    table = pool(_frames(vmaf=[10.0, 20.0, 30.0, 80.0]), src="s", hrc="h")
    assert list(table["metric"].unique()) == list(METRICS)
    for metric, rows in table.groupby("metric"):
        more = (APSNR,) if metric in ("psnr", "psnr_y") else ()
        assert tuple(rows["pooling"]) == (*POOLINGS, *more)
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


def test_only_the_columns_present_are_pooled_in_their_order():
    table = pool(pd.DataFrame({"frame": range(3), "msad": [0.1, 0.2, 0.3], "vmaf": 50.0}), src="s", hrc="h")
    assert list(table["metric"].unique()) == ["msad", "vmaf"]
    assert table.set_index(["metric", "pooling"]).loc[("msad", "p5"), "value"] == pytest.approx(0.11)


def test_apsnr_is_the_psnr_of_the_mean_squared_error():
    """Errors of 4 and 1 code value squared have the mean 2.5; their dB have another mean: 45.12 against 44.15."""
    errors = np.array([4.0, 1.0])
    decibels = 10 * np.log10(255**2 / errors)
    assert apsnr(decibels) == pytest.approx(10 * np.log10(255**2 / 2.5))
    assert apsnr(decibels) < decibels.mean() - 0.9


def test_identical_frames_count_as_no_error_in_apsnr():
    table = pool(_frames(psnr=[np.inf, 40.0, 40.0, np.inf]), src="s", hrc="h").set_index(["metric", "pooling"])
    assert table.loc[("psnr", APSNR), "value"] == pytest.approx(40 + 10 * np.log10(2))
    assert table.loc[("psnr", "mean"), "value"] == 40
    table = pool(_frames(psnr=[np.inf] * 4), src="s", hrc="h").set_index(["metric", "pooling"])
    assert np.isnan(table.loc[("psnr", APSNR), "value"])
    assert table.loc[("psnr", APSNR), "lossless"]
