"""The page Scores, section by section."""

import json

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from qualab.stats.objective.gains import SHARPER
from qualab.study.config import Cross, Rendition
from qualab.study.files import write_json
from qualab.study.workspace import Workspace
from qualab.ui.console.scores import _SECTIONS

EVIL = "<img src=x onerror=alert(1)>[x](javascript:alert(2)) $7*7$ **b**"


@pytest.fixture
def framed(toy: Workspace, with_frames) -> Workspace:
    """Return the toy workspace with everything that a build of today leaves."""
    with_frames(toy.folder("toy"))
    return toy


@pytest.fixture
def run(open_page):
    """Return a function that runs the page with these words in its address."""

    def opened(**query) -> AppTest:
        found = open_page("scores", **{"study": "toy", **query})
        assert not found.exception
        return found

    return opened


def text(found: AppTest) -> str:
    kinds = ("subheader", "markdown", "caption", "error", "warning", "code")
    return "\n".join(str(element.value) for kind in kinds for element in found.get(kind))


@pytest.mark.parametrize("view", _SECTIONS)
def test_every_section_of_a_build_of_today_and_of_old_shows_without_an_error(view, toy, with_frames, run):
    assert not run(view=view).error
    with_frames(toy.folder("toy"))
    assert not run(view=view).error


def test_the_overview_names_value_gain_baseline_and_flag(framed, run):
    folder = framed.folder("toy")
    path = next(path for key, path in folder.score_files(".pooled.parquet") if key == ("toy-fox", "toytest"))
    table = pd.read_parquet(path)
    table.loc[table["metric"] == "psnr_y", "value"] -= 9
    table.to_parquet(path)
    found = run()
    rows = found.dataframe[0].value.set_index("hrc")
    assert rows["gain"].round(3).to_dict()["toyother"] == pytest.approx(16)
    assert rows.loc["toytest", "baseline"] == "toybase"
    assert rows.loc["toytest", "notes"] == SHARPER
    assert rows.loc["toyother", "notes"] == ""
    assert SHARPER in text(found)


def test_another_metric_and_pooling_come_from_the_address(framed, run):
    found = run(metric="PSNR-Y", pooling="min")
    assert "gain" in found.dataframe[0].value
    assert found.dataframe[0].value.columns[2] == "psnr_y"
    assert "PSNR-Y" in [box.value for box in found.subheader]


def test_filters_of_the_address_leave_their_rows_and_say_so(framed, run):
    found = run(hrcs="toytest")
    assert found.dataframe[0].value["hrc"].tolist() == ["toytest"]
    assert found.expander[0].label == "Filters (1 in force)"


def test_words_of_the_address_that_mean_nothing_are_ignored(framed, run):
    found = run(hrcs="../x", metric="<b>", view="nothing", clip="x", frame="-7e9", pooling="")
    assert not found.error
    assert len(found.dataframe[0].value) == 3
    for frame in ("99999999999999", "²", "12", "abc"):
        assert not run(view="Frame by frame", frame=frame).error


def test_filters_that_leave_nothing_say_how_to_get_back(framed, run):
    folder = framed.folder("toy")
    study = folder.load()
    rungs = (Rendition(id="low", height=90, crf=40), Rendition(id="lower", height=90, crf=45))
    cross = Cross(renditions=("low",), upscalers=("bicubic",))
    folder.save(study.model_copy(update={"rendition": rungs, "cross": (cross,)}))
    found = run(renditions="lower")
    assert "Nothing is left" in text(found)
    cleared = next(button for button in found.button if button.label == "Show all").click().run()
    assert "Nothing is left" not in text(cleared)
    assert len(cleared.dataframe[0].value) == 3


def test_a_clip_without_reference_can_be_looked_at_all_the_same(framed, run):
    found = run(view="Frame by frame", clip="toy-street")
    assert "The pictures can be looked at" in text(found)
    assert [box.label for box in found.selectbox if box.label in "AB"] == ["A", "B"]


def test_a_study_without_any_score_still_has_frames_diagnostics_and_provenance(framed, run):
    folder = framed.folder("toy")
    manifest = json.loads(folder.manifest.read_text())
    manifest["objects"] = [made for made in manifest["objects"] if made["kind"] != "scores"]
    write_json(folder.manifest, manifest)
    found = run()
    assert "Nothing is scored yet" in text(found)
    assert [tab.label for tab in found.tabs] == ["Frame by frame", "Diagnostics", "Provenance"]


def test_the_worst_frames_stand_one_a_scene_beside_reference_and_baseline(framed, run):
    found = run(view="Worst frames", hrc="toytest")
    pictures = [box.value for box in found.markdown if box.value.startswith("![")]
    assert len(pictures) == 9
    assert sum("hrc=toybase" in one for one in pictures) == sum("hrc=toytest" in one for one in pictures) == 3
    # The wave of the toy's scores is sin(frame): 5, 11 and 17 or 24 are the troughs of the scenes 0-8, 9-16, 17-24.
    frames = [int(button.label.split()[-1]) for button in found.button if button.label.startswith("Open frame")]
    assert sorted(frames) == [5, 11, 17]
    opened = next(button for button in found.button if button.label == "Open frame 11").click().run()
    assert not opened.exception
    assert opened.query_params["frame"] == "11"
    assert opened.query_params["view"] == "Frame by frame"


def test_diagnostics_are_titled_as_no_ranking(framed, run):
    found = run(view="Diagnostics")
    assert found.subheader[0].value == "Diagnostics: what the clips are like, not a ranking"
    assert found.dataframe[0].value["hrc"].tolist() == ["toybase", "toytest", "toyother"]


def test_without_diagnostics_the_section_says_what_to_do(toy, run):
    assert "qualab build toy" in text(run(view="Diagnostics"))


def test_provenance_shows_command_findings_model_and_hashes(framed, run):
    folder = framed.folder("toy")
    manifest = json.loads(folder.manifest.read_text())
    finding = {"code": "range", "verdict": "adapt", "text": "full range", "hint": "none"}
    for made in manifest["objects"]:
        if made["kind"] == "scores":
            made |= {"command": ["ffmpeg", "-i", "IN 1"], "preflight": [finding], "vmaf_models": {"vmaf": "v0.6.1"}}
    write_json(folder.manifest, manifest)
    found = run(view="Provenance", hrc="toytest")
    assert 'ffmpeg -i "IN 1"' in text(found)
    told = [table.value.to_string() for table in found.dataframe]
    assert any("full range" in one for one in told)
    assert any("v0.6.1" in one for one in told)
    record = next(
        m for m in manifest["objects"] if m["kind"] == "pvs" and m["hrc"] == "toytest" and m["src"] == "toy-fox"
    )
    assert any(record["sha256"] in one for one in told)


def test_titles_are_text_in_every_section(framed, run):
    folder = framed.folder("toy")
    study = folder.load()
    folder.save(study.model_copy(update={"src": tuple(src.model_copy(update={"title": EVIL}) for src in study.src)}))
    for view in _SECTIONS:
        for said in text(run(view=view)).splitlines():
            assert "](javascript" not in said.replace("\\", "") or "\\]\\(" in said


def test_a_rebuilt_study_is_read_again_at_once(framed, run):
    before = run().dataframe[0].value
    folder = framed.folder("toy")
    manifest = json.loads(folder.manifest.read_text())
    manifest["objects"] = [made for made in manifest["objects"] if made.get("hrc") != "toyother"]
    write_json(folder.manifest, manifest)
    assert (len(before), len(run().dataframe[0].value)) == (3, 2)
