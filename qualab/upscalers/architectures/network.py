"""The contract of networks: tensors in, larger tensors out, whole or in bands."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

# Luma codes over 256, not 255: bfloat16 and float16 hold all 256 values exactly.
CODES = 256.0
SCALES = (2, 3, 4)
BASE_RADIUS = 2


class Network(nn.Module, ABC):
    """Enlarges pictures, (batch, channels, height, width), float32 in and out, by the whole number `scale`.

    `channels` is 1 for luma and 3 for RGB; a code of 8 bits is the value code / `unit`. `margin` is how many input
    samples around a sample its output depends on; inputs of `enlarge` have sides of multiples of `step`, beside the
    margins. A net that is not `is_local` looks at the whole picture and cannot work in bands; one that
    `is_traceable` runs the same operations on every picture of a size. `precision` is what its hidden layers compute
    in, in training and in use.
    """

    channels = 1
    unit = CODES
    step = 1
    is_local = True
    is_traceable = True

    def __init__(self, scale: int, *, margin: int) -> None:
        super().__init__()
        self.scale, self.margin = scale, margin
        self.precision = torch.float32

    def forward(self, picture: Tensor) -> Tensor:
        """Return the enlarged picture; outside its borders a picture goes on as its border samples."""
        height, width = picture.shape[-2:]
        enlarged = self.enlarge(self.padded(picture))
        return enlarged[..., : height * self.scale, : width * self.scale]

    def padded(self, picture: Tensor) -> Tensor:
        """Return the picture with its margins, and at the right and below up to the next multiple of `step`."""
        m = self.margin
        below, right = (-side % self.step for side in picture.shape[-2:])
        return F.pad(picture, (m, m + right, m, m + below), mode="replicate")

    @abstractmethod
    def enlarge(self, picture: Tensor) -> Tensor:
        """Return all but the outer `margin` samples of each side, enlarged."""

    def passes(self, size: tuple[int, int], target: tuple[int, int]) -> int:
        """Return how often a picture of (width, height) goes through the net to become `target` or larger.

        Once through a net that leaves the size as it is: such a net removes noise.
        """
        if self.scale == 1:
            return 1
        count, (width, height) = 0, size
        while width < target[0] or height < target[1]:
            count, width, height = count + 1, width * self.scale, height * self.scale
        return count

    @property
    def device(self) -> torch.device:
        """Where the net's weights are."""
        return next(self.parameters()).device

    def lowered(self, picture: Tensor) -> torch.autocast:
        """Return the context in which layers compute in `precision` on the picture's device."""
        lower = self.precision != torch.float32
        return torch.autocast(picture.device.type, dtype=self.precision if lower else None, enabled=lower)

    @contextmanager
    def exact(self) -> Iterator[None]:
        """Let the hidden layers compute in float32 meanwhile, without gradients."""
        precision, self.precision = self.precision, torch.float32
        try:
            with torch.no_grad():
                yield
        finally:
            self.precision = precision

    def settle(self) -> None:
        """Make a trained net ready for use; nets that need nothing do nothing."""


def bicubic_phases(scale: int, *, a: float = -0.6) -> NDArray[np.float64]:
    """Return the (scale, 5) taps that make the `scale` output samples of one input sample, each row summing to 1.

    Keys (1981), eq. 4, with swscale's a = -0.6; row p is the output at distance (p + 0.5) / scale - 0.5.
    """
    centre = (np.arange(scale) + 0.5) / scale - 0.5
    distance = np.abs(np.arange(-BASE_RADIUS, BASE_RADIUS + 1)[None, :] - centre[:, None])
    near = (a + 2) * distance**3 - (a + 3) * distance**2 + 1
    far = a * (distance**3 - 5 * distance**2 + 8 * distance - 4)
    taps = np.where(distance <= 1, near, np.where(distance < 2, far, 0.0))
    return np.asarray(taps / taps.sum(axis=1, keepdims=True))


def bicubic_kernel(scale: int) -> Tensor:
    """Return the (scale^2, 1, 5, 5) kernels that, before a pixel shuffle, are swscale's bicubic."""
    taps = bicubic_phases(scale)
    kernel = torch.tensor(np.einsum("pi,qj->pqij", taps, taps), dtype=torch.float32)
    return kernel.reshape(scale * scale, 1, 5, 5)


def inner(picture: Tensor, cut: int) -> Tensor:
    """Return a picture without its outer `cut` samples on each side."""
    return picture[..., cut : picture.shape[-2] - cut, cut : picture.shape[-1] - cut]
