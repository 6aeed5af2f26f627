"""Luma nets on a CPU from codes to codes, with every constant made beforehand and hidden values in low precision."""

from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from qualab.upscalers.architectures.luma import Block, LumaNet
from qualab.upscalers.architectures.network import BASE_RADIUS, bicubic_kernel, inner
from qualab.upscalers.engines.convolution import Convolution, exact_pair
from qualab.upscalers.engines.engine import Codes, Engine

# Codes of 10 bits are above what bfloat16 holds exactly; without their last two bits they are not.
_LOW_BITS = 3
_WORDS: dict[int, np.dtype[np.generic]] = {
    1: np.dtype(np.uint8),
    2: np.dtype(np.uint16),
    4: np.dtype(np.uint32),
    8: np.dtype(np.uint64),
}


class LumaEngine(Engine):
    """A LumaNet as convolutions over codes, channels last.

    What the net adds to the bicubic and what the bicubic adds to the nearest sample leave the last convolution as one
    small sum, in codes, to which the nearest sample is added in whole numbers: no plane of float32 is ever made.
    """

    def __init__(self, net: LumaNet, *, bits: int) -> None:
        super().__init__(net, bits=bits)
        self._block, self._precision = net.fold * net.scale, net.precision
        first, *hidden, last = cast(list[nn.Conv2d], list(net.layers))
        assert last.bias is not None
        act = "tanh" if net.tanh else "relu"
        weight = first.weight.detach()
        if net.residual:
            weight = weight - weight.mean(dim=(1, 2, 3), keepdim=True)
        self._first = self._on_codes(weight / self.one, first.bias, act)
        self._hidden = [self._layer(layer, act) for layer in hidden]
        # Without a base to add to, 8 bits of precision in the last layer would be steps in the picture.
        end = net.precision if net.residual else torch.float32
        self._last = Convolution(last.weight * self.one, last.bias * self.one, precision=end)
        self._base = self._on_codes(folded_base(net.scale, net.fold), None, "none") if net.residual else None
        self._base_radius = -(-BASE_RADIUS // net.fold)
        widest = max(part.shape[0] for name, part in net.named_parameters() if name.endswith("weight"))
        # Hyperbolic tangents are computed in float32.
        size = torch.float32.itemsize if net.tanh else net.precision.itemsize
        self.sample_bytes = -(-max(widest * size, self._block**2 * end.itemsize) // net.fold**2)

    def _on_codes(self, weight: Tensor, bias: Tensor | None, activation: str) -> Convolution:
        """Return a convolution of the inputs that `_copies` gives."""
        weights = exact_pair(weight, self._precision)
        if len(weights) == 2 and self.bits > 8:
            weights.append(weights[0])
        return Convolution(torch.cat(weights, 1), bias, precision=self._precision, activation=activation)

    def _layer(self, layer: nn.Conv2d | Block, activation: str) -> tuple[Convolution, ...]:
        parts = (layer.first, layer.second) if isinstance(layer, Block) else (layer,)
        # Only the first convolution of a block is activated.
        return tuple(
            Convolution(part.weight, part.bias, precision=self._precision, activation=activation if not n else "none")
            for n, part in enumerate(parts)
        )

    def values(self, codes: Codes) -> Tensor:
        """Return the sums that leave the last convolution, in codes, for all but the outer `margin` samples."""
        picture = self._copies(codes)
        value = self._first(picture)
        for layer, *second in self._hidden:
            changed = layer(value)
            value = second[0](changed).add_(inner(value, 2)) if second else changed
        if self._base is None:
            return self._last(value.float())
        cut = self.net.margin // self.net.step - self._base_radius
        return self._last(value, add=self._base(inner(picture, cut)))

    def codes(self, values: Tensor, codes: Codes) -> Codes:
        """Return the enlarged luma of the values that `values` gave for `codes`."""
        whole = values.round_().permute(0, 2, 3, 1).contiguous().to(torch.int16).numpy()[0]
        large = shuffled(whole, self._block)
        if self._base is not None:
            m, scale = self.net.margin, self.net.scale
            rows = _widened(codes[0, m : codes.shape[1] - m, m : codes.shape[2] - m], scale)
            large = large.reshape(rows.shape[0], scale, rows.shape[1])
            large += rows[:, None]
        large = large.reshape(1, -1, large.shape[-1])
        return np.clip(large, 0, self.peak, out=large).astype(codes.dtype)

    def _copies(self, codes: Codes) -> Tensor:
        """Return the codes as the channels that the first convolution has weights for: (1, channels, rows, columns)."""
        folded = unshuffled(codes[0], self.net.step)
        if self._precision != torch.float32:
            low = folded & _LOW_BITS
            folded = twice(folded) if self.bits == 8 else np.concatenate((twice(folded - low), low), axis=-1)
        whole = folded if folded.dtype == np.uint8 else folded.view(np.int16)
        return torch.from_numpy(whole).to(self._precision)[None].permute(0, 3, 1, 2)


def folded_base(scale: int, fold: int) -> Tensor:
    """Return the kernels that, from pictures folded `fold` x `fold` into channels, make bicubic less nearest.

    The result is to be shuffled by `fold * scale`; each kernel sums to zero.
    """
    kernel = bicubic_kernel(scale).reshape(scale, scale, 5, 5).clone()
    kernel[:, :, BASE_RADIUS, BASE_RADIUS] -= 1
    radius, block = -(-BASE_RADIUS // fold), fold * scale
    wide = torch.zeros(block, block, fold, fold, 2 * radius + 1, 2 * radius + 1)
    for row, column in np.ndindex(block, block):
        for down, right in np.ndindex(5, 5):
            y, x = row // scale + down - BASE_RADIUS, column // scale + right - BASE_RADIUS
            tap = kernel[row % scale, column % scale, down, right]
            wide[row, column, y % fold, x % fold, y // fold + radius, x // fold + radius] += tap
    return wide.reshape(block * block, fold * fold, 2 * radius + 1, 2 * radius + 1)


def _widened(plane: Codes, scale: int) -> NDArray[np.int16]:
    """Return a plane with each sample `scale` times in its row."""
    if scale == 2:
        # Two of them are one number of twice the width, six times as fast as np.repeat.
        return (plane.astype(np.int32) * 0x10001).view(np.int16)
    return np.repeat(plane.astype(np.int16), scale, axis=1)


def shuffled(values: NDArray[np.int16], block: int) -> NDArray[np.int16]:
    """Return (rows, columns, block * block) as (rows * block, columns * block): a pixel shuffle, channels last."""
    rows, columns, _ = values.shape
    # Copying whole rows of a block as one number each is ten times as fast as number by number.
    kind = _WORDS.get(2 * block, np.dtype(f"V{2 * block}"))
    turned = np.ascontiguousarray(values.view(kind).transpose(0, 2, 1))
    return turned.view(np.int16).reshape(rows * block, columns * block)


def unshuffled(plane: Codes, block: int) -> Codes:
    """Return (rows, columns) as (rows / block, columns / block, block * block): a pixel unshuffle, channels last."""
    rows, columns = plane.shape
    parts = np.ascontiguousarray(plane).view(_WORDS[block * plane.itemsize])
    turned = np.ascontiguousarray(parts.reshape(rows // block, block, columns // block).transpose(0, 2, 1))
    return cast(Codes, turned.view(plane.dtype))


def twice(folded: Codes) -> Codes:
    """Return (rows, columns, channels) with all channels repeated after themselves."""
    rows, columns, channels = folded.shape
    width = channels * folded.itemsize
    words: NDArray[np.generic] = folded.view(_WORDS[width])
    if width == 8:
        return cast(Codes, np.repeat(words, 2, axis=-1).view(folded.dtype))
    # A word twice as wide holds the pair after one multiplication, five times as fast as np.repeat.
    wide = words.astype(_WORDS[2 * width])
    wide *= np.array(1 + (1 << (8 * width)), wide.dtype)
    return cast(Codes, wide.view(folded.dtype).reshape(rows, columns, 2 * channels))
