"""Reads ncnn's files: layers from NAME.param, their weights from NAME.bin."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from qualab.errors import ConfigError
from qualab.upscalers.importers.importer import unreadable
from qualab.upscalers.weights_file import MAX_BYTES

MAGIC = "7767517"
_HALF, _FULL = 0x01306B47, 0
_MAX_PARAM = 1_000_000
_MAX_LAYERS = 10_000
_KERNELS = ("Convolution", "Deconvolution")
# Layers that compute without weights, as far as the nets that are read here use them.
_BARE = ("Input", "Split", "Crop", "Eltwise", "Pooling", "Scale", "PixelShuffle", "Interp", "BinaryOp", "ReLU")


@dataclass(frozen=True)
class Layer:
    """One layer: ncnn's kind, its settings by number as text, its weights as torch has them, its bias.

    A kernel is (out, in, rows, columns), of a deconvolution (in, out, rows, columns); slopes are one per channel.
    """

    kind: str
    settings: dict[str, str]
    weight: Tensor | None = None
    bias: Tensor | None = None

    def number(self, key: str, default: float = 0) -> float:
        """Return the setting `key`, such as '0' for the count of outputs."""
        return float(self.settings.get(key, default))


def read_layers(path: Path) -> list[Layer]:
    """Return the layers of a .param/.bin pair, given one of its two files, in ncnn's order.

    Raises:
        ConfigError: one of the pair is missing, not ncnn's, truncated or longer than its layers, or has a kind of
            layer that is not known here.
    """
    param, data = path.with_suffix(".param"), path.with_suffix(".bin")
    _check_sizes(param, data)
    try:
        described = list(_described(param.read_text(encoding="ascii").splitlines()))
    except (ValueError, IndexError) as error:
        raise unreadable(param.name, error, kind="ncnn's text of layers") from None
    weights = _Weights(data)
    layers = [_filled(kind, settings, weights, param.name) for kind, settings in described]
    weights.check_end()
    return layers


def _check_sizes(param: Path, data: Path) -> None:
    for file, most in ((param, _MAX_PARAM), (data, MAX_BYTES)):
        if not file.is_file():
            raise ConfigError(file.name, "does not exist", f"put {param.name} and {data.name} beside each other")
        if file.stat().st_size > most:
            raise ConfigError(file.name, f"is larger than {most} bytes", "give the files of one net")


def _described(lines: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    if lines[0].strip() != MAGIC:
        raise ValueError(f"it does not begin with {MAGIC}")
    count = int(lines[1].split()[0])
    rows = [line.split() for line in lines[2:] if line.strip()]
    if count != len(rows) or count > _MAX_LAYERS:
        raise ValueError(f"it announces {count} layers and has {len(rows)}")
    for words in rows:
        blobs = int(words[2]) + int(words[3])
        yield words[0], dict(word.split("=", 1) for word in words[4 + blobs :] if "=" in word)


def _filled(kind: str, settings: dict[str, str], weights: "_Weights", where: str) -> Layer:
    bare = Layer(kind, settings)
    if kind not in (*_KERNELS, "InnerProduct", "PReLU", *_BARE):
        raise ConfigError(where, f"has a layer of the kind {kind[:40]!r}", "import the net's .pth or .safetensors file")
    if kind in _BARE:
        return bare
    try:
        outputs, side = int(bare.number("0")), int(bare.number("1", 1)) if kind in _KERNELS else 1
        total = int(bare.number("2" if kind == "InnerProduct" else "6"))
        if kind == "PReLU":
            return Layer(kind, settings, weights.plain(outputs))
        inputs, rest = divmod(total, outputs * side * side)
    except (ValueError, OverflowError, ZeroDivisionError):
        raise ConfigError(where, f"has a {kind} of impossible size", "give the file as it was published") from None
    if rest or min(outputs, side, inputs) < 1:
        raise ConfigError(where, f"has a {kind} of impossible size", "give the file as it was published")
    weight = weights.flagged(total).reshape(outputs, inputs, side, side)
    bias = weights.plain(outputs) if bare.number("5" if kind in _KERNELS else "1") else None
    return Layer(kind, settings, weight.transpose(0, 1) if kind == "Deconvolution" else weight, bias)


class _Weights:
    """The .bin file from its beginning to its end."""

    def __init__(self, path: Path) -> None:
        self._name, self._data, self._place = path.name, path.read_bytes(), 0

    def flagged(self, count: int) -> Tensor:
        """Return `count` weights behind their flag, float16 (padded to 4 bytes) or float32."""
        flag = int(self._take("<u4", 1)[0])
        if flag == _FULL:
            return self.plain(count)
        if flag != _HALF:
            raise ConfigError(self._name, f"has weights of the form {flag:#x}", "give float32 or float16 weights")
        return torch.from_numpy(self._take("<f2", count + count % 2)[:count].astype(np.float32))

    def plain(self, count: int) -> Tensor:
        """Return `count` float32 numbers."""
        return torch.from_numpy(self._take("<f4", count).astype(np.float32))

    def check_end(self) -> None:
        """Raise ConfigError where something is left."""
        if self._place != len(self._data):
            left = len(self._data) - self._place
            raise ConfigError(self._name, f"is {left} bytes longer than its layers", "give the .param it belongs to")

    def _take(self, kind: str, count: int) -> np.ndarray[tuple[int], np.dtype[np.generic]]:
        size = count * np.dtype(kind).itemsize
        if count < 0 or self._place + size > len(self._data):
            raise ConfigError(self._name, "ends before its layers do", "give the whole file of that .param")
        values = np.frombuffer(self._data, kind, count, self._place)
        self._place += size
        return values
