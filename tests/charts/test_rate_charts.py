"""Charts of rate-quality: what is drawn where, and that names stay text."""

import pandas as pd
import plotly.graph_objects as go
import pytest

from qualab import lab
from qualab.charts.rate import bd_rates, rate_curves
from qualab.stats.rate.compare import compare
from qualab.study.tables import RATE_COLUMNS
from qualab.study.workspace import Workspace


def lines(figure: go.Figure) -> dict[str, go.Scatter]:
    return {trace.name: trace for trace in figure.data if trace.mode == "lines+markers"}


def test_every_clip_has_a_chart_and_all_have_the_same_axes(ladder: Workspace) -> None:
    points, found = lab.rate(ladder, "ladder")
    charts = rate_curves(points, found, quality="VMAF", families=["bicubic"])
    assert [src for src, _ in charts] == ["cups", "squirrels", "blocks"]
    axes = {(figure.layout.xaxis.type, figure.layout.xaxis.range, figure.layout.yaxis.range) for _, figure in charts}
    assert len(axes) == 1
    assert next(iter(axes))[0] == "log"


def test_the_line_is_the_hull_and_every_point_is_drawn_once(ladder: Workspace) -> None:
    points, found = lab.rate(ladder, "ladder")
    src, figure = rate_curves(points, found)[0]
    hull = next(one for one in found.hulls if (one.src, one.family) == (src, "lite-x2"))
    line = lines(figure)["lite-x2"]
    assert list(line.x) == hull.front.rates.tolist()
    drawn = [
        (x, y, label)
        for trace in figure.data
        if trace.name == "lite-x2" and not isinstance(trace.customdata[0], list | tuple)
        for x, y, label in zip(trace.x, trace.y, trace.customdata, strict=True)
    ]
    own = points[(points["src"] == src) & (points["family"] == "lite-x2")]
    assert sorted(drawn) == sorted(zip(own["bitrate_kbps"], own["quality"], own["label"], strict=True))
    named = [note.text for note in figure.layout.annotations]
    assert {"360p", "540p", "720p"} == set(named)


def test_families_that_cross_are_marked_there() -> None:
    rows = [(None, "a", "", 100, 40), (None, "a", "", 10000, 60), (None, "b", "", 100, 35), (None, "b", "", 10000, 75)]
    points = pd.DataFrame(rows, columns=list(RATE_COLUMNS))
    ((src, figure),) = rate_curves(points, compare(points))
    assert src is None
    (mark,) = [trace for trace in figure.data if trace.name == "crossover"]
    assert (mark.x[0], mark.y[0]) == (pytest.approx(316.23, abs=0.01), pytest.approx(45))


def test_bd_rates_show_the_mean_its_interval_and_every_clip(ladder: Workspace) -> None:
    _, found = lab.rate(ladder, "ladder")
    figure = bd_rates(found, titles={"cups": "Cups"})
    rings, mean = figure.data[:2]
    one = found.overall()[0]
    assert mean.x[0] == one.bd.bd_rate_percent
    assert mean.x[0] - mean.error_x.arrayminus[0] == pytest.approx(one.ci[0])
    assert len(rings.x) == 3
    assert rings.customdata[0] == "Cups"
    assert figure.layout.xaxis.title.text.endswith("(less bitrate to the left)")


def test_without_a_bd_rate_the_chart_says_so() -> None:
    rows = [(None, "a", "", 100, 40), (None, "b", "", 100, 35)]
    points = pd.DataFrame(rows, columns=list(RATE_COLUMNS))
    found = compare(points)
    assert "No BD-rate" in bd_rates(found).layout.annotations[0].text
    assert len(rate_curves(points, found)) == 1
    assert rate_curves(points.iloc[:0], found) == []


def test_names_are_drawn_letter_by_letter() -> None:
    evil = "<b>x</b>&lt;"
    rows = [(evil, family, evil, rate, rate) for family in (evil, "b") for rate in (10, 20, 40, 80)]
    points = pd.DataFrame(rows, columns=list(RATE_COLUMNS))
    found = compare(points, metric="psnr")
    ((_, figure),) = rate_curves(points, found, quality=evil)
    for text in (figure.to_json(), bd_rates(found, titles={evil: evil}).to_json()):
        assert "<b>x" not in text.replace("\\u003c", "<")
