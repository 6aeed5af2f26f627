"""Scores frame by frame: lossless marks, envelopes, scenes, clicks."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from qualab.charts.frames import envelope, frame_lines
from qualab.study.tables import FRAME_COLUMNS


def frames(values: np.ndarray, metric: str = "psnr_y") -> pd.DataFrame:
    table = pd.DataFrame({name: np.full(len(values), np.nan) for name in FRAME_COLUMNS})
    return table.assign(frame=np.arange(len(values)), **{metric: values})


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


def test_every_second_scene_is_shaded_up_to_the_last_frame() -> None:
    table = frames(np.full(100, 80.0), "vmaf")
    figure = frame_lines({"bicubic": table}, metric="vmaf", scenes=[0, 30, 70, 90])
    assert [(shape.x0, shape.x1) for shape in figure.layout.shapes] == [(29.5, 69.5), (89.5, 99.5)]
    assert {shape.layer for shape in figure.layout.shapes} == {"below"}


def test_one_scene_shades_nothing() -> None:
    table = frames(np.full(10, 80.0), "vmaf")
    assert not frame_lines({"bicubic": table}, metric="vmaf", scenes=[0]).layout.shapes


def test_every_frame_of_a_short_clip_can_be_clicked_and_the_marks_are_not_seen() -> None:
    figure = frame_lines({"bicubic": frames(np.full(300, 80.0), "vmaf")}, metric="vmaf", pickable=True)
    picks = figure.data[-1]
    assert list(picks.x) == list(range(300))
    assert picks.mode == "markers"
    # Plotly selects nothing where a line is nearest.
    assert {trace.hoverinfo for trace in figure.data[:-1]} == {"skip"}
    assert picks.customdata.shape == (300, 1)
    assert "bicubic" in picks.hovertemplate
    assert picks.marker.opacity == picks.selected.marker.opacity == picks.unselected.marker.opacity == 0


def test_a_long_clip_has_few_marks_to_click() -> None:
    figure = frame_lines({"bicubic": frames(np.full(100_000, 80.0), "vmaf")}, metric="vmaf", pickable=True)
    assert 1000 < len(figure.data[-1].x) <= 2000


def test_a_diagnostic_is_drawn_under_its_title() -> None:
    table = pd.DataFrame({"frame": [0, 1], "cambi": [0.5, 3.0]})
    assert "banding" in frame_lines({"bicubic": table}, metric="cambi").layout.yaxis.title.text
