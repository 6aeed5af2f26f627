import math

import pandas as pd
import pytest

from qualab.charts.sequential import evidence_growth, interval_narrowing

PAIR = ("bicubic", "<b>sr</b>")


def steps(n, e):
    """Return a path of n viewers whose e-value is `e` to the power of the viewers."""
    places = range(1, n + 1)
    columns = {"n": places, "estimate": 0.7, "low": 0.3, "high": 0.9, "e_value": [e**place for place in places]}
    return pd.DataFrame(columns).assign(log10_e_value=[place * math.log10(e) for place in places])


@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_evidence_is_on_a_log_scale_with_the_line_it_has_to_reach(alpha):
    figure = evidence_growth({PAIR: steps(8, 2.0)}, alpha=alpha)
    assert figure.layout.yaxis.type == "log"
    assert [shape.y0 for shape in figure.layout.shapes] == [1 / alpha]
    assert figure.layout.annotations[-1].y == pytest.approx(math.log10(1 / alpha))
    assert list(figure.data[0].y) == [2.0**place for place in range(1, 9)]


def test_each_pair_is_told_by_more_than_its_colour():
    first, second = evidence_growth({PAIR: steps(8, 2.0), ("bicubic", "lanczos"): steps(9, 1.5)}).data
    assert (first.line.dash, first.marker.symbol) != (second.line.dash, second.marker.symbol)
    assert "<b>" not in first.name


def test_overwhelming_evidence_has_few_grid_lines():
    assert evidence_growth({PAIR: steps(290, 10.0)}).layout.yaxis.dtick >= 40


def test_the_interval_lies_around_the_mean_and_half_is_marked():
    high, low, mean = interval_narrowing(steps(3, 2.0), PAIR).data
    assert (list(high.y), list(low.y), list(mean.y)) == ([90.0] * 3, [30.0] * 3, [70.0] * 3)
    assert "confidence sequence" in low.name
    assert "<b>sr" not in interval_narrowing(steps(3, 2.0), PAIR).to_json()


def test_nobody_is_said():
    for figure in (evidence_growth({PAIR: steps(0, 2.0)}), interval_narrowing(steps(0, 2.0), PAIR)):
        assert "No viewer has finished yet" in figure.layout.annotations[0].text
