"""The console's page Plan: figures of the planner, no study needed, correlations of a study that has votes."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from qualab import lab
from qualab.stats.power.correlation import Correlation
from qualab.study.workspace import Workspace

Run = Callable[[], AppTest]


@pytest.fixture
def run(open_page: Callable[..., AppTest]) -> Run:
    """Return a function that runs the page."""
    return partial(open_page, "plan")


def metrics(found: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in found.metric}


def said(found: AppTest) -> str:
    return "\n".join(str(element.value) for kind in ("markdown", "caption") for element in found.get(kind)).replace(
        "\\", ""
    )


def test_without_any_study_the_page_plans(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUALAB_STUDIES", str(tmp_path / "studies"))
    found = run()
    assert not found.exception
    # docs/planning.md: 24 viewers on 12 clips are worth 74.8 of 97 votes.
    assert metrics(found)["Independent votes needed"] == "97"
    assert metrics(found)["288 votes are worth"] == "75"
    assert "More clips, not more viewers: 17 clips need 408 votes, 62 viewers 744" in said(found)
    power, worth = (json.loads(chart.proto.spec) for chart in found.get("plotly_chart"))
    assert [line["name"] for line in power["data"]] == ["5 clips", "12 clips", "20 clips", "40 clips"]
    dotted = {shape["y0"] for shape in worth["layout"]["shapes"] if shape["y0"] == shape["y1"]}
    assert {50, 120, 200, 400, 97} <= dotted
    budget = found.dataframe[0].value.set_index("clips")
    assert budget.loc[12, "viewers"] == 62
    assert "more clips" in budget.loc[8, "note"]


def test_more_clips_are_enough_and_a_change_is_computed_anew(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUALAB_STUDIES", str(tmp_path / "studies"))
    found = run()
    found.number_input(key="plan-clips").set_value(17)
    found.slider(key="plan-share").set_value(70)
    found = found.run()
    assert not found.exception
    assert metrics(found)["Independent votes needed"] == "54"
    assert "This is enough" in said(found)


def test_correlations_of_a_study_with_votes_are_taken(
    run: Run, toy: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = Correlation(0.21, 0.02, 24, 6, 2, 7.1, "a rough estimate: 2 clips only")
    monkeypatch.setattr(lab, "vote_correlation", lambda ws, pilot: measured)
    found = run()
    pilot: Any = next(box for box in found.selectbox if box.label == "How alike votes are")
    found = pilot.set_value("toy").run()
    assert not found.exception
    assert found.number_input(key="rho-subject toy").value == 0.21
    assert "Estimated from 24 votes by 6 viewers on 2 clips of toy; a rough estimate" in said(found)
