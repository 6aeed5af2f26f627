"""Charts of scores: honest axes, labels, lossless marks, envelopes."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualab.charts.scores import envelope, frame_lines, score_bars
from qualab.charts.theme import BASELINE_COLOUR
from qualab.tables import FRAME_COLUMNS, SCORE_COLUMNS, empty


def scores(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    records = [
        (src, hrc, metric, "mean", value, "dB" if "psnr" in metric else "score 0-100", bool(np.isnan(value)))
        for src, hrc, metric, value in rows
    ]
    return pd.DataFrame(records, columns=list(SCORE_COLUMNS))


def frames(values: np.ndarray, metric: str = "psnr_y") -> pd.DataFrame:
    table = pd.DataFrame({name: np.full(len(values), np.nan) for name in FRAME_COLUMNS})
    return table.assign(frame=np.arange(len(values)), **{metric: values})


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


def test_lossless_frames_are_marked_on_top_and_never_drawn_as_infinite() -> None:
    values = np.array([33.0, np.inf, 34.0, np.inf])
    figure = frame_lines({"bicubic": frames(values)}, metric="psnr_y")
    line, marks = figure.data
    assert np.isnan(line.y[[1, 3]]).all()
    assert list(marks.x) == [1, 3]
    assert marks.name == "bicubic: lossless"
    assert np.isfinite(marks.y).all()
    assert (np.asarray(marks.y) == figure.layout.yaxis.range[1]).all()


def test_a_clip_that_is_lossless_throughout_still_gives_a_chart() -> None:
    figure = frame_lines({"bicubic": frames(np.full(5, np.inf))}, metric="psnr_y")
    assert len(figure.data[1].x) == 5


def test_noise_is_not_blown_up_to_the_whole_height() -> None:
    figure = frame_lines({"bicubic": frames(np.array([90.0, 90.1]), "vmaf")}, metric="vmaf")
    low, high = figure.layout.yaxis.range
    assert high - low >= 10


def test_frame_lines_without_a_reference_say_so() -> None:
    assert not frame_lines({"bicubic": frames(np.full(5, np.nan))}, metric="vmaf").data
    assert not frame_lines({}, metric="vmaf").data


def test_long_clips_keep_their_drops_in_few_points() -> None:
    values = np.full(200_000, 90.0)
    values[123_457] = 12.0
    figure = frame_lines({"bicubic": frames(values, "vmaf")}, metric="vmaf")
    assert len(figure.data[0].x) <= 5000
    assert 123_457 in set(figure.data[0].x)


@given(values=st.lists(st.floats(0, 100), min_size=1, max_size=300), most=st.integers(2, 40))
@settings(max_examples=60, deadline=None)
def test_an_envelope_keeps_least_and_greatest_in_order_within_its_bound(values: list[float], most: int) -> None:
    array = np.array(values)
    kept = envelope(array, most=most)
    assert len(kept) <= max(most, 2)
    assert (np.diff(kept) > 0).all()
    assert array[kept].min() == array.min()
    assert array[kept].max() == array.max()
