"""The console's page Upscalers: the list as a picture and a table, and what to do where nothing is measured."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from qualab.study.config import dump
from qualab.upscalers.card import Card
from qualab.upscalers.inventory import describe_all, identity_of, machine, speeds_file

Measure = Callable[..., None]


Run = Callable[[], AppTest]


@pytest.fixture
def measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Measure:
    """Return what notes speeds of upscalers by name; none at first, and no study."""
    monkeypatch.setenv("QUALAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("QUALAB_STUDIES", str(tmp_path / "studies"))

    def note(**fps: float) -> None:
        rows = {str(row["id"]).replace("-", "_"): row for row in describe_all()}
        records = [
            machine() | {"id": rows[name]["id"], "identity": identity_of(rows[name]), "fps": value, "device": "cpu"}
            for name, value in fps.items()
        ]
        speeds_file().parent.mkdir()
        speeds_file().write_text(json.dumps({"speeds": records}))

    return note


@pytest.fixture
def run(open_page: Callable[..., AppTest]) -> Run:
    """Return a function that runs the page."""
    return partial(open_page, "upscalers")


def said(found: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "caption", "error", "code")
    return "\n".join(str(element.value) for kind in kinds for element in found.get(kind))


def picture(found: AppTest) -> dict[str, Any]:
    (chart,) = found.get("plotly_chart")
    return dict(json.loads(chart.proto.spec))


def test_where_no_speed_is_measured_the_page_says_how_and_lists_all_the_same(measure: Measure, run: Run) -> None:
    found = run()
    assert not found.exception
    assert "No speed is measured on this machine yet" in said(found)
    assert "qualab upscalers --benchmark" in said(found)
    assert {"bicubic", "lite-x2", "espcn-x2"} <= set(found.dataframe[0].value["id"])


def test_measured_upscalers_stand_in_the_picture_by_their_speed(measure: Measure, run: Run) -> None:
    measure(lite_x2=49.0, espcn_x2=46.0, bicubic=2500.0)
    found = run()
    assert not found.exception
    drawn = picture(found)
    assert drawn["layout"]["xaxis"]["title"]["text"].startswith("frames of 1280x720 a second here")
    assert {"bicubic", "lite-x2", "espcn-x2"} <= {note["text"] for note in drawn["layout"]["annotations"]}
    assert "No speed is measured" not in said(found)
    table = found.dataframe[0].value.set_index("id")
    assert table.loc["lite-x2", "fps"] == 49.0
    assert table.loc["lite-x2", "gain_db"] > 1


def test_work_can_be_chosen_instead_of_speed_where_cards_say_it(
    measure: Measure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.setenv("QUALAB_MODELS", str(tmp_path / "models"))
    (tmp_path / "models" / "own").mkdir(parents=True)
    gain = {"clip": "a", "metric": "psnr_y", "over_bicubic": 2.0, "over_lanczos": 1.5, "held_out": "clip, never seen"}
    training = {"parameters": 10, "gflop_720p": 7.5}
    card = Card(id="own", architecture="lite", scale=2, sha256="0" * 64, licence="MIT", training=training, gain=(gain,))
    (tmp_path / "models" / "own" / "card.toml").write_text(dump(card), encoding="utf-8")
    measure(own=9.0)
    found = run()
    found = found.segmented_control[0].set_value("gflop_720p").run()
    assert not found.exception
    drawn = picture(found)
    assert drawn["layout"]["xaxis"]["title"]["text"].startswith("GFLOP for a frame of 1280x720")
    assert "own" in {note["text"].rstrip("*") for note in drawn["layout"]["annotations"]}


def test_a_broken_card_is_one_line_and_the_others_are_listed(
    measure: Measure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.setenv("QUALAB_MODELS", str(tmp_path / "models"))
    (tmp_path / "models" / "broken").mkdir(parents=True)
    (tmp_path / "models" / "broken" / "card.toml").write_text("id = ")
    found = run()
    assert not found.exception
    assert [box.value.count("\n") for box in found.error] == [0]
    assert "broken/card" in found.error[0].value.replace("\\", "")
    assert "lite-x2" in set(found.dataframe[0].value["id"])
