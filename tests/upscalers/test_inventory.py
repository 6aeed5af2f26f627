"""The list of upscalers: gains as measured, speeds of this machine alone, nothing heavy loaded."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qualab.study.config import dump
from qualab.upscalers.card import Card
from qualab.upscalers.inventory import describe_all, identity_of, machine, speeds, speeds_file, upscaler_ids

MakeCard = Callable[..., None]


def gain(clip: str, over_bicubic: float, over_lanczos: float, **more: Any) -> dict[str, Any]:
    found = {"clip": clip, "metric": "psnr_y", "over_bicubic": over_bicubic, "over_lanczos": over_lanczos}
    return {**found, "held_out": "clip never trained on", **more}


@pytest.fixture
def make_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeCard:
    """Return a maker of cards in a folder of weights, the only one here; speeds are kept apart from the user's."""
    monkeypatch.setenv("QUALAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("qualab.upscalers.inventory.weights_folders", lambda: [tmp_path / "models"])

    def make(name: str, **settings: Any) -> None:
        card = {"architecture": "lite", "scale": 2, "sha256": "0" * 64, "licence": "MIT"} | settings
        folder = tmp_path / "models" / name
        folder.mkdir(parents=True)
        (folder / "card.toml").write_text(dump(Card(id=name, **card)), encoding="utf-8")

    return make


def row(name: str) -> dict[str, Any]:
    (found,) = (row for row in describe_all() if row["id"] == name)
    return found


def keep(**record: Any) -> None:
    speeds_file().parent.mkdir(exist_ok=True)
    speeds_file().write_text(json.dumps({"speeds": [*speeds(), record]}))


def test_the_list_is_that_of_all_upscalers_in_its_order(make_card: MakeCard) -> None:
    make_card("own")
    assert [row["id"] for row in describe_all()] == upscaler_ids()


def test_gain_is_the_mean_over_clips_that_were_never_trained_on(make_card: MakeCard) -> None:
    held_back = gain("held-back frames", 9.0, 8.0, held_out="every eighth picture")
    vmaf = gain("a", 50.0, 40.0, metric="vmaf")
    coded = gain("a, CRF 23", 0.1, 0.0, crf=23)
    make_card("own", gain=(held_back, gain("a", 1.0, 0.5), gain("b", 3.0, 2.0), vmaf, coded))
    assert (row("own")["gain_db"], row("own")["gain_clips"]) == (2.0, ["a", "b"])


def test_gain_on_held_back_frames_counts_where_there_is_no_other(make_card: MakeCard) -> None:
    make_card("own", gain=(gain("held-back frames", 2.5, 1.0, held_out="every eighth picture"),))
    assert row("own")["gain_db"] == 2.5
    assert row("bicubic")["gain_db"] is None


def test_bicubic_gains_nothing_and_lanczos_what_the_cards_say_of_it(make_card: MakeCard) -> None:
    make_card("one", gain=(gain("a", 1.0, 0.5),))
    make_card("two", gain=(gain("b", 3.0, 2.0),))
    assert (row("bicubic")["gain_db"], row("lanczos")["gain_db"], row("bilinear")["gain_db"]) == (0.0, 0.75, None)


def test_cost_is_what_the_card_says_and_else_what_was_counted_when_measuring(make_card: MakeCard) -> None:
    make_card("told", training={"parameters": 10, "gflop_720p": 1.5})
    make_card("counted")
    keep(**machine(), id="counted", identity="0" * 64, fps=9.0, device="cpu", parameters=20, gflop_720p=2.5)
    assert (row("told")["parameters"], row("told")["gflop_720p"]) == (10, 1.5)
    assert (row("counted")["parameters"], row("counted")["gflop_720p"]) == (20, 2.5)


def test_a_speed_counts_on_this_machine_for_these_weights_alone_and_the_last_one_wins(make_card: MakeCard) -> None:
    make_card("own")
    here = machine() | {"id": "own", "identity": identity_of(row("own")), "device": "cpu"}
    assert row("own")["fps"] is None
    for other in ({"processor": "another"}, {"torch": "1.0"}, {"identity": "1" * 64}, {"id": "other"}):
        keep(**here | other, fps=1.0)
    assert row("own")["fps"] is None
    keep(**here, fps=2.0)
    keep(**here | {"device": "cuda"}, fps=3.0)
    assert (row("own")["fps"], row("own")["fps_device"]) == (3.0, "cuda")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"speeds": 1}', '{"speeds": [1]}', "{}"])
def test_a_broken_file_of_speeds_is_none(text: str, make_card: MakeCard) -> None:
    speeds_file().parent.mkdir()
    speeds_file().write_text(text)
    assert speeds() == []
    assert row("bicubic")["fps"] is None


def test_weights_with_a_broken_card_are_listed_with_their_error(make_card: MakeCard, tmp_path: Path) -> None:
    make_card("own")
    (tmp_path / "models" / "own" / "card.toml").write_text("id = ")
    assert "own/card.toml" in row("own")["error"]
    assert row("own")["fps"] is None


def test_the_speeds_lie_in_the_cache_folder_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("QUALAB_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert speeds_file() == tmp_path / "qualab" / "speeds.json"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert speeds_file() == Path.home() / ".cache" / "qualab" / "speeds.json"


def test_listing_loads_neither_torch_nor_pyav() -> None:
    code = "import sys; from qualab.upscalers.inventory import describe_all; describe_all();"
    code += "print([name for name in ('torch', 'av', 'numpy', 'qualab.upscalers.nets') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
