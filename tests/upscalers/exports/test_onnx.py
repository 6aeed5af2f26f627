"""ONNX files: onnxruntime gives the pixels of our net, at any size."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from torch import Tensor

from qualab.errors import ToolMissing
from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.architectures.network import Network
from qualab.upscalers.card import Card
from qualab.upscalers.exports import FORMATS
from qualab.upscalers.exports import onnx as onnx_format

SIZES = ((16, 16), (40, 17), (63, 39), (3, 5))
# waifu2x' nets need more samples than a tiny picture has around it to reflect.
RGB_SIZES = ((64, 48), (65, 39))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_onnxruntime_equals_torch_at_any_size(
    name: str,
    tmp_path: Path,
    net: Callable[..., Network],
    card: Callable[..., Card],
    picture: Callable[..., Tensor],
    wanted_of: Callable[[Network, Tensor], Tensor],
) -> None:
    ours, path = net(name), tmp_path / "own.onnx"
    FORMATS["onnx"].write(ours, card(name), path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for width, height in SIZES if ours.channels == 1 else RGB_SIZES:
        given = picture(width, height, channels=ours.channels, batch=2)
        (made,) = session.run(None, {"x": given.numpy()})
        wanted = wanted_of(ours, given).numpy()
        assert made.shape == wanted.shape == (2, ours.channels, height * ours.scale, width * ours.scale)
        # What the contract of `qualab export` promises: a fortieth of an 8-bit code.
        assert np.abs(made - wanted).max() <= 1e-4
        assert 0.015 < wanted.std() < 0.45


def test_batch_height_and_width_are_free_and_named(
    tmp_path: Path, net: Callable[..., Network], card: Callable[..., Card]
) -> None:
    FORMATS["onnx"].write(net("lite"), card("lite"), tmp_path / "own.onnx")
    graph = onnx.load(tmp_path / "own.onnx").graph
    sides = [side.dim_param or side.dim_value for side in graph.input[0].type.tensor_type.shape.dim]
    assert (graph.input[0].name, sides) == ("x", ["batch", 1, "height", "width"])
    sides = [side.dim_param or side.dim_value for side in graph.output[0].type.tensor_type.shape.dim]
    assert (graph.output[0].name, sides) == ("y", ["batch", 1, "2*height", "2*width"])


def test_the_file_says_whose_weights_it_holds_and_nothing_of_this_machine(
    tmp_path: Path, net: Callable[..., Network], card: Callable[..., Card]
) -> None:
    FORMATS["onnx"].write(net("espcn", 3), card("espcn", 3), tmp_path / "own.onnx")
    about = {entry.key: entry.value for entry in onnx.load(tmp_path / "own.onnx").metadata_props}
    assert (about["id"], about["scale"], about["sha256"], about["licence"]) == ("own", "3", "ab" * 32, "MIT")
    data = (tmp_path / "own.onnx").read_bytes()
    assert b"stack_trace" not in data
    assert b".py" not in data


def test_without_the_extra_the_mend_is_named(
    tmp_path: Path, net: Callable[..., Network], card: Callable[..., Card], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_format, "find_spec", lambda name: None)
    with pytest.raises(ToolMissing, match=r"pip install 'qualab\[onnx\]'"):
        FORMATS["onnx"].write(net("lite"), card("lite"), tmp_path / "own.onnx")
    assert not list(tmp_path.iterdir())
