"""One picture as numpy planes, and its way to and from PyAV's frames."""

from dataclasses import dataclass, replace

import av
import numpy as np
from av.video.plane import VideoPlane
from numpy.typing import NDArray

from qualab.media.pixel_formats import PIXEL_FORMATS

Plane = NDArray[np.unsignedinteger]


@dataclass(frozen=True)
class Picture:
    """One picture: `y` is (height, width), `u` and `v` as `pix_fmt` says; code values as in the clip.

    `pix_fmt` is FFmpeg's name: yuv420p, yuv422p, yuv444p (uint8), or these with 10le (uint16, 0..1023). Of odd sides
    the subsampled planes have the larger half. `matrix` is H.273's code point of the clip's colour matrix.
    """

    y: Plane
    u: Plane
    v: Plane
    pix_fmt: str = "yuv420p"
    matrix: int = 2
    full_range: bool = False

    @classmethod
    def grey(cls, luma: Plane) -> "Picture":
        """Return a 4:2:0 picture of a luma plane alone: of 8 bits where it is uint8, else of 10."""
        pix_fmt = "yuv420p" if luma.dtype == np.uint8 else "yuv420p10le"
        layout = PIXEL_FORMATS[pix_fmt]
        width, height = layout.chroma_size(luma.shape[1], luma.shape[0])
        chroma = np.full((height, width), 1 << (layout.bits - 1), luma.dtype)
        return cls(luma, chroma, chroma, pix_fmt)

    @property
    def width(self) -> int:
        """Width in luma samples."""
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        """Height in luma samples."""
        return int(self.y.shape[0])

    @property
    def bits(self) -> int:
        """Bits per sample: 8 or 10."""
        return PIXEL_FORMATS[self.pix_fmt].bits

    @property
    def chroma_shifts(self) -> tuple[int, int]:
        """By how many powers of two chroma is smaller than luma, across and down: (1, 1) for 4:2:0."""
        layout = PIXEL_FORMATS[self.pix_fmt]
        return layout.dx, layout.dy

    def cropped(self, size: tuple[int, int]) -> "Picture":
        """Return the upper left part of `size` (width, height)."""
        width, height = PIXEL_FORMATS[self.pix_fmt].chroma_size(*size)
        u, v = (plane[:height, :width] for plane in (self.u, self.v))
        return replace(self, y=self.y[: size[1], : size[0]], u=u, v=v)


def to_frame(planes: tuple[Plane, ...], pix_fmt: str) -> av.VideoFrame:
    """Return planes as a PyAV frame; it carries no colour tags."""
    frame = av.VideoFrame(planes[0].shape[1], planes[0].shape[0], pix_fmt)
    for target, values in zip(plane_views(frame), planes, strict=True):
        target[:] = values
    return frame


def plane_views(frame: av.VideoFrame) -> list[Plane]:
    """Return a PyAV frame's planes as arrays that share its memory."""
    kind = np.uint8 if frame.format.components[0].bits == 8 else np.uint16
    return [_view(plane, kind) for plane in frame.planes]


def _view(plane: VideoPlane, kind: type[np.unsignedinteger]) -> Plane:
    return np.frombuffer(memoryview(plane), kind).reshape(plane.height, -1)[:, : plane.width]


def extended(plane: Plane, size: tuple[int, int]) -> Plane:
    """Return a plane made as large as `size` (width, height) by repeating its last column and row."""
    height, width = plane.shape
    if (width, height) == size:
        return plane
    return np.pad(plane, ((0, size[1] - height), (0, size[0] - width)), mode="edge")
