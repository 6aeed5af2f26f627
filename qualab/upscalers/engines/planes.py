"""Codes to codes in tensors alone, on any device: a net on a batch of planes, and swscale's bicubic beside it."""

import numpy as np
import torch
from torch import Tensor

from qualab.upscalers.architectures.network import Network

_KEYS_A = -0.6


def enlarge_planes(net: Network, codes: Tensor, *, bits: int, target: tuple[int, int], rows: int | None) -> Tensor:
    """Return codes (batch, channels, height, width), uint8 or int16, enlarged by the net to `target` or more.

    `rows` is how many input rows to work on at a time; None for all of them.
    """
    for _ in range(net.passes((codes.shape[-1], codes.shape[-2]), target)):
        codes = _rounded(net_values(net, codes, bits=bits, rows=rows), net, bits).to(codes.dtype)
    return codes


def net_values(net: Network, codes: Tensor, *, bits: int, rows: int | None) -> Tensor:
    """Return what the net makes of codes, in its unit, before rounding."""
    picture = codes.to(torch.float32, memory_format=torch.channels_last).div_(_one(net, bits))
    if rows is None or rows >= codes.shape[-2]:
        return net(picture)  # type: ignore[no-any-return]
    height, width = picture.shape[-2:]
    padded = net.padded(picture)
    inside = padded.shape[-2] - 2 * net.margin
    bands = [
        net.enlarge(padded[..., top : min(top + rows, inside) + 2 * net.margin, :]) for top in range(0, inside, rows)
    ]
    return torch.cat(bands, dim=-2)[..., : height * net.scale, : width * net.scale]


def _rounded(values: Tensor, net: Network, bits: int) -> Tensor:
    return values.mul(_one(net, bits)).round_().clamp_(0, (1 << bits) - 1)


def _one(net: Network, bits: int) -> float:
    return net.unit * (1 << (bits - 8))


def bicubic_matrix(source: int, target: int, *, ratio: float) -> Tensor:
    """Return the (target, source) weights of swscale's bicubic along one axis, float32; rows sum to 1.

    `ratio` is how many target samples one source sample becomes; both begin at the same edge, beyond which the
    picture goes on as its border samples. Where it is below 1 the kernel is as wide as a target sample.
    """
    reach = max(1.0, 1 / ratio)
    centre = (np.arange(target) + 0.5) / ratio - 0.5
    first = np.floor(centre - 2 * reach).astype(int)
    taken = first[:, None] + np.arange(int(4 * reach) + 3)
    distance = np.abs(taken - centre[:, None]) / reach
    a = _KEYS_A
    near = (a + 2) * distance**3 - (a + 3) * distance**2 + 1
    far = a * (distance**3 - 5 * distance**2 + 8 * distance - 4)
    taps = np.where(distance <= 1, near, np.where(distance < 2, far, 0.0))
    taps /= taps.sum(axis=1, keepdims=True)
    matrix = np.zeros((target, source))
    np.add.at(matrix, (np.arange(target)[:, None], taken.clip(0, source - 1)), taps)
    return torch.from_numpy(matrix).to(torch.float32)


def resample_planes(codes: Tensor, down: Tensor, across: Tensor, *, bits: int) -> Tensor:
    """Return planes of codes scaled by a matrix for their columns and one for their rows."""
    scaled = down @ codes.to(torch.float32) @ across.T
    return scaled.round_().clamp_(0, (1 << bits) - 1).to(codes.dtype)
