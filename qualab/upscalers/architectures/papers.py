"""Networks of the first papers: SRCNN on a picture enlarged before, FSRCNN with a deconvolution at its end."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from qualab.upscalers.architectures.network import BASE_RADIUS, Network, bicubic_kernel, inner


class Srcnn(Network):
    """Three convolutions on luma that swscale's bicubic has enlarged: Dong et al. 2014, arXiv 1501.00092, section 3.

    With `residual` they correct the bicubic instead of making the picture, and their first kernels sum to zero, so
    that a constant picture stays as it is.
    """

    base: Tensor

    def __init__(self, scale: int, *, kernels: tuple[int, int, int], residual: bool = False) -> None:
        self._radius = sum(kernel // 2 for kernel in kernels)
        super().__init__(scale, margin=BASE_RADIUS + -(-self._radius // scale))
        self.residual = residual
        channels = (1, 64, 32, 1)
        shapes = zip(channels, channels[1:], kernels, strict=False)
        self.layers = nn.ModuleList(nn.Conv2d(before, after, kernel) for before, after, kernel in shapes)
        self.register_buffer("base", bicubic_kernel(scale), persistent=False)
        for layer in self.layers:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")  # type: ignore[arg-type]
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        if residual:
            self.layers[0].weight.data.mul_(4.0)  # type: ignore[operator]
            self.layers[-1].weight.data.zero_()  # type: ignore[operator]

    def enlarge(self, picture: Tensor) -> Tensor:
        """Return the enlarged luma of all but the outer `margin` samples of each side."""
        large = F.pixel_shuffle(F.conv2d(picture, self.base), self.scale)
        extra = self.scale * (self.margin - BASE_RADIUS)
        correction = self._stack(inner(large, extra - self._radius))
        return inner(large, extra) + correction if self.residual else correction

    def _stack(self, large: Tensor) -> Tensor:
        first, second, last = self.layers
        weight: Tensor = first.weight  # type: ignore[assignment]
        if self.residual:
            weight = weight - weight.mean(dim=(2, 3), keepdim=True)
        value = F.relu(F.conv2d(large, weight, first.bias).to(self.precision), inplace=True)  # type: ignore[arg-type]
        with self.lowered(large):
            value = F.relu(second(value), inplace=True)
        # Without a base to add to, 8 bits of precision in the last layer would be steps in the picture.
        return F.conv2d(value.float(), last.weight, last.bias)  # type: ignore[arg-type]

    def settle(self) -> None:
        """Shift the last bias so that a constant picture is not corrected."""
        if self.residual:
            side = 2 * self._radius + 1
            with self.exact():
                self.layers[-1].bias -= self._stack(torch.zeros(1, 1, side, side, device=self.base.device)).flatten()  # type: ignore[operator]


class Fsrcnn(Network):
    """FSRCNN(56, 12, 4): Dong et al. 2016, arXiv 1608.00367, section 3.4: shrink, map, expand, 9x9 deconvolution."""

    def __init__(self, scale: int, *, d: int = 56, s: int = 12, m: int = 4) -> None:
        # The deconvolution's 9 taps reach 4 output samples to each side of the one they are centred on.
        self._reach = -(-4 // scale) + 1
        super().__init__(scale, margin=2 + m + self._reach)
        widths, kernels = (1, d, s, *(s,) * m, d), (5, 1, *(3,) * m, 1)
        shapes = zip(widths, widths[1:], kernels, strict=False)
        self.layers = nn.ModuleList(nn.Conv2d(before, after, kernel) for before, after, kernel in shapes)
        self.slopes = nn.ParameterList(torch.full((width,), 0.25) for width in widths[1:])
        self.last = nn.ConvTranspose2d(d, 1, 9, stride=scale, padding=4, output_padding=scale - 1)
        for layer in self.layers:
            nn.init.kaiming_normal_(layer.weight, a=0.25)  # type: ignore[arg-type]
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        nn.init.normal_(self.last.weight, std=0.001)
        nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]

    def enlarge(self, picture: Tensor) -> Tensor:
        """Return the enlarged luma of all but the outer `margin` samples of each side."""
        first, *hidden = self.layers
        value = F.prelu(first(picture), self.slopes[0]).to(self.precision)
        with self.lowered(picture):
            for layer, slope in zip(hidden, list(self.slopes)[1:], strict=True):
                value = F.prelu(layer(value), slope.to(value.dtype))
        return inner(self.last(value.float()), self.scale * self._reach)
