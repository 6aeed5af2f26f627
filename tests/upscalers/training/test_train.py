from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file

from qualab.errors import InputError, MediaError
from qualab.media.frames import Picture
from qualab.study.files import sha256_of
from qualab.upscalers.card import Card, load_card
from qualab.upscalers.network import NetworkUpscaler
from qualab.upscalers.training import train as training
from qualab.upscalers.training.train import train

pytestmark = pytest.mark.slow


@pytest.fixture
def pictures(tmp_path: Path, scene: Callable[..., Picture]) -> Path:
    """Return a folder of five textured pictures, the last of which is held back."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for seed in range(5):
        Image.fromarray(scene(192, 192, seed=seed).y).save(folder / f"{seed}.png")
    return folder


def trained(pictures: Path, output: Path, **options: Any) -> Card:
    settings: dict[str, Any] = {"architecture": "lite", "scale": 2, "max_steps": 2, "device": "cpu"}
    return train([pictures], output=output, **(settings | options))


@pytest.mark.parametrize("architecture", ["lite", "espcn-relu"])
def test_a_short_training_beats_bicubic_on_a_picture_it_never_saw(
    architecture: str, pictures: Path, tmp_path: Path
) -> None:
    card = trained(pictures, tmp_path / "own", architecture=architecture, max_steps=60)
    (gain,) = card.gain
    # About 1.5 dB are seen; bicubic itself is 0.
    assert gain["over_bicubic"] > 0.5
    assert (gain["frames"], card.training["pictures"], card.training["steps"]) == (1, 4, 60)


def test_the_folder_is_an_upscaler_that_says_what_it_was_made_from(
    pictures: Path, tmp_path: Path, scene: Callable[..., Picture]
) -> None:
    output = tmp_path / "models" / "own"
    card = trained(pictures, output, licence="CC0", credits={"0.png": "drawn by code"})
    assert load_card(output / "card.toml") == card
    assert (card.id, card.licence, card.sha256) == ("own", "CC0", sha256_of(output / "weights.safetensors"))
    assert [entry["file"] for entry in card.material] == ["0.png", "1.png", "2.png", "3.png", "4.png"]
    assert card.material[0]["origin"] == "drawn by code"
    assert str(tmp_path) not in (output / "card.toml").read_text()
    (found,) = NetworkUpscaler(output, device="cpu").upscale([scene(32, 32)], target=(64, 64))
    assert (found.width, found.height) == (64, 64)
    assert [path.name for path in output.parent.iterdir()] == ["own"]


def test_the_same_seed_gives_the_same_weights(pictures: Path, tmp_path: Path) -> None:
    first, second, other = (
        trained(pictures, tmp_path / name, seed=seed) for name, seed in (("one", 7), ("two", 7), ("three", 8))
    )
    one, two = (load_file(tmp_path / name / "weights.safetensors") for name in ("one", "two"))
    assert all(bool((one[name] == two[name]).all()) for name in one)
    assert first.training["seed"] == second.training["seed"] == 7
    assert first.sha256 == second.sha256 != other.sha256


def test_the_clock_ends_the_training(pictures: Path, tmp_path: Path) -> None:
    card = trained(pictures, tmp_path / "own", max_steps=None, minutes=0.01)
    assert card.training["steps"] >= 1


def test_scale_three_is_trained_too(pictures: Path, tmp_path: Path) -> None:
    assert trained(pictures, tmp_path / "own", scale=3).scale == 3


def test_progress_tells_steps_loss_and_gain(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "_REPORT_S", 0.0)
    seen: list[dict[str, Any]] = []
    trained(pictures, tmp_path / "own", on_progress=seen.append)
    assert {row["type"] for row in seen} == {"progress"}
    assert [(row["step"], row["done"], row["total"]) for row in seen[:5]] == [("reading", n, 5) for n in range(5)]
    assert [(row["step"], row["done"], row["total"]) for row in seen[5:]] == [("training", n, 2) for n in (1, 2)]
    assert all(np.isfinite([row["loss"], row["gain_db"]]).all() for row in seen[5:])


def interrupted(pictures: Path, output: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
    """Train until the first report, and stop as Ctrl-C does."""

    def interrupt(progress: dict[str, Any]) -> None:
        if progress["step"] == "training":
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(training, "_REPORT_S", 0.0)
        with pytest.raises(KeyboardInterrupt):
            trained(pictures, output, on_progress=interrupt, **options)


def test_an_interrupted_training_goes_on_to_the_same_weights(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained(pictures, tmp_path / "whole", max_steps=4)
    output = tmp_path / "models" / "own"
    interrupted(pictures, output, monkeypatch, max_steps=4)
    assert [path.name for path in output.parent.iterdir()] == [".own.checkpoint"]
    interrupted(pictures, output, monkeypatch, max_steps=4)
    seen: list[dict[str, Any]] = []
    with monkeypatch.context() as patched:
        patched.setattr(training, "_REPORT_S", 0.0)
        card = trained(pictures, output, max_steps=4, on_progress=seen.append)
    assert [row["steps"] for row in seen if row["step"] == "training"] == [3, 4]
    assert card.sha256 == whole.sha256
    assert [path.name for path in output.parent.iterdir()] == ["own"]


def test_a_killed_training_goes_on_from_what_it_saved(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def kill(progress: dict[str, Any]) -> None:
        if progress.get("steps") == 3:
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(training, "_REPORT_S", 0.0)
        patched.setattr(training, "_SAVE_S", 0.0)
        with pytest.raises(Killed):
            trained(pictures, tmp_path / "own", max_steps=4, on_progress=kill)
    assert (
        trained(pictures, tmp_path / "own", max_steps=4).sha256 == trained(pictures, tmp_path / "b", max_steps=4).sha256
    )


@pytest.mark.parametrize("options", [{"seed": 2}, {"architecture": "espcn-relu"}, {"scale": 3}, {"coded": True}])
def test_an_interrupted_training_with_other_settings_is_not_mixed_in(
    options: dict[str, Any], pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(pictures, tmp_path / "own", monkeypatch)
    with pytest.raises(InputError, match=r"\.own\.checkpoint: is from a training with other settings"):
        trained(pictures, tmp_path / "own", **options)
    assert trained(pictures, tmp_path / "own").training["steps"] == 2


@pytest.mark.parametrize("data", [b"", b"no checkpoint", None])
def test_a_damaged_checkpoint_is_named(
    data: bytes | None, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(pictures, tmp_path / "own", monkeypatch)
    path = tmp_path / ".own.checkpoint"
    path.write_bytes(path.read_bytes()[:-2000] if data is None else data)
    with pytest.raises(InputError, match=r"\.own\.checkpoint: is damaged — remove it to begin anew"):
        trained(pictures, tmp_path / "own")


def test_coded_input_is_trained_on_and_told(pictures: Path, tmp_path: Path) -> None:
    clean, coded = (trained(pictures, tmp_path / name, coded=name == "coded") for name in ("clean", "coded"))
    assert (clean.training["input"], coded.training["input"]) == ("clean", "coded")
    assert clean.sha256 != coded.sha256
    # H.264 takes away from what bicubic starts with, so the same pictures come out worse.
    assert coded.gain[0]["value"] < clean.gain[0]["value"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"architecture": "lit"}, "architecture 'lit': does not exist — did you mean 'lite'"),
        ({"architecture": "srvggnet-compact"}, "architecture 'srvggnet-compact': is RGB and can only be imported"),
        ({"scale": 5}, "scale 5: cannot be trained"),
        ({"minutes": -1.0}, "minutes -1.0: is no time to train"),
        ({"minutes": float("nan")}, "minutes nan: is no time to train"),
        ({"device": "tpu"}, "device 'tpu': is not known"),
    ],
)
def test_an_impossible_wish_is_refused_before_any_work(
    options: dict[str, Any], message: str, pictures: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        trained(pictures, tmp_path / "own", **options)
    assert not (tmp_path / "own").exists()


@pytest.mark.parametrize("name", ["bicubic", "Own", "con", "a b"])
def test_an_output_that_cannot_be_an_id_is_refused(name: str, pictures: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot name an upscaler"):
        trained(pictures, tmp_path / name)


def test_an_existing_output_is_kept(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "card.toml").write_text("mine")
    with pytest.raises(InputError, match="output 'own': exists already"):
        trained(pictures, tmp_path / "own")
    assert (tmp_path / "own" / "card.toml").read_text() == "mine"


def test_weights_that_diverge_are_not_written(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "EPSILON", float("nan"))
    with pytest.raises(InputError, match="diverged"):
        trained(pictures, tmp_path / "own")
    assert not (tmp_path / "own").exists()


def test_damaged_material_is_named(pictures: Path, tmp_path: Path) -> None:
    (pictures / "9.png").write_bytes(b"no picture")
    with pytest.raises(MediaError, match=r"9\.png"):
        trained(pictures, tmp_path / "own")
