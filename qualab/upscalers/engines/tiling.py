"""Nets on pictures of any size: in bands of rows, as high as memory is good for, with the pixels of the whole."""

import numpy as np
import torch

from qualab.upscalers.architectures.network import Network
from qualab.upscalers.engines.engine import Codes, Engine

MIN_ROWS = 16
# Larger blocks go back to the system when freed, and taking them anew costs more than a convolution in them.
_BLOCK_BYTES = 14 << 20
# Rows that neighbouring bands both need cost time; a band is at least this many times as high as its margin.
_MARGINS_HIGH = 6


def rows_per_band(engine: Engine, *, width: int, height: int) -> int:
    """Return how many input rows to work on at a time: all for a net that must see the whole picture."""
    net = engine.net
    if not net.is_local:
        return height
    rows = max(_BLOCK_BYTES // (engine.sample_bytes * width), _MARGINS_HIGH * net.margin, MIN_ROWS)
    # Equal bands: no small one is left at the end, and all but one run in tensors of one size.
    return _in_steps(-(-height // max(1, round(height / rows))), net)


def smaller(rows: int, net: Network) -> int | None:
    """Return the next smaller height of bands for a device that lacked memory, None where there is none."""
    return _in_steps(-(-rows // 2), net) if net.is_local and rows > MIN_ROWS else None


def enlarge_in_bands(engine: Engine, codes: Codes, *, rows: int, check: bool = False) -> Codes:
    """Return codes (channels, height, width) enlarged by the net, `rows` input rows at a time.

    Each band comes with the rows around it that the net sees, so that rounding apart it is as in the whole picture.

    Raises:
        FloatingPointError: `check` is set, and the net makes values that are not finite.
    """
    net = engine.net
    channels, height, width = codes.shape
    padded = padded_codes(codes, net)
    large = np.empty((channels, height * net.scale, width * net.scale), codes.dtype)
    for top in range(0, height, rows):
        band = padded[:, top : min(top + rows, padded.shape[1] - 2 * net.margin) + 2 * net.margin]
        values = engine.values(band)
        if check and not bool(torch.isfinite(values).all()):
            raise FloatingPointError
        enlarged = engine.codes(values, band)
        end = min(height, top + rows) * net.scale
        large[:, top * net.scale : end] = enlarged[:, : end - top * net.scale, : large.shape[2]]
    return large


def padded_codes(codes: Codes, net: Network) -> Codes:
    """Return the codes as `Network.padded` would: with margins, and up to the next multiple of `step`."""
    m = net.margin
    below, right = (-side % net.step for side in codes.shape[1:])
    return np.pad(codes, ((0, 0), (m, m + below), (m, m + right)), mode="edge")


def _in_steps(rows: int, net: Network) -> int:
    return -(-rows // net.step) * net.step
