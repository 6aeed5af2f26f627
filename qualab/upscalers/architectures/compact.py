"""SRVGGNetCompact of Real-ESRGAN: RGB convolutions with PReLU before one pixel shuffle, over the nearest sample."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from qualab.upscalers.architectures.network import Network, inner


class Compact(Network):
    """SRVGGNetCompact: Wang et al. 2021, arXiv 2107.10833, and its file realesrgan/archs/srvgg_arch.py.

    Where `shuffle`, the enlargement of the net itself, is more than `scale`, torch's bicubic (a = -0.75, without
    antialiasing) shrinks its result, as the x2 and x3 files of animevideov3 do. Tensors have the names that published
    files give them: convolutions and slopes in turns as `body.N`.
    """

    channels = 3
    unit = 255.0

    def __init__(self, scale: int, *, features: int = 64, convolutions: int = 16, shuffle: int | None = None) -> None:
        self._shuffle = shuffle or scale
        if self._shuffle < scale:
            raise ValueError(f"shuffle {self._shuffle} is less than the scale {scale}")
        # The bicubic that shrinks reaches less than one input sample.
        self._reach = int(self._shuffle > scale)
        super().__init__(scale, margin=convolutions + 2 + self._reach)
        layers: list[nn.Module] = []
        for before in (self.channels, *(features,) * convolutions):
            layers += [nn.Conv2d(before, features, 3), nn.PReLU(features)]
        layers.append(nn.Conv2d(features, self.channels * self._shuffle**2, 3))
        self.body = nn.ModuleList(layers)

    def enlarge(self, picture: Tensor) -> Tensor:
        """Return the enlarged RGB picture of all but the outer `margin` samples of each side."""
        first, *hidden = self.body
        value = first(picture)
        with self.lowered(picture):
            value = value.to(self.precision)
            for layer in hidden:
                value = F.prelu(value, layer.weight.to(value.dtype)) if isinstance(layer, nn.PReLU) else layer(value)
        nearest = inner(picture, self.margin - self._reach)
        detail = value.float().unflatten(1, (self.channels, -1))
        large = F.pixel_shuffle((detail + nearest[:, :, None]).flatten(1, 2), self._shuffle)
        return self._shrunk(large) if self._reach else large

    def _shrunk(self, large: Tensor) -> Tensor:
        size = [side // self._shuffle * self.scale for side in large.shape[-2:]]
        small = F.interpolate(large.to(torch.float32), size=size, mode="bicubic", align_corners=False)
        return inner(small, self.scale * self._reach)
