"""What a network costs: floating point operations for a picture, and parameters."""

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

from qualab.upscalers.architectures.network import Network


def gflop(net: Network, *, width: int, height: int) -> float:
    """Return the GFLOP that the net's convolutions take for one input picture; a multiplication and an addition are 2.

    Counted from the shapes of one run without data, so it takes milliseconds and no memory at any size; the fixed
    convolution of a bicubic base is counted too.

    >>> from qualab.upscalers.architectures import ARCHITECTURES
    >>> round(gflop(ARCHITECTURES["lite"](2), width=640, height=360), 1)
    18.1
    """
    with torch.no_grad(), FakeTensorMode(allow_non_fake_inputs=True), FlopCounterMode(display=False) as counter:
        net(torch.empty(1, net.channels, height, width, device=net.device))
    return float(counter.get_total_flops()) / 1e9


def parameters(net: Network) -> int:
    """Return how many numbers of the net were trained."""
    return sum(value.numel() for value in net.parameters())
