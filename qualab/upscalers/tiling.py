"""A net on a large picture in bands of rows, with the pixels of the whole picture at once."""

import torch
import torch.nn.functional as F
from torch import Tensor

from qualab.upscalers.architectures import Network

MIN_ROWS = 16


def enlarge_in_bands(net: Network, luma: Tensor, *, rows: int) -> Tensor:
    """Return the enlarged luma, computed `rows` input rows at a time with the rows around them that the net sees."""
    margin, height = net.margin, luma.shape[-2]
    padded = F.pad(luma, (margin,) * 4, mode="replicate")
    bands = [net.enlarge(padded[..., top : min(top + rows, height) + 2 * margin, :]) for top in range(0, height, rows)]
    return torch.cat(bands, dim=-2)
