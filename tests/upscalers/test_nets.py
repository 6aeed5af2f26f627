"""Weights that are not what their card says are refused in one line; nothing in them is executed."""

import hashlib
import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from qualab.errors import ConfigError, InputError
from qualab.media.frames import Picture
from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.catalogue import load
from qualab.upscalers.inventory import describe_all
from qualab.upscalers.nets import load_net
from qualab.upscalers.network import NetworkUpscaler

BombMaker = Callable[[Path], object]
FolderMaker = Callable[..., Path]


def state(architecture: str = "lite", scale: int = 2) -> dict[str, torch.Tensor]:
    return {name: value.contiguous() for name, value in ARCHITECTURES[architecture](scale).state_dict().items()}


def refusal(folder: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_net(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_net_of_a_card_is_loaded(weights_folder: FolderMaker) -> None:
    card, net = load_net(weights_folder(architecture="espcn", scale=3))
    assert (card.architecture, net.scale, net.training) == ("espcn", 3, False)


def test_another_file_than_the_cards_is_refused(weights_folder: FolderMaker) -> None:
    assert "has SHA-256" in refusal(weights_folder(sha256="0" * 64))


@pytest.mark.parametrize("keep", [0, 4, 8, 100, 2000, -1])
def test_a_truncated_file_is_refused(keep: int, weights_folder: FolderMaker) -> None:
    assert "is not a safetensors file" in refusal(weights_folder(data=save(state())[:keep]))


def test_a_header_that_claims_100_gb_is_refused(weights_folder: FolderMaker) -> None:
    assert "is not a safetensors file" in refusal(weights_folder(data=struct.pack("<Q", 100 << 30) + b"{}"))


def test_a_header_that_lies_about_offsets_is_refused(weights_folder: FolderMaker) -> None:
    header = json.dumps({"layers.0.weight": {"dtype": "F32", "shape": [32, 1, 3, 3], "data_offsets": [0, 1 << 40]}})
    assert "is not a safetensors file" in refusal(
        weights_folder(data=struct.pack("<Q", len(header)) + header.encode() + bytes(64))
    )


def test_weights_of_another_net_are_refused(weights_folder: FolderMaker) -> None:
    assert "tensor layers.0.bias is (64,), lite x2 has (32,)" in refusal(weights_folder(data=save(state("espcn"))))


def test_weights_of_another_scale_are_refused(weights_folder: FolderMaker) -> None:
    assert "lite x3 has (9,)" in refusal(weights_folder(data=save(state(scale=2)), scale=3))


def test_integer_weights_are_refused(weights_folder: FolderMaker) -> None:
    whole = {name: value.to(torch.int32) for name, value in state().items()}
    assert "is torch.int32" in refusal(weights_folder(data=save(whole)))


def test_a_missing_tensor_is_named(weights_folder: FolderMaker) -> None:
    part = state()
    del part["layers.2.bias"]
    assert "tensor layers.2.bias is missing" in refusal(weights_folder(data=save(part)))


def test_a_pickle_named_safetensors_is_not_executed(
    weights_folder: FolderMaker, tmp_path: Path, bomb: BombMaker
) -> None:
    marker = tmp_path / "executed"
    assert "is not a safetensors file" in refusal(weights_folder(data=pickle.dumps(bomb(marker))))
    assert not marker.exists()


def test_a_pth_file_is_not_opened(weights_folder: FolderMaker, tmp_path: Path, bomb: BombMaker) -> None:
    folder, marker = weights_folder(), tmp_path / "executed"
    (folder / "weights.safetensors").unlink()
    (folder / "weights.pth").write_bytes(pickle.dumps(bomb(marker)))
    assert "pickled files (.pth, .pt) are never opened" in refusal(folder)
    assert not marker.exists()


def test_a_card_in_the_wrong_folder_is_refused(weights_folder: FolderMaker) -> None:
    assert "id: is 'other' in the folder 'own'" in refusal(weights_folder(id="other"))


def test_an_unknown_architecture_suggests_the_nearest(weights_folder: FolderMaker) -> None:
    folder = weights_folder(data=b"never read", architecture="espnc")
    assert "did you mean 'espcn'" in refusal(folder)


def test_a_scale_that_no_net_has_is_refused_by_the_card(weights_folder: FolderMaker) -> None:
    folder = weights_folder()
    card = folder / "card.toml"
    card.write_text(card.read_text().replace("scale = 2", "scale = -2"))
    assert "own/card.toml: scale: is '-2'" in refusal(folder)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_fail_at_the_first_frame(
    bad: float, weights_folder: FolderMaker, scene: Callable[..., Picture]
) -> None:
    tensors = state()
    tensors["layers.5.bias"][0] = bad
    upscaler = NetworkUpscaler(weights_folder(data=save(tensors)), device="cpu")
    with pytest.raises(ConfigError, match=r"own/weights\.safetensors: gives pixels that are not finite"):
        next(upscaler.upscale([scene(32, 32)], target=(64, 64)))


def test_own_weights_are_found_by_name(weights_folder: FolderMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = weights_folder()
    monkeypatch.setenv("QUALAB_MODELS", str(folder.parent))
    data = (folder / "weights.safetensors").read_bytes()
    assert load("own", device="cpu").identity()["weights"] == hashlib.sha256(data).hexdigest()
    with pytest.raises(InputError, match="did you mean 'own'"):
        load("owm")


def test_a_broken_card_is_listed_with_its_error(weights_folder: FolderMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = weights_folder()
    (folder / "card.toml").write_text("id = ")
    monkeypatch.setenv("QUALAB_MODELS", str(folder.parent))
    (row,) = (row for row in describe_all() if row["id"] == "own")
    assert "own/card.toml" in row["error"]


def test_settings_of_a_card_shape_its_net(weights_folder: FolderMaker) -> None:
    settings = {"features": 8, "convolutions": 2}
    data = save(dict(ARCHITECTURES["srvggnet-compact"](3, **settings).state_dict()))
    _, net = load_net(weights_folder(architecture="srvggnet-compact", scale=3, settings=settings, data=data))
    assert (net.scale, net.channels, net.margin) == (3, 3, 4)


@pytest.mark.parametrize(
    ("architecture", "scale", "settings", "said"),
    [
        ("srvggnet-compact", 2, {"colours": 3}, "unexpected keyword argument 'colours'"),
        ("srvggnet-compact", 4, {"shuffle": 2}, "shuffle 2 is less than the scale 4"),
        ("upconv-7", 3, {}, "upconv_7 enlarges by 2"),
        ("cunet", 4, {}, "cunet enlarges by 1 or 2"),
        # 38 GB of weights, for which no memory is asked.
        ("srvggnet-compact", 2, {"features": 1024, "convolutions": 1000}, "tensor body.0.bias is missing"),
    ],
)
def test_settings_that_give_no_net_are_refused(
    architecture: str, scale: int, settings: dict[str, int], said: str, weights_folder: FolderMaker
) -> None:
    data = save({"layers.0.bias": torch.zeros(3)})
    folder = weights_folder(architecture=architecture, scale=scale, settings=settings, data=data)
    assert said in refusal(folder)


@pytest.mark.parametrize("value", ["0", "5000", "-1", "1.5", "'many'"])
def test_settings_out_of_all_proportion_are_refused_by_the_card(value: str, weights_folder: FolderMaker) -> None:
    folder = weights_folder()
    card = folder / "card.toml"
    card.write_text(f"{card.read_text()}\n[settings]\nfeatures = {value}\n")
    assert "own/card.toml: settings.features" in refusal(folder)
