"""Clips of our own: FFV1 in Matroska, mathematically lossless, with a checksum on every slice."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
from av.container import OutputContainer

from qualab.errors import StorageError
from qualab.media.picture import Picture, to_frame
from qualab.media.pixel_formats import PIXEL_FORMATS
from qualab.media.prefetch import WriteBehind
from qualab.media.probe import ClipInfo

# Golomb-Rice with the large context costs two thirds of the range coder's time and gives smaller files on real clips.
# It is for 8 bits only. The number of slices decides the bytes, the number of threads does not.
# Every frame is a key frame, so that a dashboard finds any of them at once.
_OPTIONS = {"g": "1", "level": "3", "slicecrc": "1", "context": "1", "flags": "+bitexact"}
_CODERS = {8: "rice", 10: "range_tab"}
_SLICES = 16
_GRIDS = sorted(
    ((across, down) for down in range(2, 33) for across in range(down, 2 * down + 1)),
    key=lambda grid: (abs(grid[0] * grid[1] - _SLICES), grid),
)


class LosslessWriter:
    """Writes pictures to FFV1 in Matroska, in a thread of its own; the same bytes for the same pictures.

    The tags are those of `like`, a rotation aside: pictures are upright. `threads` are FFmpeg's, all cores by default.

    Raises:
        StorageError: the file cannot be written; comes out of a later `write` or of the end of the block.
    """

    def __init__(self, path: Path, *, fps: Fraction, like: ClipInfo, threads: int | None = None) -> None:
        self._path, self._fps, self._like = path, fps, like
        self._threads = min(threads or os.cpu_count() or 1, _SLICES)
        self._container: OutputContainer | None = None
        self._stream: av.VideoStream | None = None
        self._behind: WriteBehind[Picture] | None = None
        self._written = 0

    def __enter__(self) -> "LosslessWriter":
        self._behind = WriteBehind(self._encode)
        return self

    def write(self, picture: Picture) -> None:
        """Append one picture, which must not change any more; all have the size and format of the first."""
        assert self._behind is not None, "use it in a with block"
        self._behind.put(picture)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._behind is not None
        failed = kind is not None
        try:
            if not failed:
                self._behind.finish()
                if self._container is not None:
                    self._mux(None)
        except BaseException:
            failed = True
            raise
        finally:
            self._behind.abandon()
            self._close(failed=failed)

    def _encode(self, picture: Picture) -> None:
        if self._stream is None:
            self._open(picture)
        frame = to_frame((picture.y, picture.u, picture.v), picture.pix_fmt)
        frame.pts, frame.time_base = self._written, 1 / self._fps
        self._mux(frame)
        self._written += 1

    def _open(self, picture: Picture) -> None:
        like = self._like
        with self._storage():
            self._container = av.open(str(self._path), "w", format="matroska", options={"fflags": "+bitexact"})
        slices = {"slices": str(slice_count(picture.width, picture.height, picture.pix_fmt))}
        options = _OPTIONS | slices | {"coder": _CODERS[picture.bits]}
        self._stream = self._container.add_stream("ffv1", rate=self._fps, options=options)
        context = self._stream.codec_context
        self._stream.width, self._stream.height, self._stream.pix_fmt = picture.width, picture.height, picture.pix_fmt
        context.time_base = 1 / self._fps
        context.colorspace, context.color_primaries, context.color_trc = like.matrix, like.primaries, like.transfer
        context.color_range = 2 if like.full_range else 1
        context.thread_count = self._threads

    def _mux(self, frame: av.VideoFrame | None) -> None:
        assert self._stream is not None
        assert self._container is not None
        with self._storage():
            for packet in self._stream.encode(frame):
                self._container.mux(packet)

    def _close(self, *, failed: bool) -> None:
        if self._container is None:
            return
        if failed:
            with suppress(OSError):
                self._container.close()
            return
        with self._storage():
            self._container.close()

    @contextmanager
    def _storage(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise StorageError(self._path.name, f"cannot be written ({why})", "free space, then repeat") from None


def slice_count(width: int, height: int, pix_fmt: str) -> int:
    """Return a number of slices near 16 that FFV1 can cut the picture in.

    At an odd side the last slice must begin at an even sample, or its chroma would lack a column or row: FFmpeg
    refuses every other grid of version 3 (`ff_need_new_slices`).

    >>> slice_count(1280, 720, "yuv420p"), slice_count(853, 479, "yuv420p")
    (16, 56)
    """
    layout = PIXEL_FORMATS[pix_fmt]

    def fits(side: int, parts: int, shift: int) -> bool:
        last = side - side * (parts - 1) // parts
        return side % (1 << shift) == 0 or last % (1 << shift) != 0

    for across, down in _GRIDS:
        if fits(width, across, layout.dx) and fits(height, down, layout.dy):
            return across * down
    raise ValueError(f"no slices for {width}x{height} {pix_fmt}")
