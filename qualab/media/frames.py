"""Pictures of a clip as numpy planes: decoded one by one, scaled by swscale, written losslessly."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from qualab.errors import MediaError, StorageError
from qualab.media.probe import STILLS, ClipInfo, open_clip

# Accurate rounding and full chroma make swscale's result the same on every processor.
SWS_FLAGS = "accurate_rnd+full_chroma_int+bitexact"

Plane = NDArray[np.uint8]


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
        """Return a picture of a luma plane alone."""
        chroma = np.full((luma.shape[0] // 2, luma.shape[1] // 2), 128, np.uint8)
        return cls(luma, chroma, chroma)

    @property
    def width(self) -> int:
        """Width in luma samples, even."""
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        """Height in luma samples, even."""
        return int(self.y.shape[0])


class Scaler:
    """swscale from one picture size to another; `method` is bilinear, bicubic or lanczos, `flags` what is recorded."""

    def __init__(self, source: tuple[int, int], target: tuple[int, int], method: str) -> None:
        self.flags = f"{method}+{SWS_FLAGS}"
        self._graph = av.filter.Graph()
        self._source = self._graph.add_buffer(
            width=source[0], height=source[1], format=av.VideoFormat("yuv420p"), time_base=Fraction(1, 1000)
        )
        scale = self._graph.add("scale", f"{target[0]}:{target[1]}:flags={self.flags}")
        sink = self._graph.add("buffersink")
        self._source.link_to(scale)
        scale.link_to(sink)
        self._graph.configure()
        self._count = 0

    def __call__(self, picture: Picture) -> Picture:
        """Return the picture at the target size."""
        frame = _to_frame(picture)
        frame.pts = self._count
        self._count += 1
        self._graph.push(frame)
        return _to_picture(self._graph.pull())


def read_pictures(
    path: Path, info: ClipInfo, *, name: str, start: int = 0, count: int | None = None
) -> Iterator[Picture]:
    """Yield the pictures numbered `start` .. `start + count - 1` (all to the end by default), exactly.

    Odd widths and heights lose their last column or row, because chroma is subsampled.

    Raises:
        MediaError: a picture is damaged or missing; names its number.
    """
    end = info.frames if count is None else min(info.frames, start + count)
    with open_clip(path, name=name) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        # Without it FFmpeg conceals damage and says nothing.
        stream.codec_context.options = {"err_detect": "crccheck+explode"}
        number = 0
        for frame in _decoded(container, stream, name):
            if number >= end:
                return
            if number >= start:
                if frame.is_corrupt:
                    raise _damaged(name, number, "damaged data")
                if (frame.width, frame.height) != (info.width, info.height):
                    raise _damaged(name, number, f"its size changes to {frame.width}x{frame.height}")
                yield _to_picture(frame)
            number += 1
    if number < end:
        raise MediaError(name, f"ends after frame {number} of {info.frames}", "give a complete file")


def read_still(path: Path) -> Picture:
    """Return a PNG, JPEG, BMP, TIFF or WebP picture as limited-range BT.601 4:2:0; odd sides lose one row or column."""
    with open_clip(path, name=path.name, formats=STILLS) as container:
        try:
            frame = next(container.decode(video=0))
        except (av.error.FFmpegError, StopIteration):
            raise MediaError(path.name, "is not a picture that can be decoded", "give a PNG or JPEG") from None
    return _to_picture(frame.reformat(format="yuv420p"))


class LosslessWriter:
    """Writes pictures to FFV1 in Matroska, the same bytes for the same pictures."""

    def __init__(self, path: Path, *, fps: Fraction, like: ClipInfo) -> None:
        self._path, self._fps, self._like = path, fps, like
        self._container: Any = None
        self._stream: Any = None
        self.frames = 0

    def __enter__(self) -> "LosslessWriter":
        return self

    def write(self, picture: Picture) -> None:
        """Append one picture; all have the size of the first."""
        if self._stream is None:
            self._open(picture)
        frame = _to_frame(picture)
        frame.pts, frame.time_base = self.frames, 1 / self._fps
        self._mux(frame)
        self.frames += 1

    def _open(self, picture: Picture) -> None:
        like = self._like
        with self._storage():
            self._container = av.open(str(self._path), "w", format="matroska", options={"fflags": "+bitexact"})
        options = {"level": "3", "slices": "4", "slicecrc": "1", "coder": "range_def", "flags": "+bitexact"}
        self._stream = self._container.add_stream("ffv1", rate=self._fps, options=options)
        context = self._stream.codec_context
        self._stream.width, self._stream.height, self._stream.pix_fmt = picture.width, picture.height, "yuv420p"
        context.time_base = 1 / self._fps
        context.colorspace, context.color_primaries, context.color_trc = like.matrix, like.primaries, like.transfer
        context.color_range = 2 if like.full_range else 1
        context.thread_count = 2

    def _mux(self, frame: Any) -> None:
        with self._storage():
            for packet in self._stream.encode(frame):
                self._container.mux(packet)

    @contextmanager
    def _storage(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise StorageError(self._path.name, f"cannot be written ({why})", "free space, then repeat") from None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._container is None:
            return
        if kind is not None:
            with suppress(OSError):
                self._container.close()
            return
        self._mux(None)
        with self._storage():
            self._container.close()


def _decoded(container: Any, stream: Any, name: str) -> Iterator[Any]:
    number = 0
    try:
        for frame in container.decode(stream):
            yield frame
            number += 1
    except av.error.FFmpegError as error:
        raise _damaged(name, number, str(error.strerror)) from None


def _damaged(name: str, number: int, why: str) -> MediaError:
    return MediaError(
        name, f"frame {number} cannot be decoded ({why})", "replace the file, or cut the segment before it"
    )


def _to_picture(frame: Any) -> Picture:
    width, height = frame.width & ~1, frame.height & ~1
    y, u, v = (
        np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[:rows, :columns]
        for plane, rows, columns in zip(
            frame.planes, (height, height // 2, height // 2), (width, width // 2, width // 2), strict=True
        )
    )
    return Picture(y, u, v)


def _to_frame(picture: Picture) -> Any:
    frame = av.VideoFrame(picture.width, picture.height, "yuv420p")
    for plane, values in zip(frame.planes, (picture.y, picture.u, picture.v), strict=True):
        target = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        target[: values.shape[0], : values.shape[1]] = values
    return frame
