import numpy as np
import pytest
import torch

from qualab.media.frames import Picture, Scaler
from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.architectures.network import CODES, SCALES, bicubic_phases


def run(name: str, scale: int, luma: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return (ARCHITECTURES[name](scale)(torch.from_numpy(luma)[None, None] / CODES) * CODES)[0, 0].numpy()


@pytest.mark.parametrize("scale", SCALES)
def test_the_base_is_swscales_bicubic(scale: int) -> None:
    # Codes near the middle, because swscale also clips between its two passes.
    luma = np.random.default_rng(1).integers(70, 186, (40, 48)).astype(np.float32)
    grey = np.full((20, 24), 128, np.uint8)
    expected = Scaler((48, 40), (48 * scale, 40 * scale), "bicubic")(Picture(luma.astype(np.uint8), grey, grey)).y
    found = run("lite", scale, luma)
    inner = np.s_[4 * scale : -4 * scale, 4 * scale : -4 * scale]
    # swscale has 14-bit taps and keeps 7 fractional bits between its passes: one level with the rounding.
    assert np.abs(found - expected)[inner].max() <= 1


@pytest.mark.parametrize("scale", SCALES)
def test_bicubic_taps_sum_to_one_and_mirror(scale: int) -> None:
    taps = bicubic_phases(scale)
    assert taps.sum(axis=1) == pytest.approx(1)
    assert taps == pytest.approx(taps[::-1, ::-1])


def test_bicubic_taps_are_keys_cubic_convolution() -> None:
    """By hand, a = -0.6 at distances 1.75, 0.75, 0.25, 1.25 of the first of two phases."""
    assert bicubic_phases(2)[0] == pytest.approx([-0.028125, 0.240625, 0.871875, -0.084375, 0.0], abs=1e-9)


@pytest.mark.parametrize(("name", "count"), [("espcn", 21_284), ("espcn-relu", 21_284), ("lite", 38_468)])
def test_parameters_are_those_of_the_published_layers(name: str, count: int) -> None:
    """ESPCN: 1*5*5*64+64 + 64*3*3*32+32 + 32*3*3*4+4 (arXiv 1609.05158, section 3.2)."""
    assert sum(value.numel() for value in ARCHITECTURES[name](2).parameters()) == count


@pytest.mark.parametrize("name", ["espcn-relu", "lite"])
def test_what_a_residual_net_adds_does_not_depend_on_brightness(name: str) -> None:
    torch.manual_seed(2)
    net = ARCHITECTURES[name](2)
    torch.nn.init.normal_(net.layers[-1].weight, std=0.1)
    picture = torch.rand(1, 1, 20, 20) / 2
    with torch.inference_mode():
        dark, light = net(picture), net(picture + 0.25)
    assert (light - dark - 0.25).abs().max() < 1e-4


def test_settled_weights_add_nothing_to_a_constant_picture() -> None:
    torch.manual_seed(3)
    net = ARCHITECTURES["lite"](3)
    for layer in net.layers:
        torch.nn.init.normal_(layer.weight, std=0.2)
        torch.nn.init.normal_(layer.bias, std=0.2)
    constant = torch.full((1, 1, 8, 8), 0.3)
    with torch.inference_mode():
        before = net(constant)
    net.settle()
    with torch.inference_mode():
        after = net(constant)
    assert (before - 0.3).abs().max() > 0.01
    assert (after - 0.3).abs().max() < 1e-4


def test_lower_precision_holds_every_code_exactly() -> None:
    codes = torch.arange(256) / CODES
    assert torch.equal(codes.to(torch.bfloat16).float(), codes)
    assert torch.equal(codes.to(torch.float16).float(), codes)
