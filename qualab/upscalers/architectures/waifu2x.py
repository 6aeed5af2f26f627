"""The nets of waifu2x (nagadomi, github.com/nagadomi/waifu2x): upconv_7, and cunet, two U-nets in a row, on RGB."""

from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from qualab.upscalers.architectures.network import Network, inner

SLOPE = 0.1


class UpConv7(Network):
    """Six 3x3 convolutions and a 4x4 deconvolution of stride 2, all on the input's resolution."""

    channels = 3
    unit = 255.0

    def __init__(self, scale: int) -> None:
        if scale != 2:
            raise ValueError("upconv_7 enlarges by 2")
        super().__init__(scale, margin=7)
        widths = (self.channels, 16, 32, 64, 128, 128, 256)
        self.layers = nn.ModuleList(nn.Conv2d(*pair, 3) for pair in pairwise(widths))
        self.last = nn.ConvTranspose2d(widths[-1], self.channels, 4, stride=2, padding=3)

    def enlarge(self, picture: Tensor) -> Tensor:
        """Return the enlarged RGB picture of all but the outer `margin` samples of each side."""
        first, *hidden = self.layers
        value = _leaky(first(picture)).to(self.precision)
        with self.lowered(picture):
            for layer in hidden:
                value = _leaky(layer(value))
        # Without a base to add to, 8 bits of precision in the last layer would be steps in the picture.
        enlarged: Tensor = self.last(value.float())
        return enlarged


class Cunet(Network):
    """Two U-nets, the second correcting the first; the first enlarges where `scale` is 2, at 1 they denoise.

    Squeeze and excitation weighs channels by their mean over the whole picture, so the net is not local.
    """

    channels = 3
    unit = 255.0
    is_local = False

    def __init__(self, scale: int) -> None:
        if scale not in (1, 2):
            raise ValueError("cunet enlarges by 1 or 2")
        super().__init__(scale, margin=18 if scale == 2 else 28)
        self.step = 4 // scale
        self.first, self.second = _UNet(scale), _DeepUNet()

    def enlarge(self, picture: Tensor) -> Tensor:
        """Return the enlarged RGB picture of all but the outer `margin` samples of each side."""
        enlarged: Tensor = self.first(picture, self)
        correction: Tensor = self.second(enlarged, self)
        return inner(enlarged, 20) + correction


class _Pair(nn.Module):
    """Two 3x3 convolutions, then channels weighed by their means: Hu et al. 2018, arXiv 1709.01507."""

    def __init__(self, before: int, between: int, after: int, squeezed: int) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(before, between, 3), nn.Conv2d(between, after, 3)
        self.squeeze, self.excite = nn.Conv2d(after, squeezed, 1), nn.Conv2d(squeezed, after, 1)

    def forward(self, value: Tensor) -> Tensor:
        value = _leaky(self.second(_leaky(self.first(value))))
        mean = value.mean((2, 3), keepdim=True)
        weights: Tensor = self.excite(F.relu(self.squeeze(mean))).sigmoid()
        return value * weights


class _UNet(nn.Module):
    def __init__(self, scale: int) -> None:
        super().__init__()
        self.head, self.top = nn.Conv2d(3, 32, 3), nn.Conv2d(32, 64, 3)
        self.down = nn.Conv2d(64, 64, 2, stride=2)
        self.middle = _Pair(64, 128, 64, 8)
        self.up = nn.ConvTranspose2d(64, 64, 2, stride=2)
        self.bottom = nn.Conv2d(64, 64, 3)
        self.last = nn.ConvTranspose2d(64, 3, 4, stride=2, padding=3) if scale == 2 else nn.Conv2d(64, 3, 3)

    def forward(self, picture: Tensor, net: Network) -> Tensor:
        value = _leaky(self.head(picture))
        with net.lowered(picture):
            top = _leaky(self.top(value))
            value = inner(top, 4) + _leaky(self.up(self.middle(_leaky(self.down(top)))))
            value = _leaky(self.bottom(value))
        # Without a base to add to, 8 bits of precision in the last layer would be steps in the picture.
        output: Tensor = self.last(value.float())
        return output


class _DeepUNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.head, self.top = nn.Conv2d(3, 32, 3), nn.Conv2d(32, 64, 3)
        self.down = nn.Conv2d(64, 64, 2, stride=2)
        self.upper = _Pair(64, 64, 128, 16)
        self.deep_down = nn.Conv2d(128, 128, 2, stride=2)
        self.middle = _Pair(128, 256, 128, 16)
        self.deep_up = nn.ConvTranspose2d(128, 128, 2, stride=2)
        self.lower = _Pair(128, 64, 64, 8)
        self.up = nn.ConvTranspose2d(64, 64, 2, stride=2)
        self.bottom = nn.Conv2d(64, 64, 3)
        self.last = nn.Conv2d(64, 3, 3)

    def forward(self, picture: Tensor, net: Network) -> Tensor:
        value = _leaky(self.head(picture))
        with net.lowered(picture):
            top = _leaky(self.top(value))
            upper = self.upper(_leaky(self.down(top)))
            value = self.middle(_leaky(self.deep_down(upper)))
            value = self.lower(inner(upper, 4) + _leaky(self.deep_up(value)))
            value = _leaky(self.bottom(inner(top, 16) + _leaky(self.up(value))))
        output: Tensor = self.last(value.float())
        return output


def _leaky(value: Tensor) -> Tensor:
    """Return a layer's output, which is overwritten, after ncnn's `9=2 -23310=1,0.1`."""
    return F.leaky_relu(value, SLOPE, inplace=True)
