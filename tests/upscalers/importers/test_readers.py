"""Files of weights: which net they are found to be, and that no code in them runs."""

import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from qualab.errors import ConfigError
from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.importers.importer import Wanted
from qualab.upscalers.importers.pickled import read_pickled
from qualab.upscalers.importers.safetensors import read_safetensors

BombMaker = Callable[[Path], object]
FolderMaker = Callable[..., Path]


def compact() -> dict[str, torch.Tensor]:
    return dict(ARCHITECTURES["srvggnet-compact"](2, features=8, convolutions=2).state_dict())


def refusal(read: Callable[[Path], object], path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["lite", "swift", "quality", "upconv-7", "cunet"])
def test_weights_of_our_own_architectures_are_found_by_their_shapes(name: str, tmp_path: Path) -> None:
    path = tmp_path / "any.safetensors"
    save_file(ARCHITECTURES[name](2).state_dict(), path)
    found = read_safetensors(path)
    assert (found.architecture, found.scale) == (name, 2)


def test_weights_that_fit_two_nets_ask_for_their_card(tmp_path: Path) -> None:
    path = tmp_path / "any.safetensors"
    save_file(ARCHITECTURES["espcn"](2).state_dict(), path)
    text = refusal(read_safetensors, path)
    assert "fits espcn, espcn-relu at x2 — say which with --architecture and --scale" in text
    found = read_safetensors(path, Wanted("espcn-relu"))
    assert (found.architecture, found.scale) == ("espcn-relu", 2)


def test_weights_that_fit_every_scale_ask_for_it(tmp_path: Path) -> None:
    path = tmp_path / "any.safetensors"
    save_file(ARCHITECTURES["fsrcnn"](3).state_dict(), path)
    assert "fits fsrcnn at x2, 3, 4" in refusal(read_safetensors, path)
    assert read_safetensors(path, Wanted(scale=3)).scale == 3


def test_a_card_beside_the_file_says_what_it_is(weights_folder: FolderMaker) -> None:
    folder = weights_folder(architecture="espcn", scale=3, licence="CC0")
    found = read_safetensors(folder / "weights.safetensors")
    assert (found.architecture, found.scale, found.licence) == ("espcn", 3, "CC0")


def test_another_file_than_the_card_beside_it_says_is_refused(weights_folder: FolderMaker) -> None:
    folder = weights_folder(sha256="0" * 64)
    assert "has another SHA-256" in refusal(read_safetensors, folder / "weights.safetensors")


@pytest.mark.parametrize("wrapper", [None, "params_ema", "params", "state_dict", "model"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_training_tools_wrap_weights_in_many_ways(wrapper: str | None, prefix: str, tmp_path: Path) -> None:
    tensors = OrderedDict((prefix + name, value) for name, value in compact().items())
    path = tmp_path / "net.pth"
    torch.save({wrapper: tensors, "epoch": 3} if wrapper else tensors, path)
    found = read_pickled(path)
    assert (found.architecture, found.scale) == ("srvggnet-compact", 2)
    assert found.settings == {"features": 8, "convolutions": 2}


def test_the_averaged_weights_are_taken_before_the_last_ones(tmp_path: Path) -> None:
    last, averaged = compact(), compact()
    torch.save({"params": last, "params_ema": averaged}, tmp_path / "net.pth")
    found = read_pickled(tmp_path / "net.pth")
    assert torch.equal(found.tensors["body.0.weight"], averaged["body.0.weight"])


@pytest.mark.parametrize("legacy", [False, True])
def test_code_in_a_pickle_does_not_run(legacy: bool, tmp_path: Path, bomb: BombMaker) -> None:
    path, marker = tmp_path / "net.pth", tmp_path / "executed"
    torch.save({"params": compact(), "bomb": bomb(marker)}, path, _use_new_zipfile_serialization=not legacy)
    text = refusal(read_pickled, path)
    assert "holds code or objects beside tensors (posix.system)" in text
    assert "it was not run" in text
    assert not marker.exists()


def test_a_bare_pickle_with_code_does_not_run(tmp_path: Path, bomb: BombMaker) -> None:
    path, marker = tmp_path / "net.pth", tmp_path / "executed"
    path.write_bytes(pickle.dumps(bomb(marker)))
    assert refusal(read_pickled, path)
    assert not marker.exists()


def test_a_torchscript_archive_does_not_run(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/code/__torch__.py", "import os; os.system('true')")
        archive.writestr("net/constants.pkl", b"x")
        archive.writestr("net/data.pkl", b"x")
        archive.writestr("net/version", "3")
    assert "net.pt: is not a file of weights" in refusal(read_pickled, path)


@pytest.mark.parametrize("keep", [0, 1, 100, 5000, -1])
def test_a_truncated_pickle_is_refused(keep: int, tmp_path: Path) -> None:
    path = tmp_path / "net.pth"
    torch.save(compact(), path)
    path.write_bytes(path.read_bytes()[:keep])
    assert "net.pth: is not a file of weights" in refusal(read_pickled, path)


@pytest.mark.parametrize("held", [[1, 2], {}, {"epoch": 3}, torch.zeros(3)])
def test_a_pickle_without_named_tensors_is_refused(held: object, tmp_path: Path) -> None:
    torch.save(held, tmp_path / "net.pth")
    assert "no tensors by name are in it" in refusal(read_pickled, tmp_path / "net.pth")


def test_a_header_that_claims_100_gb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    path.write_bytes(struct.pack("<Q", 100 << 30) + b"{}")
    assert "is not a safetensors file" in refusal(read_safetensors, path)
