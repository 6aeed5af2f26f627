"""The chart of gain against cost: who is on the front, which way is better, what is left out."""

import math
from typing import Any

import pytest

from qualab.charts.upscalers import gain_against_cost, measured, pareto


def row(name: str, gain_db: float | None, fps: float | None, **more: Any) -> dict[str, Any]:
    found = {"id": name, "kind": "network", "origin": "shipped", "gain_db": gain_db, "fps": fps, "gflop_720p": None}
    return {**found, "gain_clips": ["a", "b"], **more}


ROWS = [
    row("bicubic", 0.0, 2500, kind="classic", origin="swscale"),
    row("lanczos", 0.7, 1700, kind="classic", origin="swscale"),
    row("swift-x2", 4.5, 122, gflop_720p=2.8),
    row("lite-x2", 5.7, 49, gflop_720p=18.1),
    row("slow-x2", 3.0, 12, gflop_720p=13.0, gain_clips=["c"]),
    row("waifu2x-x2", None, 1.0, origin="qualab[waifu2x]"),
]


def texts(figure: Any) -> list[str]:
    return [note.text for note in figure.layout.annotations if note.text]


def test_the_front_holds_what_nothing_beats_in_gain_and_speed() -> None:
    front = pareto(measured(ROWS, axis="fps"), axis="fps")
    assert [row["id"] for row in front] == ["bicubic", "lanczos", "swift-x2", "lite-x2"]
    assert [row["id"] for row in pareto(measured(ROWS, axis="gflop_720p"), axis="gflop_720p")] == [
        "swift-x2",
        "lite-x2",
    ]


def test_of_two_equally_fast_ones_the_better_alone_is_on_the_front() -> None:
    assert [found["id"] for found in pareto([row("a", 1, 9), row("b", 2, 9)], axis="fps")] == ["b"]


def test_every_upscaler_with_gain_and_speed_has_one_point_with_its_name() -> None:
    figure = gain_against_cost(ROWS, axis="fps")
    marks = [(x, y) for trace in figure.data if trace.mode == "markers" for x, y in zip(trace.x, trace.y, strict=True)]
    assert sorted(marks) == sorted((row["fps"], row["gain_db"]) for row in ROWS if row["gain_db"] is not None)
    assert texts(figure) == ["bicubic", "lanczos", "swift-x2", "lite-x2", "slow-x2*"]
    named = [note for note in figure.layout.annotations if note.text == "lite-x2"]
    assert (named[0].x, named[0].y) == (math.log10(49), 5.7)


def test_points_on_the_front_are_filled_and_the_others_open() -> None:
    figure = gain_against_cost(ROWS, axis="fps")
    (weights,) = (trace for trace in figure.data if trace.name == "weights in models/")
    assert list(weights.marker.symbol) == ["circle", "circle", "circle-open"]


def test_better_is_to_the_right_on_both_axes() -> None:
    fast = gain_against_cost(ROWS, axis="fps").layout.xaxis
    work = gain_against_cost(ROWS, axis="gflop_720p").layout.xaxis
    assert fast.type == work.type == "log"
    assert fast.range[0] < fast.range[1]
    assert work.range[0] > work.range[1]
    assert "faster to the right" in fast.title.text
    assert "less work to the right" in work.title.text


def test_swscales_scalers_are_lines_where_they_have_no_point() -> None:
    figure = gain_against_cost(ROWS, axis="gflop_720p")
    assert sorted(shape.y0 for shape in figure.layout.shapes) == [0.0, 0.7]
    assert {"bicubic", "lanczos"} <= set(texts(figure))
    assert [shape.y0 for shape in gain_against_cost(ROWS, axis="fps").layout.shapes] == [0.0]


def test_names_and_clips_are_text() -> None:
    figure = gain_against_cost([row("<b>x</b>", 1.0, 9.0, gain_clips=["<i>"])], axis="fps")
    assert "&lt;b&gt;x&lt;/b&gt;" in texts(figure)
    assert "<i>" not in str(figure.data[-1].customdata)


@pytest.mark.parametrize("rows", [[], [row("a", None, 9.0)], [row("a", 1.0, None)], [row("a", 1.0, 0.0)]])
def test_without_a_gain_and_a_cost_the_chart_says_so(rows: list[dict[str, Any]]) -> None:
    figure = gain_against_cost(rows, axis="fps")
    assert not figure.data
    assert "No upscaler has a measured gain" in texts(figure)[0]


def test_one_upscaler_alone_is_drawn() -> None:
    figure = gain_against_cost([row("a", 1.0, 9.0)], axis="fps")
    low, high = figure.layout.xaxis.range
    assert low < math.log10(9) < high
