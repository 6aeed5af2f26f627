"""Any net on a CPU as torch runs it: for nets of other libraries, which may do what a trace cannot hold."""

import numpy as np
import torch
from torch import Tensor

from qualab.upscalers.architectures.network import Network
from qualab.upscalers.engines.engine import Codes, Engine


class PlainEngine(Engine):
    """Calls `net.enlarge`."""

    def __init__(self, net: Network, *, bits: int) -> None:
        super().__init__(net, bits=bits)
        # No less than the result itself; what lies between is the other library's.
        self.sample_bytes = 4 * net.channels * net.scale**2

    def values(self, codes: Codes) -> Tensor:
        """Return the enlarged picture in the net's unit, float32."""
        picture = torch.from_numpy(codes.astype(np.float32))[None].contiguous(memory_format=torch.channels_last)
        return self.net.enlarge(picture / self.one)

    def codes(self, values: Tensor, codes: Codes) -> Codes:
        """Return the values as codes."""
        rounded = values[0].mul(self.one).round_().clamp_(0, self.peak).cpu().numpy()
        return rounded.astype(codes.dtype)
