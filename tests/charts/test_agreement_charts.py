"""Votes against metrics: the worked example of eight clips, each to be found and clicked."""

from dataclasses import replace

import pandas as pd
import pytest

from qualab.charts.agreement import preference_against_metric
from qualab.stats.result import Result
from qualab.study.tables import POINT_COLUMNS, empty

DELTAS = [6.1, 4.2, 3.3, -0.5, 0.8, 5.0, 2.2, 1.1]
SHARES = [0.83, 0.71, 0.66, 0.48, 0.55, 0.62, 0.70, 0.50]
FOUND = Result(
    "agreement",
    "E1",
    ("bicubic", "sr"),
    None,
    None,
    None,
    None,
    240,
    30,
    8,
    "",
    {},
    group="metric: vmaf",
    effects={"plcc": 0.850171, "plcc_lo": 0.41, "plcc_hi": 0.97, "srocc": 0.809524, "kendall": None},
)


@pytest.fixture
def points() -> pd.DataFrame:
    """Return the worked example as a table of POINT_COLUMNS."""
    clips = [f"clip{number}" for number in range(8)]
    common = {"hrc_a": "bicubic", "hrc_b": "sr", "metric": "vmaf", "n_votes": 30, "n_subjects": 30}
    return pd.DataFrame({"src": clips, "delta": DELTAS, "share": SHARES, **common})[list(POINT_COLUMNS)]


def test_every_clip_is_named_and_carries_its_id_for_a_click(points: pd.DataFrame) -> None:
    figure = preference_against_metric(points, titles={"clip0": "<i>Fox</i>"})
    dots = figure.data[0]
    assert list(dots.x) == DELTAS
    assert list(dots.y) == [100 * share for share in SHARES]
    assert [row[0] for row in dots.customdata] == points["src"].tolist()
    texts = [note.text for note in figure.layout.annotations]
    assert texts[0] == "&lt;i&gt;Fox&lt;/i&gt;"
    assert texts[1:8] == [f"clip{number}" for number in range(1, 8)]


def test_the_axes_hold_every_clip_and_no_difference(points: pd.DataFrame) -> None:
    low, high = preference_against_metric(points).layout.xaxis.range
    assert low < min(DELTAS) < 0 < max(DELTAS) < high


def test_correlations_stand_above_with_their_intervals_and_the_number_of_clips(points: pd.DataFrame) -> None:
    text = preference_against_metric(points, result=FOUND).layout.annotations[-1].text
    assert text == "n = 8 clips<br>PLCC 0.85 (0.41 to 0.97)<br>SROCC 0.81"
    without = preference_against_metric(points, result=replace(FOUND, effects={"plcc": None}))
    assert "PLCC" not in str(without.layout.annotations)


def test_where_lower_is_better_the_other_quarters_agree(points: pd.DataFrame) -> None:
    def agreeing(table: pd.DataFrame) -> list[bool]:
        shapes = [shape for shape in preference_against_metric(table).layout.shapes if shape.type == "rect"]
        return [shape.x1 > 0 for shape in shapes if shape.y1 > 100]

    assert agreeing(points) == [True]
    assert agreeing(points.assign(metric="msad")) == [False]


def test_without_a_clip_that_has_both_the_chart_says_so(points: pd.DataFrame) -> None:
    for nothing in (empty(POINT_COLUMNS), points.assign(delta=None)):
        assert "needs a reference" in preference_against_metric(nothing).layout.annotations[0].text
