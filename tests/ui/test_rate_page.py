"""The console's page Rate-quality: of a ladder, of a pasted CSV, and where there is nothing to show."""

from collections.abc import Callable
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from qualab.study.workspace import Workspace

ROWS = "family,label,bitrate_kbps,quality\n" + "".join(
    f"{family},720p,{rate * factor},{quality}\n"
    for family, factor in (("a", 1), ("b", 0.8))
    for rate, quality in ((400, 60), (800, 72), (1600, 82), (3200, 90))
)


Run = Callable[[], AppTest]


@pytest.fixture
def run(open_page: Callable[..., AppTest]) -> Run:
    """Return a function that runs the page."""
    return partial(open_page, "rate_quality")


def said(found: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "caption", "error", "code")
    return "\n".join(str(element.value) for kind in kinds for element in found.get(kind)).replace("\\", "")


def pasted(text: str, run: Run) -> AppTest:
    found = run()
    found = found.segmented_control[0].set_value("A CSV from elsewhere").run()
    return found.text_area[0].set_value(text).run()


def test_a_ladder_shows_answer_curves_crossovers_and_rungs(ladder: Workspace, run: Run) -> None:
    found = run()
    assert not found.exception
    assert not found.error
    shown = said(found)
    assert "lite-x2 needs 13.2% less bitrate than bicubic for the same VMAF v0.6.1" in shown
    for heading in ("Bitrate saved", "Quality against bitrate", "All differences", "Crossovers", "Rungs that change"):
        assert heading in shown
    # BD-rates, and one chart for each clip with a reference.
    assert len(found.get("plotly_chart")) == 4
    assert "Cups in the sun" in shown


def test_metric_clips_and_tags_can_be_chosen(ladder: Workspace, run: Run) -> None:
    found = run()
    metric = next(box for box in found.selectbox if box.label == "Metric")
    found = metric.set_value("psnr_y").run()
    assert "for the same PSNR-Y" in said(found)
    tags = next(box for box in found.multiselect if box.label == "Tags")
    found = tags.set_value(["cartoon"]).run()
    assert "n = 2 clips" in said(found)
    clips = next(box for box in found.multiselect if box.label == "Clips")
    assert "cups" not in clips.options
    found = clips.set_value(["blocks"]).run()
    assert "n = 1 clip)" in said(found)


def test_a_pasted_csv_is_compared(ladder: Workspace, run: Run) -> None:
    found = pasted(ROWS, run)
    assert not found.exception
    assert "b needs 20.0% less bitrate than a for the same quality" in said(found)
    assert len(found.get("plotly_chart")) == 2


def test_a_wrong_csv_is_one_line(toy: Workspace, run: Run) -> None:
    found = pasted("family,label\na,b\n", run)
    assert not found.exception
    assert "pasted CSV: column bitrate_kbps, quality missing" in said(found)
    assert [box.value.count("\n") for box in found.error] == [0]


def test_a_csv_can_be_compared_without_any_study(tmp_path: object, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.setenv("QUALAB_STUDIES", str(tmp_path))
    found = run()
    assert "No study yet" in said(found)
    found = found.text_area[0].set_value(ROWS).run()
    assert "b needs 20.0% less bitrate" in said(found)


def test_a_study_without_renditions_says_how_to_make_a_ladder(toy: Workspace, run: Run) -> None:
    found = run()
    assert not found.error
    assert "qualab study create ladder --template ladder" in said(found)


def test_a_ladder_that_is_not_built_says_how(ladder: Workspace, run: Run) -> None:
    ladder.folder("ladder").manifest.unlink()
    ladder.folder("ladder").scores_table.unlink()
    found = run()
    assert not found.exception
    assert "Not built yet" in said(found)
