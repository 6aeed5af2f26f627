from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from qualab.errors import ToolMissing
from qualab.media.frames import Picture
from qualab.upscalers.architectures import CODES
from qualab.upscalers.architectures.luma import LumaNet
from qualab.upscalers.network import NetworkUpscaler
from qualab.upscalers.tiling import MIN_ROWS, enlarge_in_bands
from qualab.upscalers.weights import load_net


@pytest.mark.parametrize("architecture", ["lite", "espcn", "espcn-relu"])
@pytest.mark.parametrize("rows", [16, 17, 33])
def test_bands_give_the_pixels_of_the_whole(
    architecture: str, rows: int, weights_folder: Callable[..., Path], scene: Callable[..., Picture]
) -> None:
    _, net = load_net(weights_folder(architecture=architecture))
    luma = torch.from_numpy(scene(40, 50).y.copy())[None, None] / CODES
    with torch.inference_mode():
        whole, bands = net(luma), enlarge_in_bands(net, luma, rows=rows)
    # Sums may be made in another order for another size: float32 rounding, far below half a code (0.002).
    assert (whole - bands).abs().max() < 1e-5


def test_out_of_memory_gives_the_same_pixels_in_smaller_bands(
    weights_folder: Callable[..., Path], scene: Callable[..., Picture], monkeypatch: pytest.MonkeyPatch
) -> None:
    upscaler = NetworkUpscaler(weights_folder(), device="cpu", precision=torch.float32)
    (expected,) = upscaler.upscale([scene(40, 80)], target=(80, 160))
    heights = _lack_memory_above(monkeypatch, rows=40)
    (found,) = upscaler.upscale([scene(40, 80)], target=(80, 160))
    assert (found.y == expected.y).all()
    assert max(heights) > 40 >= heights[-1]


def test_out_of_memory_in_the_smallest_band_names_device_and_size(
    weights_folder: Callable[..., Path], scene: Callable[..., Picture], monkeypatch: pytest.MonkeyPatch
) -> None:
    upscaler = NetworkUpscaler(weights_folder(), device="cpu")
    _lack_memory_above(monkeypatch, rows=MIN_ROWS // 2)
    with pytest.raises(ToolMissing, match=r"device 'cpu': lacks memory for 40x80 —"):
        list(upscaler.upscale([scene(40, 80)], target=(80, 160)))


def _lack_memory_above(monkeypatch: pytest.MonkeyPatch, *, rows: int) -> list[int]:
    """Let nets fail as CUDA does on inputs of more than `rows` rows; return the heights that were tried."""
    heights: list[int] = []
    enlarge = LumaNet.enlarge

    def limited(net: LumaNet, luma: torch.Tensor) -> torch.Tensor:
        heights.append(luma.shape[-2])
        if luma.shape[-2] > rows:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return enlarge(net, luma)

    monkeypatch.setattr(LumaNet, "enlarge", limited)
    return heights
