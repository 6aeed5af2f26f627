"""Charts of how viewers answered: sides, the course of a session, answer times."""

import pandas as pd

from qualab.charts.position import over_session, sides
from qualab.charts.response import response_times
from qualab.stats.result import Result
from qualab.study.tables import VOTE_COLUMNS, empty


def position(share: float | None, pair: tuple[str, str] | None = ("bicubic", "sr")) -> Result:
    ends = None if share is None else (share - 0.1, share + 0.1)
    counts = {"n_a": 40, "n_b": 60, "n_tie": 5}
    return Result("position", "E1", pair, None, share, ends, 0.04, 105, 10, 5, "", counts)


def test_all_pairs_stand_above_each_pair_against_one_half() -> None:
    pairs = [position(0.55), position(0.65, ("bicubic", "<b>lanczos</b>")), position(0.6, None), position(None)]
    figure = sides(pairs)
    assert [list(trace.x) for trace in figure.data] == [[60.0], [55.00000000000001, 65.0]]
    assert figure.layout.shapes[0].x0 == 50
    labels = list(figure.layout.yaxis.ticktext)
    assert labels[0].startswith("All pairs")
    assert "n = 100 decided votes" in labels[1]
    assert "&lt;b&gt;" in labels[2]


def test_of_one_pair_the_row_of_all_pairs_would_say_the_same_and_is_left_out() -> None:
    (label,) = sides([position(0.55), position(0.55, None)]).layout.yaxis.ticktext
    assert label.startswith("sr")
    assert "No decided vote" in sides([position(None)]).layout.annotations[0].text


def test_quarters_of_a_session_show_their_share_and_n() -> None:
    rows = [(place, "b" if place > 6 else "a") for place in range(1, 13) for _ in range(2)]
    votes = pd.DataFrame(rows, columns=["position", "choice"]).assign(hrc_a="bicubic", hrc_b="sr")
    figure = over_session(pd.concat([votes, votes.tail(6).assign(choice="tie")]))
    assert list(figure.data[0].y) == [0, 0, 100, 75]
    assert list(figure.data[0].text) == ["0% of 6", "0% of 6", "100% of 6", "75% of 12"]
    assert list(figure.layout.xaxis.ticktext) == ["trials 1–3", "trials 4–6", "trials 7–9", "trials 10–12"]


def test_answer_times_are_all_counted_and_their_median_is_marked() -> None:
    figure = response_times(pd.DataFrame({"response_ms": [900, 2000, 2400, 8000, None]}))
    assert sum(figure.data[0].y) == 4
    assert [note.text for note in figure.layout.annotations] == ["median 2.2 s"]


def test_answers_faster_than_one_can_look_are_marked() -> None:
    figure = response_times(pd.DataFrame({"response_ms": [0, 120, 2000]}))
    assert sum(figure.data[0].y) == 3
    assert "0.3 s" in [note.text for note in figure.layout.annotations]


def test_no_votes_and_votes_without_times_say_so() -> None:
    assert over_session(empty(VOTE_COLUMNS)).layout.annotations[0].text == "No votes yet"
    for votes in (empty(VOTE_COLUMNS), pd.DataFrame({"choice": ["a"]})):
        assert response_times(votes).layout.annotations[0].text == "No answer times are known"
