"""VMAF against NEG: equal scales, one pair of models, inert names."""

import pandas as pd
import pytest

from qualab.charts.enhancement import vmaf_against_neg

TABLE = pd.DataFrame(
    {"src": ["fox", "fox"], "hrc": ["bicubic", "sharp"], "vmaf": [60.0, 80.0], "vmaf_neg": [59.0, 62.0]}
)


def test_both_axes_have_one_scale_and_the_line_joins_equal_scores() -> None:
    figure = vmaf_against_neg(TABLE, hrcs=["bicubic", "sharp"])
    assert figure.layout.xaxis.range == figure.layout.yaxis.range
    assert list(figure.data[0].x) == list(figure.data[0].y)
    assert [trace.name for trace in figure.data[1:]] == ["bicubic", "sharp"]
    assert (figure.data[2].x[0], figure.data[2].y[0]) == (80, 62)


def test_clip_titles_are_inert() -> None:
    figure = vmaf_against_neg(TABLE, titles={"fox": "<b>x</b>"})
    assert figure.data[1].customdata[0][0] == "&lt;b&gt;x&lt;/b&gt;"


@pytest.mark.parametrize("missing", ["vmaf", "vmaf_neg"])
def test_without_the_pair_of_models_nothing_is_drawn(missing: str) -> None:
    assert not vmaf_against_neg(TABLE.drop(columns=missing)).data
    assert not vmaf_against_neg(TABLE, vmaf="vmaf_4k").data


def test_many_hrcs_are_one_series_whose_points_say_their_names() -> None:
    rows = [{"src": "fox", "hrc": f"h{n}", "vmaf": 80 + n, "vmaf_neg": 70 + n} for n in range(17)]
    figure = vmaf_against_neg(pd.DataFrame(rows))
    assert len(figure.data) == 2
    assert [hrc for _, hrc in figure.data[1].customdata] == [f"h{n}" for n in range(17)]
    assert len(set(figure.data[1].marker.color)) > 1
    assert figure.layout.showlegend is False
