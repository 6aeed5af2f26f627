"""The page Results: what it says of votes, of few votes, of votes that still come in, and of none."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from qualab import lab
from qualab.study.workspace import Workspace
from qualab.ui.console.results import votes_side as side

OpenPage = Callable[..., AppTest]
Vote = Callable[..., None]


def text(found: AppTest) -> str:
    """Return everything a page says, as a reader sees it."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "error", "info", "warning", "code")
    said = "\n".join(str(element.value) for kind in kinds for element in found.get(kind))
    return re.sub(r"\\(.)", r"\1", said)


def charts(found: AppTest) -> list[Any]:
    """Return the plotly figures of a page as they are sent."""
    return [json.loads(element.proto.spec) for element in found.get("plotly_chart")]


def test_five_of_six_show_as_nothing_with_the_interval_they_have(open_page: OpenPage, vote: Vote) -> None:
    # Two clips, all votes of a viewer alike: what six viewers of one clip say.
    vote(6, against=(2,))
    found = open_page("results", study="toy")
    assert not found.exception
    said = text(found)
    assert "10 of 12 votes preferred toytest to toybase" in said
    assert "No preference shown" in said
    # One of two pairs: twice the 0.22 that it would be alone.
    assert "p = 0.44 by Holm" in said
    assert "Next: more viewers." in said
    bar = charts(found)[0]
    (interval,) = [trace for trace in bar["data"] if trace["type"] == "scatter"]
    low, high = (
        interval["x"][0] + sign * interval["error_x"][side][0] for sign, side in ((-1, "arrayminus"), (1, "array"))
    )
    assert low < 6 < high


def test_too_few_viewers_are_told_before_any_number(open_page: OpenPage, vote: Vote) -> None:
    vote(3)
    found = open_page("results", study="toy")
    assert "3 viewers cannot show a preference" in found.warning[0].value


def test_the_sentence_to_quote_stands_in_a_box_that_can_be_copied(open_page: OpenPage, vote: Vote) -> None:
    vote(8)
    found = open_page("results", study="toy")
    (quoted,) = [box.value for box in found.code if "preferred" in box.value]
    assert quoted.startswith("100% of 16 votes by 8 viewers on 2 clips preferred toytest to toybase (95% interval")


def test_each_pair_is_chosen_by_its_address(open_page: OpenPage, vote: Vote) -> None:
    vote(6)
    found = open_page("results", study="toy", pair="toyother against toybase")
    assert "12 of 12 votes preferred toyother to toybase" in text(found)
    assert "preferred toytest to toybase" not in text(found)


@pytest.mark.parametrize("part", ["Clips and groups", "All HRCs", "Votes and metrics", "How viewers answered"])
def test_every_part_shows_charts(part: str, open_page: OpenPage, vote: Vote) -> None:
    vote(6, against=(1,), compare="all")
    found = open_page("results", study="toy", part=part)
    assert not found.exception
    assert not found.error
    assert len(charts(found)) > 1


def test_while_viewers_may_vote_no_ordinary_p_or_interval_is_anywhere(open_page: OpenPage, vote: Vote) -> None:
    vote(6, close=False)
    found = open_page("results", study="toy")
    assert not found.exception
    said = text(found)
    assert "hold at any moment" in said
    assert "always-valid p" in said
    everything = said + json.dumps(charts(found))
    assert "sign_flip" not in everything
    assert not re.search(r"(?<!always-valid )\bp [=<]", everything)
    intervals = re.findall(r"% interval [^;\"]*", everything)
    assert intervals
    assert all("at all times" in one for one in intervals)
    assert not found.dataframe
    assert not found.tabs


def test_simulated_votes_are_apart_and_every_chart_of_them_is_marked(open_page: OpenPage, vote: Vote) -> None:
    vote(6, simulated=True)
    found = open_page("results", study="toy")
    assert not found.exception
    assert "No votes of viewers yet" in text(found)
    assert found.header[0].value == "Simulated viewers"
    drawn = charts(found)
    assert drawn
    assert all("SIMULATED" in json.dumps(chart["layout"]) for chart in drawn)
    assert all("Simulated viewers" in box.value for box in found.code if "preferred" in box.value)


def test_a_study_without_votes_says_how_to_get_some(toy: Workspace, open_page: OpenPage) -> None:
    assert "qualab launch toy" in text(open_page("results", study="toy"))
    lab.launch(toy, "toy", viewers=2)
    assert "send out the links" in text(open_page("results", study="toy"))


def test_votes_are_read_once_until_something_changes(
    toy: Workspace, vote: Vote, monkeypatch: pytest.MonkeyPatch
) -> None:
    vote(2)
    made, snapshot = [], lab.snapshot
    monkeypatch.setattr(lab, "snapshot", lambda *asked: made.append(asked) or snapshot(*asked))
    first = side.sides_of(toy, "toy")
    assert side.sides_of(toy, "toy")[0] is first[0]
    assert len(made) == 1
    lab.reopen(toy, "toy")
    assert side.sides_of(toy, "toy")[0].findings.is_watched
    assert len(made) == 2
