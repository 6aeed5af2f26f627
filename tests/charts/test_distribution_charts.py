"""Distributions of frame scores: true shares, true lows."""

import numpy as np
import pandas as pd
import pytest

from qualab.charts.distribution import frame_distribution, lows


def table(values: list[float], metric: str = "vmaf") -> pd.DataFrame:
    return pd.DataFrame({"frame": np.arange(len(values)), metric: values})


def test_a_stair_gives_the_share_of_frames_at_or_below_each_value() -> None:
    stair = frame_distribution({"bicubic": table([40.0, 10, 30, 20])}, metric="vmaf").data[0]
    assert list(stair.x) == [10, 20, 30, 40]
    assert list(stair.y) == [25, 50, 75, 100]
    assert stair.line.shape == "hv"


def test_a_stair_of_many_frames_keeps_its_ends_and_true_shares() -> None:
    values = np.random.default_rng(1).uniform(0, 100, 50_000)
    stair = frame_distribution({"bicubic": table([*values])}, metric="vmaf").data[0]
    assert len(stair.x) <= 400
    assert stair.x[0] == np.float32(values.min())
    assert stair.x[-1] == np.float32(values.max())
    for place in (0, 100, 399):
        share = 100 * np.mean(values.astype(np.float32) <= stair.x[place])
        assert stair.y[place] == pytest.approx(share, abs=0.005)


def test_the_stair_of_a_partly_lossless_clip_ends_below_all() -> None:
    stair = frame_distribution({"bicubic": table([30.0, np.inf, 40, np.inf], "psnr_y")}, metric="psnr_y").data[0]
    assert list(stair.x) == [30, 40]
    assert list(stair.y) == [25, 50]


def test_the_order_and_the_grey_of_the_baseline_are_those_of_the_study() -> None:
    figure = frame_distribution({"b": table([1.0, 2]), "a": table([1.0, 2])}, metric="vmaf", hrcs=["a", "b"])
    assert [trace.name for trace in figure.data] == ["a", "b"]


@pytest.mark.parametrize("frames", [{}, {"a": table([np.nan, np.nan])}, {"a": table([1.0], "ssim")}])
def test_without_values_the_chart_says_so(frames: dict[str, pd.DataFrame]) -> None:
    figure = frame_distribution(frames, metric="vmaf")
    assert not figure.data
    assert "VMAF" in figure.layout.annotations[0].text
    assert lows(frames, metric="vmaf").empty


def test_lows_of_two_hundred_frames_are_the_second_and_tenth_lowest() -> None:
    values = np.random.default_rng(2).permutation(np.arange(1.0, 201))
    row = lows({"a": table([*values])}, metric="vmaf").iloc[0]
    assert (row["low_1"], row["low_5"], row["worst"], row["mean"]) == (2, 10, 1, 100.5)
    assert values[int(row["worst_frame"])] == 1


def test_the_worst_of_a_metric_where_lower_is_better_is_the_greatest() -> None:
    row = lows({"a": table([1.0, 9, 2], "msad")}, metric="msad").iloc[0]
    assert (row["worst"], row["worst_frame"], row["low_1"]) == (9, 1, 9)


def test_frames_without_a_number_shift_no_frame_number() -> None:
    assert lows({"a": table([np.nan, 50, 40])}, metric="vmaf").iloc[0]["worst_frame"] == 2
