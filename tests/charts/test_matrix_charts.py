"""The matrix of votes: counts that add up to n on both sides of the diagonal."""

import numpy as np
import pandas as pd

from qualab.charts.matrix import win_matrix
from qualab.study.tables import FOREIGN_VOTE_COLUMNS, empty


def votes(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["hrc_a", "hrc_b", "choice"])


def test_a_row_holds_the_votes_that_preferred_its_hrc_and_ties_count_half() -> None:
    rows = [("x", "y", "a")] * 3 + [("y", "x", "a")] + [("x", "y", "tie")] * 2 + [("y", "z", "b")]
    field = win_matrix(votes(*rows), hrcs=["x", "y", "z"]).data[0]
    assert np.allclose(
        field.z, [[np.nan, 400 / 6, np.nan], [200 / 6, np.nan, 0], [np.nan, 100, np.nan]], equal_nan=True
    )
    assert field.text[0][1] == "67%<br>3 of 6"
    assert field.text[1][0] == "33%<br>1 of 6"
    assert field.text[0][2] == ""
    assert field.customdata[0][1] == "3 of 6 votes preferred x to y, 2 ties"


def test_hrcs_stand_in_the_order_of_the_study_and_only_those_voted_on() -> None:
    figure = win_matrix(votes(("sr", "bicubic", "b")), hrcs=["bicubic", "lanczos", "sr"])
    assert list(figure.layout.yaxis.ticktext) == list(figure.layout.xaxis.ticktext) == ["bicubic", "sr"]


def test_names_are_inert_and_no_votes_say_so() -> None:
    figure = win_matrix(votes(("<b>x</b>", "y", "a")))
    assert figure.layout.yaxis.ticktext[0] == "&lt;b&gt;x&lt;/b&gt;"
    assert "<b>" not in str(figure.data[0].customdata)
    assert win_matrix(empty(FOREIGN_VOTE_COLUMNS)).layout.annotations[0].text == "No votes yet"
