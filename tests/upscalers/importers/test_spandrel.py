"""Nets that spandrel runs, against spandrel's own call; and the torchvision it needs."""

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch

from qualab.errors import ConfigError, ToolMissing
from qualab.upscalers.importers import spandrel as room
from qualab.upscalers.importers.spandrel import spandrel_net

Tensors = dict[str, torch.Tensor]


def esrgan(channels: int = 3, scale: int = 2) -> Tensors:
    """Return the weights of a very small ESRGAN."""
    from spandrel.architectures.ESRGAN import ESRGAN

    torch.manual_seed(1)
    net = ESRGAN(in_nc=channels, out_nc=channels, num_filters=8, num_blocks=1, scale=scale)
    return dict(net.state_dict())


def swinir() -> Tensors:
    """Return the weights of a very small SwinIR, which takes sizes of multiples of its window."""
    from spandrel.architectures.SwinIR import SwinIR

    torch.manual_seed(1)
    shape: dict[str, Any] = {"embed_dim": 12, "depths": [2], "num_heads": [2], "window_size": 8, "mlp_ratio": 2}
    return dict(SwinIR(img_size=16, upscale=2, upsampler="pixelshuffledirect", **shape).state_dict())


@pytest.fixture(autouse=True)
def loaded() -> None:
    """Load spandrel before its architectures are imported, which would meet torchvision alone."""
    room._library()


@pytest.mark.parametrize("make", [esrgan, swinir])
def test_gives_the_pixels_of_spandrels_own_call(make: Callable[[], Tensors]) -> None:
    import spandrel

    with warnings.catch_warnings():
        # SwinIR calls torch.meshgrid as torch will no longer like one day.
        warnings.simplefilter("ignore")
        tensors = make()
        original = spandrel.ModelLoader().load_from_state_dict(dict(tensors)).eval()
    net = spandrel_net(tensors, where="made here")
    # Of no multiple of SwinIR's window.
    picture = torch.rand(1, 3, 21, 34)
    with torch.inference_mode():
        found, expected = net(picture), original(picture)
    assert (net.scale, net.channels, net.is_local, found.shape) == (2, 3, False, (1, 3, 42, 68))
    assert torch.equal(found, expected)


def test_a_net_on_luma_takes_luma() -> None:
    net = spandrel_net(esrgan(channels=1), where="made here")
    with torch.inference_mode():
        assert net(torch.rand(1, 1, 8, 8)).shape == (1, 1, 16, 16)


def test_bfloat16_is_not_used_and_not_claimed() -> None:
    net = spandrel_net(esrgan(), where="made here")
    net.precision = torch.bfloat16
    assert net.precision == torch.float32
    net.precision = torch.float16
    assert net.precision == torch.float16


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        ({"weight": torch.zeros(3)}, "is a net that is not known"),
        ({"body.0.weight": torch.zeros(3), "body.1.weight": torch.zeros(1)}, "is not a complete net"),
    ],
)
def test_tensors_of_no_net_are_refused_in_one_line(tensors: Tensors, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        spandrel_net(tensors, where="some.pth")
    assert "\n" not in str(caught.value)


def test_a_net_with_a_tensor_of_another_shape_is_refused() -> None:
    tensors = esrgan()
    name = next(name for name in tensors if name.endswith("RDB2.conv3.0.weight"))
    tensors[name] = torch.zeros(1, 2, 3, 3)
    with pytest.raises(ConfigError, match="is not a complete net"):
        spandrel_net(tensors, where="some.pth")


def test_without_spandrel_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    room._library.cache_clear()
    monkeypatch.setattr(room.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ToolMissing, match=r"pip install 'qualab\[spandrel\]'") as caught:
        spandrel_net({}, where="some.pth")
    assert caught.value.exit_code == 4


def test_a_torchvision_that_fits_torch_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.ops, "load_library", lambda path: None)
    monkeypatch.setattr(room, "_declared", lambda: pytest.fail("declared what the library has declared"))
    room._complete_torchvision()


def test_a_torchvision_for_another_torch_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: str) -> None:
        raise OSError("libtorch_cuda.so: cannot open shared object file")

    asked = []
    monkeypatch.setattr(torch.ops, "load_library", fail)
    monkeypatch.setattr(room, "_declared", lambda: asked.append(True))
    room._complete_torchvision()
    assert asked == [True]
