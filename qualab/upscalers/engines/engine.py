"""The contract of engines: what runs a net on codes, at the speed of the machine."""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from qualab.upscalers.architectures.network import Network

Codes = NDArray[np.unsignedinteger]


class Engine(ABC):
    """Runs a net on arrays (channels, rows, columns) of codes: uint8, or uint16 up to 1023 where `bits` is 10.

    `one` is the code whose value in the net is 1; `sample_bytes` is what the largest tensor on the way takes for each
    sample of the input.
    """

    sample_bytes: int

    def __init__(self, net: Network, *, bits: int) -> None:
        self.net, self.bits = net, bits
        self.peak = (1 << bits) - 1
        self.one = net.unit * (1 << (bits - 8))

    @abstractmethod
    def values(self, codes: Codes) -> Tensor:
        """Return what the net makes of codes that have its margins, before rounding."""

    @abstractmethod
    def codes(self, values: Tensor, codes: Codes) -> Codes:
        """Return as codes what `values` made of `codes`, enlarged and without margins."""
