"""Charts of votes: every share with its n and interval."""

from dataclasses import replace

import pandas as pd

from qualab.charts.preference import preference_forest, score_bars, share_bar
from qualab.charts.theme import COLOURS, styles
from qualab.stats.result import Result


def result(
    src: str | None, k: int, n: int, *, pair: tuple[str, str] = ("bicubic", "espcn-x2"), ties: int = 0
) -> Result:
    return Result(
        analysis="binomial",
        estimand="E1",
        pair=pair,
        src=src,
        estimate=k / n if n else None,
        ci=(max(k / n - 0.1, 0), min(k / n + 0.1, 1)) if n else None,
        p_value=0.0123 if n else None,
        n_votes=n + ties,
        n_subjects=n,
        n_srcs=1,
        note="",
        counts={"n_a": n - k, "n_b": k, "n_tie": ties},
    )


def test_all_clips_stand_above_single_clips_and_every_row_names_its_votes() -> None:
    figure = preference_forest([result("fox", 5, 8), result(None, 7, 12)], titles={"fox": "The fox"})
    labels = list(figure.layout.yaxis.ticktext)
    assert "All clips" in labels[0]
    assert "The fox" in labels[1]
    assert "n = 12 votes, 12 viewers" in labels[0]
    assert "n = 8 votes, 8 viewers" in labels[1]


def test_shares_are_percentages_of_the_test_hrc_with_their_interval() -> None:
    figure = preference_forest([result(None, 9, 12)])
    marks = figure.data[0]
    assert list(marks.x) == [75.0]
    assert round(marks.error_x.array[0], 6) == round(marks.error_x.arrayminus[0], 6) == 10
    assert list(figure.layout.xaxis.tickvals) == [0, 25, 50, 75, 100]
    assert figure.layout.shapes[0].x0 == 50


def test_the_p_value_travels_with_the_interval_and_n() -> None:
    (text,) = preference_forest([result(None, 9, 12)]).data[0].text
    assert "p = 0.012" in text
    assert "interval 65% to 85%" in text
    assert "12 votes" in text


def test_a_clip_without_votes_keeps_its_row_and_gets_no_mark() -> None:
    figure = preference_forest([result(None, 3, 4), result("fox", 0, 0)])
    assert len(figure.layout.yaxis.ticktext) == 2
    assert sum(len(trace.x) for trace in figure.data if trace.mode == "markers") == 1


def test_an_hrc_keeps_the_colour_it_has_in_score_charts() -> None:
    hrcs = ["bicubic", "espcn-x2", "lanczos"]
    figure = preference_forest([result(None, 3, 4, pair=("bicubic", "lanczos"))], hrcs=hrcs)
    assert figure.data[0].marker.color == styles(hrcs)["lanczos"].colour == COLOURS[1]


def test_titles_and_notes_are_inert() -> None:
    figure = preference_forest([result("fox", 1, 2)], titles={"fox": "<img src=x onerror=alert(1)>"})
    assert "<img" not in str(figure.layout.yaxis.ticktext)
    assert "&lt;img" in figure.layout.yaxis.ticktext[0]


def test_no_results_give_a_chart_that_says_so() -> None:
    assert preference_forest([]).layout.annotations[0].text == "No votes yet"


def test_rows_end_with_the_adjusted_p_where_they_are_one_of_several() -> None:
    rows = [result(None, 9, 12), replace(result("fox", 9, 12), p_adjusted=0.0456), result("cat", 0, 0)]
    (texts,) = [trace for trace in preference_forest(rows).data if trace.mode == "text"]
    assert list(texts.text) == ["0.012", "0.046", ""]


def test_clips_like_these_and_groups_are_told_apart_from_all_clips() -> None:
    rows = [
        result(None, 9, 12),
        replace(result(None, 9, 12), estimand="E2"),
        replace(result(None, 3, 4), group="age: 60+"),
    ]
    labels = [text.partition("<br>")[0] for text in preference_forest(rows).layout.yaxis.ticktext]
    assert labels == ["<b>All clips</b>", "<b>Clips like these</b>", "age: 60+"]


def test_a_share_bar_shows_three_counts_of_the_same_n() -> None:
    figure = share_bar(result(None, 5, 8, ties=2))
    bars = [(trace.x[0], trace.text[0]) for trace in figure.data if trace.type == "bar"]
    assert bars == [(5, "5 of 10"), (2, "2 of 10"), (3, "3 of 10")]
    assert figure.layout.xaxis.range[1] == 10


def test_a_share_bar_shows_how_wide_the_interval_of_six_votes_is() -> None:
    six = replace(result(None, 5, 6), ci=(0.358765, 0.995789))
    figure = share_bar(six)
    (mark,) = [trace for trace in figure.data if trace.type == "scatter"]
    ends = mark.x[0] - mark.error_x.arrayminus[0], mark.x[0] + mark.error_x.array[0]
    assert [round(end / 6, 6) for end in ends] == [0.358765, 0.995789]
    assert figure.layout.shapes[0].x0 == 3
    assert figure.layout.annotations[0].text == "83%, 95% interval 36% to 99.6%"


def test_scores_are_counted_from_minus_three_to_three() -> None:
    votes = pd.DataFrame({"hrc_a": "bicubic", "hrc_b": "sr", "score": [-3.0, 2, 2, 0, float("nan")]})
    assert list(score_bars(votes).data[0].y) == [1, 0, 0, 1, 0, 2, 0]


def test_a_share_bar_without_votes_says_so() -> None:
    assert share_bar(result(None, 0, 0)).layout.annotations[0].text == "No votes yet"
