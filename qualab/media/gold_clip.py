"""A copy that anyone sees is worse: soft, and in blocks."""

from dataclasses import replace

import numpy as np

from qualab.media.picture import Picture, Plane
from qualab.media.scaler import Scaler

# Of a picture's lines: how many fewer the softened copy has, and how many blocks lie above each other.
_SOFTER, _BLOCKS = 6, 45
_LEAST_SIDE = 4


class Spoiler:
    """Makes pictures of one size and format clearly worse: a sixth of the detail, half of it flat in blocks.

    Size, format and mean brightness stay. Deterministic, on every machine.
    """

    def __init__(self, size: tuple[int, int], pix_fmt: str) -> None:
        width, height = size
        small = (max(_LEAST_SIDE, width // _SOFTER), max(_LEAST_SIDE, height // _SOFTER))
        self._smaller = Scaler(size, small, "bicubic", pix_fmt=pix_fmt)
        self._larger = Scaler(small, size, "bilinear", pix_fmt=pix_fmt)
        self._side = max(4, height // _BLOCKS)

    def __call__(self, picture: Picture) -> Picture:
        """Return the spoiled picture."""
        soft = self._larger(self._smaller(picture))
        return replace(soft, y=_blocky(soft.y, self._side))


def _blocky(plane: Plane, side: int) -> Plane:
    """Return the mean of a plane and of itself with every block of `side` samples made flat."""
    rows, columns = (np.arange(0, length, side) for length in plane.shape)
    sums = np.add.reduceat(np.add.reduceat(plane.astype(np.float64), rows, axis=0), columns, axis=1)
    heights, widths = (np.diff([*starts, length]) for starts, length in zip((rows, columns), plane.shape, strict=True))
    flat = (sums / np.outer(heights, widths)).repeat(heights, axis=0).repeat(widths, axis=1)
    spoiled: Plane = np.rint((plane + flat) / 2).astype(plane.dtype)
    return spoiled
