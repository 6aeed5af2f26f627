"""The bytes of FFmpeg's native .model files: layers, operands, and their counts at the end."""

import struct

import torch
from torch import Tensor

from qualab.upscalers.exports.standalone import INPUT, OUTPUT

# Activations of a convolution.
RELU, TANH, NONE = 0, 1, 3
_MAJOR, _MINOR = 1, 23
_CONVOLUTION, _DEPTH_TO_SPACE, _MATH_BINARY, _POOL = 1, 2, 5, 7
_CLAMP_TO_EDGE, _VALID = 2, 0
_ADD = 1
_IN, _OUT, _BETWEEN = 1, 2, 3
_FLOAT = 1


class Native:
    """A net as FFmpeg lists it; methods add a layer and return the number of the operand that it gives.

    The operand of the last layer is the result.
    """

    input = 0

    def __init__(self) -> None:
        self._layers: list[bytes] = []

    def convolve(self, source: int, weight: Tensor, bias: Tensor | None, activation: int = NONE) -> int:
        """Add a convolution with kernels (out, in, k, k) that continues the border samples of its input."""
        outputs, inputs, side, _ = weight.shape
        head = (1, _CLAMP_TO_EDGE, activation, inputs, outputs, side, int(bias is not None))
        data = _floats(weight.permute(0, 2, 3, 1)) + (b"" if bias is None else _floats(bias))
        return self._add(_CONVOLUTION, _words(*head) + data, source)

    def shuffle(self, source: int, block: int) -> int:
        """Add a pixel shuffle of one channel."""
        return self._add(_DEPTH_TO_SPACE, _words(block), source)

    def unshuffle(self, source: int, block: int) -> int:
        """Add a pixel unshuffle of one channel: a channel for each shift, then every `block`-th sample of each."""
        side = 2 * block - 1
        shifts = torch.zeros(block * block, 1, side, side)
        for channel in range(block * block):
            row, column = divmod(channel, block)
            shifts[channel, 0, block - 1 + row, block - 1 + column] = 1.0
        return self._add(_POOL, _words(block, _VALID, 1), self.convolve(source, shifts, None))

    def add(self, first: int, second: int) -> int:
        """Add a sum of two operands of one shape."""
        return self._add(_MATH_BINARY, _words(_ADD, 0, first, 0), second)

    def to_bytes(self) -> bytes:
        """Return the file."""
        count = len(self._layers) + 1
        names = [INPUT, *(f"v{number}" for number in range(1, count - 1)), OUTPUT]
        kinds = [_IN, *[_BETWEEN] * (count - 2), _OUT]
        operands = [
            _words(number, len(name)) + name.encode("ascii") + _words(kind, _FLOAT, 1, -1, -1, 1 if kind == _IN else -1)
            for number, (name, kind) in enumerate(zip(names, kinds, strict=True))
        ]
        head = b"FFMPEGDNNNATIVE" + _words(_MAJOR, _MINOR)
        return b"".join([head, *self._layers, *operands, _words(len(self._layers), count)])

    def _add(self, kind: int, body: bytes, source: int) -> int:
        operand = len(self._layers) + 1
        self._layers.append(_words(kind) + body + _words(source, operand))
        return operand


def _words(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}i", *values)


def _floats(values: Tensor) -> bytes:
    return bytes(values.detach().to(torch.float32).contiguous().numpy().astype("<f4").tobytes())
