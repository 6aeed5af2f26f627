import numpy as np
import pytest
import torch
from torch import nn

from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.architectures.luma import LumaNet
from qualab.upscalers.engines import convolution
from qualab.upscalers.engines.engine import Codes
from qualab.upscalers.engines.luma import LumaEngine, shuffled, twice, unshuffled

NAMES = ("espcn", "espcn-relu", "lite", "swift", "quality")


def net_of(name: str, scale: int, precision: torch.dtype) -> LumaNet:
    torch.manual_seed(5)
    net = ARCHITECTURES[name](scale).eval().requires_grad_(False)
    assert isinstance(net, LumaNet)
    nn.init.normal_(net.layers[-1].weight, std=0.02)  # type: ignore[arg-type]
    net.settle()
    net.precision = precision
    return net


def codes_of(bits: int, width: int = 48, height: int = 32) -> Codes:
    """Return waves of many lengths over all codes: smooth, with steep places."""
    row, column = np.mgrid[0:height, 0:width]
    wave = np.sin(row * column / 40) * np.cos(row / 3)
    return ((wave + 1) / 2 * ((1 << bits) - 1)).round().astype(np.uint8 if bits == 8 else np.uint16)


def by_engine(net: LumaNet, luma: Codes, bits: int) -> np.ndarray:
    engine, m = LumaEngine(net, bits=bits), net.margin
    padded = np.pad(luma, m, mode="edge")[None]
    with torch.inference_mode():
        return engine.codes(engine.values(padded), padded)[0]


def by_net(net: LumaNet, luma: Codes, bits: int) -> np.ndarray:
    one = net.unit * 2 ** (bits - 8)
    with torch.inference_mode():
        made = net(torch.from_numpy(luma.astype(np.float32))[None, None] / one) * one
    return made.round().clamp(0, 2**bits - 1)[0, 0].numpy()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("bits", [8, 10])
def test_in_float32_the_codes_are_those_of_the_net(name: str, scale: int, bits: int) -> None:
    net, luma = net_of(name, scale, torch.float32), codes_of(bits)
    difference = np.abs(by_engine(net, luma, bits) - by_net(net, luma, bits))
    # Sums in another order can move a value over the middle between two codes.
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.001


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bits", [8, 10])
def test_in_bfloat16_it_is_as_near_to_float32_as_the_net(name: str, bits: int) -> None:
    luma = codes_of(bits)
    exact = by_net(net_of(name, 2, torch.float32), luma, bits)
    net = net_of(name, 2, torch.bfloat16)
    ours, its = (np.abs(run(net, luma, bits) - exact).mean() for run in (by_engine, by_net))
    # One rounding more: of the sum that bicubic and net add to the nearest sample.
    assert ours < 1.3 * its + 0.02


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("name", ["espcn-relu", "lite", "swift", "quality"])
def test_bfloat16_leaves_every_constant_picture_as_it_is(name: str, bits: int) -> None:
    net = net_of(name, 2, torch.bfloat16)
    for code in {0, 1, 2**bits // 3, 2**bits - 2, 2**bits - 1}:
        luma = np.full((16, 16), code, np.uint8 if bits == 8 else np.uint16)
        assert (by_engine(net, luma, bits) == code).all()


def test_without_onednn_the_codes_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    net, luma = net_of("quality", 2, torch.float32), codes_of(8)
    expected = by_engine(net, luma, 8)
    monkeypatch.setattr(convolution, "can_pack", lambda precision: False)
    # Rounding of sums in another order.
    assert np.abs(by_engine(net, luma, 8).astype(int) - expected).max() <= 1


@pytest.mark.parametrize("block", [2, 3, 4, 6, 8])
def test_shuffling_is_torchs_pixel_shuffle(block: int) -> None:
    values = np.random.default_rng(1).integers(-900, 900, (5, 7, block * block)).astype(np.int16)
    expected = nn.functional.pixel_shuffle(torch.from_numpy(values).permute(2, 0, 1).float(), block)[0]
    assert (shuffled(values, block) == expected.numpy()).all()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_unshuffling_is_torchs_pixel_unshuffle(kind: type) -> None:
    plane = np.random.default_rng(1).integers(0, 255, (6, 8)).astype(kind)
    expected = nn.functional.pixel_unshuffle(torch.from_numpy(plane.astype(np.float32))[None], 2).permute(1, 2, 0)
    assert (unshuffled(plane, 2) == expected.numpy()).all()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 4])
def test_twice_repeats_all_channels_after_themselves(kind: type, channels: int) -> None:
    folded = np.random.default_rng(1).integers(0, 255, (3, 5, channels)).astype(kind)
    assert (twice(folded) == np.concatenate((folded, folded), axis=-1)).all()
