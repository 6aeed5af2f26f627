import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from qualab.media.frames import Picture, Scaler
from qualab.media.pixel_formats import KEPT, PIXEL_FORMATS
from qualab.study.files import shipped
from qualab.upscalers.architectures.luma import LumaNet
from qualab.upscalers.network import NetworkUpscaler

SHIPPED = sorted(card.parent for card in shipped("models").glob("*/card.toml"))
FolderMaker = Callable[..., Path]
Scene = Callable[..., Picture]


def one(upscaler: NetworkUpscaler, picture: Picture, target: tuple[int, int]) -> Picture:
    (found,) = upscaler.upscale([picture], target=target)
    return found


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


def noise(width: int, height: int, pix_fmt: str, *, seed: int = 1) -> Picture:
    layout, generator = PIXEL_FORMATS[pix_fmt], np.random.default_rng(seed)
    across, down = layout.chroma_size(width, height)
    kind = np.uint8 if layout.bits == 8 else np.uint16
    peak = 1 << layout.bits
    y = np.kron(generator.integers(peak // 4, 3 * peak // 4, (-(-height // 8), -(-width // 8))), np.ones((8, 8)))
    u, v = (np.full((down, across), peak // 2 + step) for step in (-9, 7))
    return Picture(y[:height, :width].astype(kind), u.astype(kind), v.astype(kind), pix_fmt, 1, True)


@pytest.mark.parametrize("architecture", ["lite", "swift", "fsrcnn", "upconv-7"])
@pytest.mark.parametrize("pix_fmt", KEPT)
@pytest.mark.parametrize(("source", "target"), [((31, 21), (62, 42)), ((31, 21), (93, 55)), ((32, 22), (33, 23))])
def test_format_tags_and_odd_sizes_are_kept(
    architecture: str, pix_fmt: str, source: tuple[int, int], target: tuple[int, int], weights_folder: FolderMaker
) -> None:
    picture = noise(*source, pix_fmt)
    found = one(NetworkUpscaler(weights_folder(architecture=architecture), device="cpu"), picture, target)
    chroma = PIXEL_FORMATS[pix_fmt].chroma_size(*target)
    assert (found.width, found.height) == target
    assert found.u.shape == found.v.shape == chroma[::-1]
    assert (found.pix_fmt, found.matrix, found.full_range) == (pix_fmt, 1, True)
    assert found.y.dtype == found.u.dtype == found.v.dtype == picture.y.dtype


@pytest.mark.parametrize("architecture", ["lite", "swift", "srcnn-915-residual"])
def test_ten_bits_give_the_picture_of_eight_in_finer_steps(
    architecture: str, weights_folder: FolderMaker, scene: Scene
) -> None:
    eight = scene(40, 32)
    ten = Picture(*(plane.astype(np.uint16) * 4 for plane in (eight.y, eight.u, eight.v)), "yuv420p10le")
    upscaler = NetworkUpscaler(weights_folder(architecture=architecture), device="cpu", precision=torch.float32)
    coarse, fine = (one(upscaler, picture, (80, 64)).y.astype(int) for picture in (eight, ten))
    # Rounding to 8 bits is half a code of 8, two of 10.
    assert np.abs(fine - 4 * coarse)[coarse < 255].max() <= 2
    assert (fine % 4 != 0).mean() > 0.1


def test_an_unspecified_matrix_is_the_same_on_both_ways_through_rgb(weights_folder: FolderMaker) -> None:
    """Of 400 lines it is taken for BT.601; the result has 800, for which players take BT.709."""
    architecture = "srvggnet-compact"
    folder = weights_folder(architecture=architecture)
    picture = replace(noise(40, 400, "yuv444p"), matrix=2)
    picture = replace(picture, y=np.full_like(picture.y, 120))
    upscaler = NetworkUpscaler(folder, device="cpu")
    for layer in upscaler._net.modules():
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.zeros_(layer.weight)
            torch.nn.init.zeros_(layer.bias)
    found = one(upscaler, picture, (80, 800))
    # With nothing from its layers the net gives the nearest sample; a way through 8-bit RGB costs a code.
    for plane, code in ((found.y, 120), (found.u, 119), (found.v, 135)):
        assert np.abs(plane.astype(int) - code).max() <= 1


def require_gpu() -> None:
    if not torch.cuda.is_available():
        if "gpu" in os.environ.get("QUALAB_REQUIRE", ""):
            pytest.fail("QUALAB_REQUIRE names gpu, and torch finds no CUDA")
        pytest.skip("no CUDA here")


def levels_apart(first: Picture, second: Picture, *, cut: int = 6) -> int:
    """Return the largest difference of two pictures in levels of 8 bits, borders apart."""
    inner = np.s_[cut:-cut, cut:-cut]
    unit = 1 << (first.bits - 8)
    pairs = ((first.y, second.y), (first.u, second.u), (first.v, second.v))
    return max(int(np.abs(a.astype(int) - b)[inner].max()) // unit for a, b in pairs)


@pytest.mark.gpu
@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_gpu_gives_the_pixels_of_the_cpu(folder: Path, scene: Scene) -> None:
    require_gpu()
    picture = scene(160, 120, seed=5)
    gpu = one(NetworkUpscaler(folder, device="cuda"), picture, (320, 240))
    cpu = one(NetworkUpscaler(folder, device="cpu", precision=torch.float32), picture, (320, 240))
    # float16 has three bits more than bfloat16, for which two levels are the limit.
    assert levels_apart(gpu, cpu) <= 2


@pytest.mark.gpu
@pytest.mark.parametrize("pix_fmt", KEPT)
@pytest.mark.parametrize("architecture", ["lite", "swift", "srcnn-915", "fsrcnn", "upconv-7"])
@pytest.mark.parametrize("target", [(126, 90), (189, 135)])
def test_gpu_keeps_every_format(
    architecture: str, pix_fmt: str, target: tuple[int, int], weights_folder: FolderMaker
) -> None:
    require_gpu()
    folder, picture = weights_folder(architecture=architecture), noise(63, 45, pix_fmt)
    gpu = one(NetworkUpscaler(folder, device="cuda", precision=torch.float32), picture, target)
    cpu = one(NetworkUpscaler(folder, device="cpu", precision=torch.float32), picture, target)
    assert (gpu.pix_fmt, gpu.u.shape) == (cpu.pix_fmt, cpu.u.shape)
    # Sums in another order, and chroma by another bicubic: a code each, and one more where a net runs twice.
    assert levels_apart(gpu, cpu) <= 2


@pytest.mark.gpu
def test_gpu_gives_every_picture_in_order_whatever_their_number_and_size(
    weights_folder: FolderMaker, scene: Scene
) -> None:
    require_gpu()
    upscaler = NetworkUpscaler(weights_folder(), device="cuda")
    pictures = [scene(*((48, 32) if n % 17 else (64, 48)), seed=n) for n in range(40)]
    found = list(upscaler.upscale(iter(pictures), target=(96, 64)))
    assert len(found) == len(pictures)
    for picture, made in zip(pictures, found, strict=True):
        alone = one(upscaler, picture, (96, 64))
        # A batch of another size may choose another algorithm.
        assert np.abs(alone.y.astype(int) - made.y).max() <= 1


@pytest.mark.gpu
def test_gpu_that_lacks_memory_gives_the_same_picture_in_bands(
    weights_folder: FolderMaker, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_gpu()
    folder, picture = weights_folder(), scene(96, 80)
    expected = one(NetworkUpscaler(folder, device="cuda"), picture, (192, 160))
    enlarge = LumaNet.enlarge

    def limited(net: LumaNet, luma: torch.Tensor) -> torch.Tensor:
        if luma.shape[0] > 1 or luma.shape[-2] > 60:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return enlarge(net, luma)

    monkeypatch.setattr(LumaNet, "enlarge", limited)
    found = one(NetworkUpscaler(folder, device="cuda"), picture, (192, 160))
    assert np.abs(found.y.astype(int) - expected.y).max() <= 1
