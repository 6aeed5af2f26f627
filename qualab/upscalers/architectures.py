"""The shapes of luma networks: plain stacks of convolutions before one pixel shuffle, as modules."""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

# Luma codes over 256, not 255: bfloat16 and float16 hold all 256 values exactly.
CODES = 256.0
SCALES = (2, 3, 4)
_BASE_RADIUS = 2
_FIRST_GAIN = 4.0


def bicubic_phases(scale: int, *, a: float = -0.6) -> NDArray[np.float64]:
    """Return the (scale, 5) taps that make the `scale` output samples of one input sample, each row summing to 1.

    Keys (1981), eq. 4, with swscale's a = -0.6; row p is the output at distance (p + 0.5) / scale - 0.5.
    """
    centre = (np.arange(scale) + 0.5) / scale - 0.5
    distance = np.abs(np.arange(-_BASE_RADIUS, _BASE_RADIUS + 1)[None, :] - centre[:, None])
    near = (a + 2) * distance**3 - (a + 3) * distance**2 + 1
    far = a * (distance**3 - 5 * distance**2 + 8 * distance - 4)
    taps = np.where(distance <= 1, near, np.where(distance < 2, far, 0.0))
    return np.asarray(taps / taps.sum(axis=1, keepdims=True))


class LumaNet(nn.Module):
    """Enlarges luma, (batch, 1, height, width) in codes / 256, by `scale`; float32 in and out.

    With `residual`, the stack adds to swscale's bicubic, which is a fixed convolution in float32 here, and its first
    kernels sum to zero: only differences of luma reach the stack, so that it treats dark and light alike and a
    constant picture stays as it is. `precision` is what the hidden layers compute in, in training and in use.
    """

    base: Tensor

    def __init__(
        self,
        scale: int,
        *,
        kernels: tuple[int, ...],
        widths: tuple[int, ...],
        tanh: bool = False,
        residual: bool = True,
    ) -> None:
        super().__init__()
        self.scale, self.residual, self.tanh = scale, residual, tanh
        self.precision = torch.float32
        channels = (1, *widths, scale * scale)
        shapes = zip(channels, channels[1:], kernels, strict=False)
        self.layers = nn.ModuleList(nn.Conv2d(before, after, kernel) for before, after, kernel in shapes)
        self.margin = max(_BASE_RADIUS, sum(kernel // 2 for kernel in kernels))
        taps = bicubic_phases(scale)
        base = torch.tensor(np.einsum("pi,qj->pqij", taps, taps), dtype=torch.float32)
        self.register_buffer("base", base.reshape(scale * scale, 1, 5, 5), persistent=False)
        self._start()

    def forward(self, luma: Tensor) -> Tensor:
        """Return the enlarged luma; outside its borders a picture goes on as its border samples."""
        return self.enlarge(F.pad(luma, (self.margin,) * 4, mode="replicate"))

    def enlarge(self, luma: Tensor) -> Tensor:
        """Return the enlarged luma of all but the outer `margin` samples of each side."""
        detail = self.detail(luma)
        if self.residual:
            cut = self.margin - _BASE_RADIUS
            inner = luma[..., cut : luma.shape[-2] - cut, cut : luma.shape[-1] - cut]
            detail = detail + F.conv2d(inner, self.base)
        return F.pixel_shuffle(detail, self.scale)

    def detail(self, luma: Tensor) -> Tensor:
        """Return the stack's output before the pixel shuffle, float32."""
        first, *hidden, last = self._convolutions()
        weight: Tensor = first.weight
        if self.residual:
            weight = weight - weight.mean(dim=(2, 3), keepdim=True)
        value = F.conv2d(luma, weight, first.bias).to(self.precision)
        lower = self.precision != torch.float32
        with torch.autocast(luma.device.type, dtype=self.precision if lower else None, enabled=lower):
            value = self._activated(value)
            for layer in hidden:
                value = self._activated(layer(value))
            if self.residual:
                value = last(value)
        # Without a base to add to, 8 bits of precision in the last layer would be steps in the picture.
        return value.float() if self.residual else F.conv2d(value.float(), last.weight, last.bias)

    def settle(self) -> None:
        """Shift the last biases so that the stack adds nothing to a constant picture."""
        last = self._convolutions()[-1]
        if not self.residual or last.bias is None:
            return
        side = 2 * self.margin + 1
        precision, self.precision = self.precision, torch.float32
        with torch.no_grad():
            last.bias -= self.detail(torch.zeros(1, 1, side, side, device=self.base.device)).flatten()
        self.precision = precision

    def _start(self) -> None:
        """Set weights to learn from: He et al. 2015 for ReLU, and an empty residual."""
        convolutions = self._convolutions()
        for layer in convolutions:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="tanh" if self.tanh else "relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        if self.residual:
            # Differences of luma are small; without this the first steps of Adam outweigh them and all units die.
            convolutions[0].weight.data.mul_(_FIRST_GAIN)
            convolutions[-1].weight.data.zero_()

    def _convolutions(self) -> list[nn.Conv2d]:
        return [layer for layer in self.layers if isinstance(layer, nn.Conv2d)]

    def _activated(self, value: Tensor) -> Tensor:
        return torch.tanh(value) if self.tanh else F.relu(value, inplace=True)


# Shi et al. 2016, arXiv 1609.05158: the paper's net; then its layers with ReLU over a bicubic base; then a thinner,
# deeper one.
ARCHITECTURES: dict[str, Callable[[int], LumaNet]] = {
    "espcn": partial(LumaNet, kernels=(5, 3, 3), widths=(64, 32), tanh=True, residual=False),
    "espcn-relu": partial(LumaNet, kernels=(5, 3, 3), widths=(64, 32)),
    "lite": partial(LumaNet, kernels=(3, 3, 3, 3, 3, 3), widths=(32, 32, 32, 32, 32)),
}
