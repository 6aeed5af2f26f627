"""ncnn's files: what is read of them, and what is refused in one line."""

import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from qualab.errors import ConfigError
from qualab.upscalers.bundled import PACKAGED
from qualab.upscalers.importers.ncnn import read_ncnn
from qualab.upscalers.importers.ncnn_layers import read_layers

Pair = Callable[[str, bytes], Path]
HALF = struct.pack("<I", 0x01306B47)
FULL = struct.pack("<I", 0)


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """Return a function that writes a .param of the given layers, after the input, and a .bin."""

    def write(layers: str, data: bytes) -> Path:
        rows = ["Input in 0 1 a", *layers.splitlines()]
        path = tmp_path / "net.param"
        path.write_text("\n".join(["7767517", f"{len(rows)} {len(rows)}", *rows]) + "\n")
        path.with_suffix(".bin").write_bytes(data)
        return path

    return write


@pytest.fixture
def upconv(tmp_path: Path) -> Path:
    """Return a copy of upconv_7's .param, with its .bin beside it."""
    source = PACKAGED["waifu2x-anime-x2"].path
    for suffix in (".param", ".bin"):
        shutil.copy(source.with_suffix(suffix), tmp_path / f"net{suffix}")
    return tmp_path / "net.param"


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        read_ncnn(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_half_weights_are_padded_to_four_bytes_and_the_bias_is_full(pair: Pair) -> None:
    """By hand: 3 weights of 2 bytes, 2 bytes of padding, 1 bias of 4 bytes."""
    data = HALF + np.array([1, 2.5, -3, 0], "<f2").tobytes() + np.array([0.25], "<f4").tobytes()
    _, layer = read_layers(pair("Convolution c 1 1 a b 0=1 1=1 5=1 6=3", data))
    assert layer.weight is not None
    assert layer.weight.flatten().tolist() == [1, 2.5, -3]
    assert layer.weight.shape == (1, 3, 1, 1)
    assert layer.bias is not None
    assert layer.bias.tolist() == [0.25]


def test_full_weights_and_slopes_are_read_as_they_are(pair: Pair) -> None:
    data = FULL + np.array([1, 2], "<f4").tobytes() + np.array([0.5, 0.75], "<f4").tobytes()
    _, layer, slopes = read_layers(pair("Convolution c 1 1 a b 0=2 1=1 6=2\nPReLU p 1 1 b c 0=2", data))
    assert layer.weight is not None
    assert (layer.weight.shape, layer.bias) == ((2, 1, 1, 1), None)
    assert slopes.weight is not None
    assert slopes.weight.tolist() == [0.5, 0.75]


def test_a_deconvolution_has_its_inputs_first_in_torch(pair: Pair) -> None:
    values = torch.arange(2 * 3 * 2 * 2, dtype=torch.float32)
    _, layer = read_layers(pair("Deconvolution d 1 1 a b 0=2 1=2 3=2 6=24", FULL + values.numpy().tobytes()))
    assert layer.weight is not None
    assert torch.equal(layer.weight, values.reshape(2, 3, 2, 2).transpose(0, 1))


def test_either_file_of_the_pair_may_be_given(upconv: Path) -> None:
    assert read_ncnn(upconv).architecture == read_ncnn(upconv.with_suffix(".bin")).architecture == "upconv-7"


@pytest.mark.parametrize("keep", [0, 3, 4, 1000, -4])
def test_a_truncated_bin_is_refused(keep: int, upconv: Path) -> None:
    data = upconv.with_suffix(".bin").read_bytes()
    upconv.with_suffix(".bin").write_bytes(data[:keep])
    assert "net.bin: ends before its layers do" in refusal(upconv)


def test_a_bin_of_another_net_is_refused(upconv: Path) -> None:
    with upconv.with_suffix(".bin").open("ab") as opened:
        opened.write(bytes(8))
    assert "net.bin: is 8 bytes longer than its layers" in refusal(upconv)


def test_a_missing_half_is_named(upconv: Path) -> None:
    upconv.with_suffix(".bin").unlink()
    assert "net.bin: does not exist — put net.param and net.bin beside each other" in refusal(upconv)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7767518\n1 1\nInput in 0 1 a\n",
        "7767517\n",
        "7767517\n2 2\nInput in 0 1 a\n",
        "7767517\n1 1\nInput\n",
        "7767517\n1 1\nInput in nine 1 a\n",
        "7767517\n1 1\nInput in 0 1 ä\n",
    ],
)
def test_a_param_that_is_none_is_refused(text: str, upconv: Path) -> None:
    upconv.write_text(text, encoding="utf-8")
    assert "net.param: is not ncnn's text of layers" in refusal(upconv)


@pytest.mark.parametrize(
    "layer",
    [
        "Convolution c 1 1 a b 0=1 1=1 6=99999999999999999999",
        "Convolution c 1 1 a b 0=1000000000 1=1 6=1000000000000",
        "Convolution c 1 1 a b 0=0 1=3 6=9",
        "Convolution c 1 1 a b 0=-4 1=3 6=-36",
        "Convolution c 1 1 a b 0=2 1=3 6=19",
        "Convolution c 1 1 a b 0=two 1=3 6=18",
        "Convolution c 1 1 a b 0=inf 1=3 6=18",
        "Convolution c 1 1 a b 0=nan 1=3 6=18",
        "PReLU p 1 1 a b 0=-1",
        "PReLU p 1 1 a b 0=9999999999999",
        "InnerProduct i 1 1 a b 0=8 2=-8",
    ],
)
def test_absurd_sizes_are_refused_before_memory_is_asked_for(layer: str, pair: Pair) -> None:
    assert refusal(pair(layer, FULL + bytes(64)))


def test_quantised_weights_are_refused(pair: Pair) -> None:
    data = struct.pack("<I", 0x000D4B38) + bytes(64)
    assert "has weights of the form 0xd4b38" in refusal(pair("Convolution c 1 1 a b 0=1 1=3 6=9", data))


def test_an_unknown_kind_of_layer_is_named(pair: Pair) -> None:
    assert "has a layer of the kind 'Concat'" in refusal(pair("Concat c 2 1 a a b", b""))


def test_a_net_that_is_none_of_ours_is_refused(pair: Pair) -> None:
    text = refusal(pair("Convolution c 1 1 a b 0=1 1=1 6=1", FULL + bytes(4)))
    assert "is a net that is not known" in text
    assert "upconv_7" in text
