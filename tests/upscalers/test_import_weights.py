"""`qualab import`: a folder of weights that works, or one line and nothing."""

import hashlib
import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save, save_file

from qualab.cli.main import _app, _outcome
from qualab.study.files import sha256_of
from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.bundled import PACKAGED
from qualab.upscalers.card import load_card
from qualab.upscalers.import_weights import import_weights
from qualab.upscalers.importers import spandrel as spandrel_room
from qualab.upscalers.inventory import upscaler_ids
from qualab.upscalers.nets import load_net

Run = Callable[..., tuple[int, str]]


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let weights go to a new folder; return it."""
    folder = tmp_path / "models"
    monkeypatch.setenv("QUALAB_MODELS", str(folder))
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def run() -> Run:
    """Return a function that runs `qualab import` in this process: (exit code, error)."""
    return lambda *words: _outcome(lambda: _app()(["import", *map(str, words)], standalone_mode=False))


def compact(scale: int = 2) -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    return dict(ARCHITECTURES["srvggnet-compact"](scale, features=8, convolutions=2).state_dict())


def test_an_ncnn_pair_becomes_an_upscaler_with_the_same_weights(models: Path) -> None:
    path = PACKAGED["realesr-animevideov3-x3"].path
    card = import_weights(path.with_suffix(".param"), name="cartoon-x3", licence="BSD-3-Clause")
    assert load_card(models / "cartoon-x3" / "card.toml") == card
    assert (card.architecture, card.scale) == ("srvggnet-compact", 3)
    assert card.settings == {"features": 64, "convolutions": 16, "shuffle": 4}
    assert card.sha256 == sha256_of(models / "cartoon-x3" / "weights.safetensors")
    assert card.source["file"] == "realesr-animevideov3-x3.param + realesr-animevideov3-x3.bin"
    assert card.source["sha256"].split(" + ")[1] == sha256_of(path)
    assert (card.source["importer"], card.licence) == ("ncnn", "BSD-3-Clause")
    picture = torch.rand(1, 3, 12, 12)
    with torch.inference_mode():
        found, expected = (
            load_net(source)[1](picture) for source in (models / "cartoon-x3", PACKAGED["realesr-animevideov3-x3"])
        )
    assert torch.equal(found, expected)


def test_a_pth_of_the_compact_net_runs_as_ours(models: Path, tmp_path: Path) -> None:
    torch.save({"params_ema": compact()}, tmp_path / "2x-compact.pth")
    card = import_weights(tmp_path / "2x-compact.pth", name="compact-x2")
    assert (card.architecture, card.licence, card.source["importer"]) == ("srvggnet-compact", "not stated", "pickled")
    assert card.training["parameters"] == sum(value.numel() for value in compact().values())
    assert "compact-x2" in upscaler_ids()
    assert load_net(models / "compact-x2")[1].scale == 2


@pytest.mark.filterwarnings("ignore:torch.meshgrid")
def test_a_net_of_spandrels_is_kept_and_run_by_spandrel(models: Path, tmp_path: Path) -> None:
    spandrel_room._library()
    from spandrel.architectures.SwinIR import SwinIR

    torch.manual_seed(1)
    shape = {"embed_dim": 12, "depths": [2], "num_heads": [2], "window_size": 8, "mlp_ratio": 2}
    original = SwinIR(img_size=16, upscale=2, upsampler="pixelshuffledirect", **shape)
    torch.save(original.state_dict(), tmp_path / "swin.pth")
    card = import_weights(tmp_path / "swin.pth", name="swin-x2")
    assert (card.architecture, card.scale) == ("spandrel", 2)
    picture = torch.rand(1, 3, 16, 16)
    with torch.inference_mode():
        found = load_net(models / "swin-x2")[1](picture)
        expected = original.eval()(picture).clamp(0, 1)
    assert (found - expected).abs().max() < 1e-6


def test_our_own_weights_keep_the_licence_of_their_card(models: Path, weights_folder: Callable[..., Path]) -> None:
    folder = weights_folder("mine", architecture="espcn", licence="CC0")
    card = import_weights(folder / "weights.safetensors", name="copy-x2")
    assert (card.architecture, card.licence, card.source["importer"]) == ("espcn", "CC0", "safetensors")
    assert not list(models.glob(".*"))


def test_a_card_beside_the_file_with_an_unknown_architecture_is_refused(
    run: Run, models: Path, weights_folder: Callable[..., Path]
) -> None:
    folder = weights_folder("mine", data=save(compact()), architecture="espnc")
    code, text = run(folder / "weights.safetensors", "--id", "new")
    assert (code, "did you mean 'espcn'" in text, (models / "new").exists()) == (2, True, False)


def test_json_tells_the_card(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_file(compact(), tmp_path / "c.safetensors")
    assert run(tmp_path / "c.safetensors", "--id", "c-x2", "--licence", "CC BY 4.0", "--json") == (0, "")
    said = json.loads(capsys.readouterr().out)
    assert (said["type"], said["id"], said["licence"], said["scale"]) == ("card", "c-x2", "CC BY 4.0", 2)


def nan() -> bytes:
    tensors = compact()
    tensors["body.2.bias"][0] = float("nan")
    return save(tensors)


def missing() -> bytes:
    tensors = compact()
    del tensors["body.2.bias"]
    return save(tensors)


def huge() -> bytes:
    """Return weights whose result overflows float32, though all of them are finite."""
    return save({name: torch.full_like(value, 1e37) for name, value in compact().items()})


BAD: list[tuple[str, Callable[[], bytes], str]] = [
    ("net.pth", lambda: b"no pickle", "net.pth: is not a file of weights"),
    ("net.safetensors", lambda: save(compact())[:-8], "is not a safetensors file"),
    ("net.safetensors", lambda: struct.pack("<Q", 100 << 30) + b"{}", "is not a safetensors file"),
    ("net.safetensors", nan, "tensor body.2.bias is not finite"),
    ("net.safetensors", missing, "tensor body.2.bias is missing"),
    ("net.safetensors", huge, "numbers that are not finite"),
    ("net.safetensors", lambda: save({"weight": torch.zeros(3)}), "is a net that is not known"),
    ("net.onnx", lambda: b"", "is of no known kind — give one of .param, .bin, .safetensors"),
    ("net.param", lambda: b"7767517\n", "does not exist — put net.param and net.bin beside each other"),
]


@pytest.mark.parametrize(("file", "make", "said"), BAD)
def test_a_bad_file_is_one_line_and_leaves_nothing(
    file: str, make: Callable[[], bytes], said: str, run: Run, models: Path, tmp_path: Path
) -> None:
    (tmp_path / file).write_bytes(make())
    code, text = run(tmp_path / file, "--id", "new")
    assert (code, "\n" in text) == (2, False)
    assert said in text
    assert not models.exists()


def test_a_net_of_another_scale_than_asked_for_is_refused(run: Run, models: Path, tmp_path: Path) -> None:
    save_file(compact(), tmp_path / "c.safetensors")
    assert run(tmp_path / "c.safetensors", "--id", "c-x3", "--scale", "3") == (
        2,
        "c.safetensors: enlarges by 2, not by 3 — ask for x2",
    )
    assert not models.exists()


def test_another_architecture_than_asked_for_is_refused(run: Run, models: Path, tmp_path: Path) -> None:
    save_file(compact(), tmp_path / "c.safetensors")
    code, text = run(tmp_path / "c.safetensors", "--id", "c-x2", "--architecture", "lite")
    assert (code, text) == (2, "c.safetensors: is srvggnet-compact, not lite — leave --architecture out")
    assert not models.exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bicubic", "is taken"),
        ("lite-x2", "is taken"),
        ("waifu2x-anime-x2", "is taken"),
        ("../up", "cannot name an upscaler"),
        ("", "cannot name an upscaler"),
        ("Ä" * 500, "cannot name an upscaler"),
    ],
)
def test_an_id_that_is_taken_or_none_is_refused(name: str, said: str, run: Run, models: Path, tmp_path: Path) -> None:
    save_file(compact(), tmp_path / "c.safetensors")
    code, text = run(tmp_path / "c.safetensors", "--id", name)
    assert (code, said in text) == (2, True)
    assert not models.exists()


def test_a_second_import_leaves_the_first_as_it_is(
    run: Run, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_file(compact(), tmp_path / "c.safetensors")
    assert run(tmp_path / "c.safetensors", "--id", "c-x2")[0] == 0
    assert "Imported c-x2" in capsys.readouterr().out
    before = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (models / "c-x2").iterdir()}
    assert run(tmp_path / "c.safetensors", "--id", "c-x2") == (
        2,
        "id 'c-x2': is taken — choose another one, or remove that folder of weights",
    )
    assert before == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (models / "c-x2").iterdir()}


def test_a_missing_file_and_a_folder_are_refused(run: Run, tmp_path: Path) -> None:
    assert run(tmp_path / "none.pth", "--id", "new") == (2, "none.pth: is not a file — check the path")
    assert run(tmp_path, "--id", "new")[0] == 2


def test_without_spandrel_nothing_is_written_and_the_extra_is_named(
    run: Run, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_file({"weight": torch.zeros(3)}, tmp_path / "net.safetensors")
    spandrel_room._library.cache_clear()
    monkeypatch.setattr(spandrel_room.importlib.util, "find_spec", lambda name: None)
    code, text = run(tmp_path / "net.safetensors", "--id", "new")
    assert (code, "pip install 'qualab[spandrel]'" in text) == (4, True)
    assert not models.exists()


def test_a_disk_that_takes_nothing_leaves_nothing(run: Run, models: Path, tmp_path: Path) -> None:
    save_file(compact(), tmp_path / "c.safetensors")
    models.write_text("a file where the folder should be")
    code, text = run(tmp_path / "c.safetensors", "--id", "new")
    assert code == 5
    assert "cannot be written" in text
