from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from qualab.errors import ToolMissing
from qualab.media.frames import Picture
from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.engines import tiling
from qualab.upscalers.engines.engine import Codes, Engine
from qualab.upscalers.engines.luma import LumaEngine
from qualab.upscalers.engines.tiling import MIN_ROWS, enlarge_in_bands, rows_per_band
from qualab.upscalers.engines.traced import TracedEngine
from qualab.upscalers.network import NetworkUpscaler

LOCAL = sorted(name for name in ARCHITECTURES if name not in ("cunet", "quality", "srcnn-955"))


def engine_of(name: str, precision: torch.dtype, scale: int = 2) -> Engine:
    torch.manual_seed(4)
    net = ARCHITECTURES[name](scale).eval().requires_grad_(False)
    torch.nn.init.normal_(list(net.parameters())[-2], std=0.02)
    net.precision = precision
    return (LumaEngine if hasattr(net, "fold") else TracedEngine)(net, bits=8)


def codes_of(engine: Engine, scene: Callable[..., Picture], width: int, height: int) -> Codes:
    return np.stack([scene(width, height, seed=seed).y for seed in range(engine.net.channels)])


@pytest.mark.parametrize("name", LOCAL)
@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_bands_give_the_pixels_of_the_whole(name: str, precision: torch.dtype, scene: Callable[..., Picture]) -> None:
    engine = engine_of(name, precision)
    codes = codes_of(engine, scene, 41, 50)
    with torch.inference_mode():
        whole = enlarge_in_bands(engine, codes, rows=50)
        for rows in (16, 34):
            bands = enlarge_in_bands(engine, codes, rows=rows)
            # Sums may be made in another order for another size, which can move a value over the middle of two codes.
            assert np.abs(bands.astype(int) - whole).max() <= 1
            assert (bands != whole).mean() < 0.001


def test_a_net_that_sees_the_whole_picture_gets_it(scene: Callable[..., Picture]) -> None:
    assert rows_per_band(engine_of("cunet", torch.float32), width=7680, height=4320) == 4320


@pytest.mark.parametrize("name", ["lite", "swift", "espcn", "upconv-7"])
@pytest.mark.parametrize(("width", "height"), [(320, 180), (640, 360), (1920, 1080), (3841, 2161)])
def test_bands_are_equal_and_their_tensors_small(name: str, width: int, height: int) -> None:
    engine = engine_of(name, torch.bfloat16)
    rows = rows_per_band(engine, width=width, height=height)
    count = -(-height // rows)
    assert rows % engine.net.step == 0
    assert count * rows - height < count * engine.net.step + count
    # At least as high as six margins, so that bands do not cost more than they save.
    assert rows * width * engine.sample_bytes < 30e6 or rows < 9 * engine.net.margin


def test_out_of_memory_gives_the_same_pixels_in_smaller_bands(
    weights_folder: Callable[..., Path], scene: Callable[..., Picture], monkeypatch: pytest.MonkeyPatch
) -> None:
    upscaler = NetworkUpscaler(weights_folder(), device="cpu", precision=torch.float32)
    (expected,) = upscaler.upscale([scene(40, 80)], target=(80, 160))
    heights = _lack_memory_above(monkeypatch, rows=40)
    (found,) = upscaler.upscale([scene(40, 80)], target=(80, 160))
    assert np.abs(found.y.astype(int) - expected.y).max() <= 1
    assert max(heights) > 40 >= heights[-1]


@pytest.mark.parametrize("message", ["[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory", ""])
def test_out_of_memory_in_the_smallest_band_names_device_and_size(
    message: str, weights_folder: Callable[..., Path], scene: Callable[..., Picture], monkeypatch: pytest.MonkeyPatch
) -> None:
    upscaler = NetworkUpscaler(weights_folder(), device="cpu")
    _lack_memory_above(monkeypatch, rows=MIN_ROWS // 2, error=RuntimeError(message) if message else None)
    with pytest.raises(ToolMissing, match=r"device 'cpu': lacks memory for 40x80 —"):
        list(upscaler.upscale([scene(40, 80)], target=(80, 160)))


def test_a_net_that_sees_the_whole_picture_is_not_cut_for_lack_of_memory(
    weights_folder: Callable[..., Path], scene: Callable[..., Picture], monkeypatch: pytest.MonkeyPatch
) -> None:
    heights = _lack_memory_above(monkeypatch, rows=40)
    upscaler = NetworkUpscaler(weights_folder(architecture="lite"), device="cpu")
    monkeypatch.setattr(upscaler._net, "is_local", False)
    with pytest.raises(ToolMissing, match="this net needs all of it"):
        list(upscaler.upscale([scene(40, 80)], target=(80, 160)))
    assert len(heights) == 1


def _lack_memory_above(monkeypatch: pytest.MonkeyPatch, *, rows: int, error: Exception | None = None) -> list[int]:
    """Let engines fail as torch does on inputs of more than `rows` rows; return the heights that were tried."""
    heights: list[int] = []
    values = LumaEngine.values

    def limited(engine: LumaEngine, codes: Codes) -> torch.Tensor:
        heights.append(codes.shape[1])
        if codes.shape[1] > rows:
            raise error or torch.OutOfMemoryError("out of memory")
        return values(engine, codes)

    monkeypatch.setattr(LumaEngine, "values", limited)
    monkeypatch.setattr(tiling, "_MARGINS_HIGH", 0)
    return heights
