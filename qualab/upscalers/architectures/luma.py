"""Luma networks at input resolution: convolutions before one pixel shuffle, over a bicubic base."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from qualab.upscalers.architectures.network import BASE_RADIUS, Network, bicubic_kernel, inner

_FIRST_GAIN = 4.0


class Block(nn.Module):
    """Two 3x3 convolutions with ReLU between them, added to their input: He et al. 2016, without normalisation."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(width, width, 3), nn.Conv2d(width, width, 3)

    def forward(self, value: Tensor) -> Tensor:
        """Return all but the outer 2 samples of each side."""
        changed: Tensor = self.second(F.relu(self.first(value), inplace=True))
        return inner(value, 2) + changed


class LumaNet(Network):
    """A stack of convolutions before one pixel shuffle.

    With `residual`, the stack adds to swscale's bicubic, which is a fixed convolution in float32 here, and its first
    kernels sum to zero: only differences of luma reach the stack, so that it treats dark and light alike and a
    constant picture stays as it is. `fold` = 2 first stacks every 2 x 2 samples as channels: a quarter of the work.
    `blocks` skip connections stand before the last layer.
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
        fold: int = 1,
        blocks: int = 0,
    ) -> None:
        radius = fold * (sum(kernel // 2 for kernel in kernels) + 2 * blocks)
        super().__init__(scale, margin=max(radius, BASE_RADIUS))
        self.residual, self.tanh, self.fold, self.step = residual, tanh, fold, fold
        channels = (fold * fold, *widths, (fold * scale) ** 2)
        shapes = zip(channels, channels[1:], kernels, strict=False)
        layers: list[nn.Module] = [nn.Conv2d(before, after, kernel) for before, after, kernel in shapes]
        layers[-1:-1] = [Block(widths[-1]) for _ in range(blocks)]
        self.layers = nn.ModuleList(layers)
        self.register_buffer("base", bicubic_kernel(scale), persistent=False)
        self._start()

    def enlarge(self, picture: Tensor) -> Tensor:
        """Return the enlarged luma of all but the outer `margin` samples of each side."""
        detail = self.detail(picture)
        if not self.residual:
            return detail
        return detail + F.pixel_shuffle(F.conv2d(inner(picture, self.margin - BASE_RADIUS), self.base), self.scale)

    def detail(self, picture: Tensor) -> Tensor:
        """Return what the stack makes, float32, in the enlarged size."""
        first, *hidden, last = self.layers
        assert isinstance(first, nn.Conv2d)
        assert isinstance(last, nn.Conv2d)
        weight: Tensor = first.weight
        if self.residual:
            weight = weight - weight.mean(dim=(1, 2, 3), keepdim=True)
        folded = F.pixel_unshuffle(picture, self.fold) if self.fold > 1 else picture
        value = F.conv2d(folded, weight, first.bias).to(self.precision)
        with self.lowered(picture):
            value = self._activated(value)
            for layer in hidden:
                value = layer(value) if isinstance(layer, Block) else self._activated(layer(value))
            if self.residual:
                value = last(value)
        # Without a base to add to, 8 bits of precision in the last layer would be steps in the picture.
        value = value.float() if self.residual else F.conv2d(value.float(), last.weight, last.bias)
        return F.pixel_shuffle(value, self.fold * self.scale)

    def settle(self) -> None:
        """Shift the last biases so that the stack adds nothing to a constant picture."""
        last = self.layers[-1]
        if not self.residual or not isinstance(last, nn.Conv2d) or last.bias is None:
            return
        side = 2 * self.margin + self.fold
        with self.exact():
            added = self.detail(torch.zeros(1, 1, side, side, device=self.base.device))
            last.bias -= F.pixel_unshuffle(added, self.fold * self.scale).flatten()

    def _start(self) -> None:
        """Set weights to learn from: He et al. 2015 for ReLU, and an empty residual."""
        first, *hidden, last = self.layers
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="tanh" if self.tanh else "relu")
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
        if self.residual:
            # Differences of luma are small; without this the first steps of Adam outweigh them and all units die.
            first.weight.data.mul_(_FIRST_GAIN)  # type: ignore[operator]
            last.weight.data.zero_()  # type: ignore[operator]
        for block in hidden:
            if isinstance(block, Block):
                nn.init.zeros_(block.second.weight)

    def _activated(self, value: Tensor) -> Tensor:
        return torch.tanh(value) if self.tanh else F.relu(value, inplace=True)
