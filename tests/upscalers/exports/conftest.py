"""Nets of every architecture with weights that let each layer matter, and pictures in the values of other tools."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.architectures.network import Network
from qualab.upscalers.card import Card


def make_net(name: str, scale: int = 2) -> Network:
    """Return a net whose every weight is random and whose results lie around mid-grey, neither black nor flat."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        net = ARCHITECTURES[name](scale).eval().requires_grad_(False)
        for value in net.parameters():
            torch.nn.init.normal_(value, std=value[0].numel() ** -0.5 if value.ndim > 1 else 0.02)
    made = net(make_picture(40, 40, channels=net.channels) * 255 / net.unit)
    last = [value for name, value in net.named_parameters() if name.endswith("bias")][-1]
    last += 0.5 - made.mean()
    return net


def make_picture(width: int, height: int, *, channels: int = 1, batch: int = 1) -> Tensor:
    """Return a picture (batch, channels, height, width) of 8-bit codes / 255: waves with noise."""
    across, down = torch.arange(width) * 0.3, torch.arange(height)[:, None] * 0.21
    waves = 128 + 60 * torch.sin(across + down / 2) * torch.cos(down)
    noise = torch.randn(batch, channels, height, width, generator=torch.Generator().manual_seed(1))
    return (waves + 12 * noise).round().clamp(0, 255) / 255


def in_shares(net: Network, picture: Tensor) -> Tensor:
    """Return what a net makes of codes / 255, as codes / 255: exported nets take and give these."""
    return (net(picture * 255 / net.unit) * net.unit / 255).clamp(0, 1)


@pytest.fixture
def wanted_of() -> Callable[[Network, Tensor], Tensor]:
    return in_shares


@pytest.fixture
def net() -> Callable[..., Network]:
    return make_net


@pytest.fixture
def card() -> Callable[..., Card]:
    def make(architecture: str, scale: int = 2) -> Card:
        return Card(
            id="own", architecture=architecture, scale=scale, sha256="ab" * 32, licence="MIT", description="ours"
        )

    return make


@pytest.fixture
def picture() -> Callable[..., Tensor]:
    return make_picture
