"""Tiny luma pictures of a clip's frames: enough to tell which frame is which, at a fraction of a score's cost."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qualab.media.frames import Plane, read_pictures
from qualab.media.probe import ClipInfo

Proxies = NDArray[np.float32]
SIDE = 32
_ROWS = 64
# A repeated picture costs an encoder next to nothing: less than this share of what most pictures around it cost.
_CHEAP = 0.1
_AROUND = 12
# And less than so many bytes for every 16x16 samples of it.
_BLOCK_BYTES = 0.6
_LOSSLESS = ("ffv1", "huffyuv", "ffvhuff", "rawvideo", "utvideo", "prores", "mjpeg", "dnxhd")


def read_proxies(
    path: Path,
    info: ClipInfo,
    *,
    name: str,
    count: int | None = None,
    on_luma: Callable[[int, Plane], None] = lambda number, luma: None,
) -> Proxies:
    """Return the clip's first `count` frames (all by default) as (frames, SIDE * SIDE) means of luma, upright.

    Values are of 8 bits whatever the clip's depth. `on_luma` is told every frame's number and luma plane, which is
    only valid during the call. Raises as read_pictures.
    """
    proxies = []
    scale = np.float32(0.25 if info.pix_fmt.endswith("10le") else 1.0)
    for number, picture in enumerate(read_pictures(path, info, name=name, count=count)):
        on_luma(number, picture.y)
        proxies.append(_shrunk(picture.y) * scale)
    return np.stack(proxies)


def _shrunk(luma: Plane) -> Proxies:
    """Return means of SIDE columns' width over every 64th row, two rows each: aliasing down does not matter here."""
    height, width = luma.shape
    rows = luma[(2 * np.arange(_ROWS) + 1) * height // (2 * _ROWS)]
    edges = np.arange(SIDE) * width // SIDE
    sums = np.add.reduceat(rows, edges, axis=1, dtype=np.uint32)
    means = sums / np.maximum(np.diff(np.append(edges, width)), 1).astype(np.float32)
    shrunk: Proxies = means.reshape(SIDE, _ROWS // SIDE, SIDE).mean(axis=1, dtype=np.float32).ravel()
    return shrunk


def is_costly(info: ClipInfo) -> bool:
    """Say whether a frame takes about ten times as long to decode as one of a common codec."""
    return info.codec in _LOSSLESS


def cheap_packets(info: ClipInfo) -> set[int]:
    """Return the frames that by the size of their packets may show the picture before again.

    A repeated picture is next to nothing between coded ones, and just as large as the one before where each is coded
    by itself.
    """
    sizes = info.packet_bytes.astype(np.float64)
    if is_costly(info):
        return {int(place) + 1 for place in np.flatnonzero(np.diff(sizes) == 0)}
    most = [np.quantile(sizes[max(n - _AROUND, 0) : n + _AROUND + 1], 0.75) for n in range(len(sizes))]
    least = _BLOCK_BYTES * info.width * info.height / 256 + 64
    return {int(place) for place in np.flatnonzero((sizes < _CHEAP * np.asarray(most)) & (sizes < least))}
