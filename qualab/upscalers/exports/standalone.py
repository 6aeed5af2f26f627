"""A net as other tools take it: codes / 255 in and out, and what its file says of itself."""

import torch
from torch import Tensor, nn

from qualab import __version__
from qualab.upscalers.architectures.network import Network
from qualab.upscalers.card import Card

# What other tools divide 8-bit codes by.
FULL = 255.0
INPUT, OUTPUT = "x", "y"


class Standalone(nn.Module):
    """A net that takes and gives codes / 255, as other tools hand pictures over, and keeps to 0..1."""

    def __init__(self, net: Network) -> None:
        super().__init__()
        self.net = net
        self._there, self._back = FULL / net.unit, net.unit / FULL

    def forward(self, picture: Tensor) -> Tensor:
        """Return the enlarged picture, (batch, channels, height, width), in 0..1."""
        enlarged: Tensor = self.net(picture * self._there)
        return (enlarged * self._back).clamp(0.0, 1.0)


def example(net: Network) -> Tensor:
    """Return a picture to trace the net with; sides that differ and are odd cannot pass for each other."""
    return torch.rand(2, net.channels, 37, 45, generator=torch.Generator().manual_seed(1))


def description(net: Network, card: Card) -> dict[str, str]:
    """Return what a file says about itself: whose weights these are, and what goes in and out."""
    planes = "luma" if net.channels == 1 else "RGB"
    return {
        "id": card.id,
        "architecture": card.architecture,
        "scale": str(card.scale),
        "sha256": card.sha256,
        "licence": card.licence,
        "description": card.description,
        "input": f"{INPUT}: {planes}, float32, (batch, {net.channels}, height, width), 8-bit code / {FULL:.0f}",
        "output": f"{OUTPUT}: the same, {card.scale} times as high and as wide, in 0..1",
        "producer": f"qualab {__version__}",
    }
