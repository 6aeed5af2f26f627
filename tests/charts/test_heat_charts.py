import numpy as np
import pandas as pd

from qualab.charts.heat import score_heat
from qualab.charts.scores import score_bars
from qualab.study.tables import SCORE_COLUMNS


def _scores(metric="vmaf", hrcs=14, srcs=("one", "two")):
    rows = [
        (src, f"hrc-{rank}", metric, "mean", 50.0 + rank + 10 * place, "score 0-100", False)
        for place, src in enumerate(srcs)
        for rank in range(hrcs)
    ]
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def test_more_hrcs_than_colours_tell_apart_become_a_map():
    (few,) = {trace.type for trace in score_bars(_scores(hrcs=12), metric="vmaf").data}
    (many,) = {trace.type for trace in score_bars(_scores(hrcs=13), metric="vmaf").data}
    assert (few, many) == ("bar", "heatmap")


def test_every_field_holds_its_value_in_the_studys_order():
    order = [f"hrc-{rank}" for rank in reversed(range(14))]
    (field,) = score_heat(_scores(), metric="vmaf", pooling="mean", hrcs=order).data
    assert np.asarray(field.z).shape == (14, 2)
    assert field.z[0][0] == 63.0
    assert field.text[13][1] == "60.0"
    assert field.customdata[0][1] == ["hrc-13", "two"]


def test_a_missing_value_is_blank_and_an_identical_picture_says_so():
    table = _scores().query("not (src == 'two' and hrc == 'hrc-3')").copy()
    place = (table["src"] == "one") & (table["hrc"] == "hrc-5")
    table.loc[place, ["value", "lossless"]] = [np.nan, True]
    (field,) = score_heat(table, metric="vmaf", pooling="mean").data
    assert field.text[3][1] == ""
    assert field.text[5][0] == "lossless"


def test_where_lower_is_better_the_least_is_deepest():
    (better,) = score_heat(_scores(), metric="vmaf", pooling="mean").data
    (worse,) = score_heat(_scores("msad"), metric="msad", pooling="mean").data
    assert better.colorscale[0][1] == worse.colorscale[1][1]


def test_hostile_names_are_text():
    figure = score_heat(_scores(srcs=("a", "b")), metric="vmaf", pooling="mean", titles={"a": "<img onerror=x>"})
    assert "<img" not in figure.to_json()
