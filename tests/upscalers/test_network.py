import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from qualab.errors import InputError, ToolMissing
from qualab.media.frames import Picture, Scaler
from qualab.upscalers.network import NetworkUpscaler, choose_device
from qualab.workspace import shipped

SHIPPED = sorted(card.parent for card in shipped("models").glob("*/card.toml"))
FolderMaker = Callable[..., Path]
Scene = Callable[..., Picture]


def one(upscaler: NetworkUpscaler, picture: Picture, target: tuple[int, int]) -> Picture:
    (found,) = upscaler.upscale([picture], target=target)
    return found


def without_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def test_cuda_that_is_not_there_is_a_missing_tool(monkeypatch: pytest.MonkeyPatch, weights_folder: FolderMaker) -> None:
    without_cuda(monkeypatch)
    with pytest.raises(ToolMissing, match="device 'cuda': is not there") as caught:
        NetworkUpscaler(weights_folder(), device="cuda")
    assert caught.value.exit_code == 4


def test_an_unknown_device_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'cuda'"):
        choose_device("cudda")


@pytest.mark.parametrize(
    ("able", "expected"),
    [({"avx512_bf16": True}, torch.bfloat16), ({"amx_bf16": True}, torch.bfloat16), ({"avx2": True}, torch.float32)],
)
def test_cpu_precision_is_what_the_processor_is_fast_in(
    able: dict[str, bool], expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_cuda(monkeypatch)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert choose_device("auto") == choose_device("cpu") == ("cpu", expected)


def test_auto_takes_cuda_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto") == ("cuda", torch.float16)


def test_chroma_is_swscales_bicubic(weights_folder: FolderMaker, scene: Scene) -> None:
    picture = scene(40, 32)
    found = one(NetworkUpscaler(weights_folder(), device="cpu"), picture, (80, 64))
    expected = Scaler((40, 32), (80, 64), "bicubic")(picture)
    assert (found.u == expected.u).all()
    assert (found.v == expected.v).all()


def test_a_larger_target_runs_the_net_on_its_own_result(weights_folder: FolderMaker, scene: Scene) -> None:
    upscaler = NetworkUpscaler(weights_folder(), device="cpu")
    picture = scene(40, 32)
    twice = one(upscaler, one(upscaler, picture, (80, 64)), (160, 128))
    assert (one(upscaler, picture, (160, 128)).y == twice.y).all()


def test_a_size_between_is_reached_with_lanczos(weights_folder: FolderMaker, scene: Scene) -> None:
    upscaler = NetworkUpscaler(weights_folder(), device="cpu")
    picture = scene(40, 32)
    expected = Scaler((80, 64), (60, 48), "lanczos")(one(upscaler, picture, (80, 64)))
    assert (one(upscaler, picture, (60, 48)).y == expected.y).all()
    assert str(upscaler.identity()["resample"]).startswith("lanczos+")


def test_identity_names_the_precision(weights_folder: FolderMaker) -> None:
    folder = weights_folder()
    low, full = (NetworkUpscaler(folder, device="cpu", precision=p) for p in (torch.bfloat16, torch.float32))
    assert (low.identity()["precision"], full.identity()["precision"]) == ("bfloat16", "float32")
    assert low.identity() != full.identity()


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_bfloat16_is_float32_within_two_levels(folder: Path, scene: Scene) -> None:
    """The base and the addition are float32; only what the net adds is rounded, by 1 in 256 a layer."""
    picture = scene(160, 120, seed=5)
    low, full = (
        one(NetworkUpscaler(folder, device="cpu", precision=p), picture, (320, 240)).y.astype(int)
        for p in (torch.bfloat16, torch.float32)
    )
    assert np.abs(low - full).max() <= 2
    assert np.abs(low - full).mean() < 0.1


@pytest.mark.gpu
@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_gpu_gives_the_pixels_of_the_cpu(folder: Path, scene: Scene) -> None:
    if not torch.cuda.is_available():
        if "gpu" in os.environ.get("QUALAB_REQUIRE", ""):
            pytest.fail("QUALAB_REQUIRE names gpu, and torch finds no CUDA")
        pytest.skip("no CUDA here")
    picture = scene(160, 120, seed=5)
    gpu = one(NetworkUpscaler(folder, device="cuda"), picture, (320, 240)).y.astype(int)
    cpu = one(NetworkUpscaler(folder, device="cpu", precision=torch.float32), picture, (320, 240)).y.astype(int)
    # float16 has three bits more than bfloat16, for which two levels are the limit.
    assert np.abs(gpu - cpu).max() <= 2
