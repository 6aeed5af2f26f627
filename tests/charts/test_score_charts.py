"""Charts of scores: honest axes, labels, lossless marks."""

import numpy as np
import pandas as pd
import pytest

from qualab.charts.scores import score_bars
from qualab.charts.theme import BASELINE_COLOUR
from qualab.study.tables import SCORE_COLUMNS, empty


def scores(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    records = [
        (src, hrc, metric, "mean", value, "dB" if "psnr" in metric else "score 0-100", bool(np.isnan(value)))
        for src, hrc, metric, value in rows
    ]
    return pd.DataFrame(records, columns=list(SCORE_COLUMNS))


TWO = scores(
    ("fox", "espcn-x2", "vmaf", 91.26),
    ("fox", "bicubic", "vmaf", 84.0),
    ("2024-01-01", "bicubic", "vmaf", 70.0),
    ("fox", "bicubic", "psnr_y", 33.333),
    ("fox", "espcn-x2", "psnr_y", np.nan),
)


def test_vmaf_bars_start_at_zero_and_carry_their_values() -> None:
    figure = score_bars(TWO, metric="vmaf", hrcs=["bicubic", "espcn-x2"])
    assert [trace.type for trace in figure.data] == ["bar", "bar"]
    assert figure.layout.xaxis.range[0] == 0
    assert list(figure.data[0].text) == ["84.0", "70.0"]
    assert list(figure.data[1].text) == ["91.3", ""]


def test_the_baseline_stands_first_and_is_grey_whatever_the_order_of_rows() -> None:
    figure = score_bars(TWO, metric="vmaf", hrcs=["bicubic", "espcn-x2"])
    assert [trace.name for trace in figure.data] == ["bicubic", "espcn-x2"]
    assert figure.data[0].marker.color == BASELINE_COLOUR


def test_a_clip_named_like_a_date_stays_a_name() -> None:
    figure = score_bars(TWO, metric="vmaf")
    assert list(figure.layout.yaxis.tickvals) == [0, 1]
    assert list(figure.layout.yaxis.ticktext) == ["fox", "2024-01-01"]


def test_psnr_is_drawn_as_dots_because_its_axis_is_cut() -> None:
    figure = score_bars(TWO, metric="psnr_y")
    assert {trace.type for trace in figure.data} == {"scatter"}
    assert figure.layout.xaxis.range[0] > 0


def test_a_lossless_value_is_named_and_drawn_at_a_finite_place() -> None:
    figure = score_bars(TWO, metric="psnr_y", hrcs=["bicubic", "espcn-x2"])
    assert list(figure.data[1].text) == ["lossless"]
    assert np.isfinite(figure.data[1].x).all()


def test_titles_are_inert_in_tick_labels() -> None:
    figure = score_bars(TWO, metric="vmaf", titles={"fox": "<b>x</b>"})
    assert figure.layout.yaxis.ticktext[0] == "&lt;b&gt;x&lt;/b&gt;"


def test_many_values_become_one_line_of_dots_per_clip() -> None:
    table = scores(*((f"clip-{n}", hrc, "vmaf", 80.0 + n / 10) for n in range(50) for hrc in ("a", "b", "c")))
    figure = score_bars(table, metric="vmaf")
    assert {trace.mode for trace in figure.data} == {"markers"}
    assert figure.layout.height < 1500


@pytest.mark.parametrize("table", [empty(SCORE_COLUMNS), TWO])
def test_a_metric_without_values_gives_a_chart_that_says_so(table: pd.DataFrame) -> None:
    figure = score_bars(table, metric="ssim")
    assert not figure.data
    assert "SSIM" in figure.layout.annotations[0].text
