"""Single pictures of a clip by their number: frame 60 is frame 60, in files with any kind of prediction."""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from threading import Lock
from types import TracebackType

import av
from cachetools import FIFOCache

from qualab.errors import MediaError
from qualab.media.picture import Picture, plane_views
from qualab.media.pixel_formats import PIXEL_FORMATS, plain_name
from qualab.media.probe import open_clip

# So few pictures further on, decoding what lies between costs less than a jump back to a key frame.
_NEAR = 8
# Stepping back through a long group of pictures would decode it again and again.
_KEPT_BYTES = 48 * 2**20
# AVColorRange.
_FULL = 2


class Frames:
    """An open clip of evenly timed frames, upright ones, from which pictures are taken in any order.

    A picture is known by its time, not by counting from a key frame: its number is the time since the first picture in
    frame durations. Where a jump lands behind the picture that was wanted, all is decoded from the start. Calls from
    several threads wait for each other.

    Args:
        fps: the clip's frame rate; `name` stands in messages.

    Raises:
        MediaError: it is no clip, or not one of a kept pixel format.
    """

    def __init__(self, path: Path, *, fps: Fraction, name: str) -> None:
        self._name, self._lock = name, Lock()
        self._container = open_clip(path, name=name)
        self._stream = self._container.streams.video[0]
        # One picture comes soonest when all threads share it; FFV1 always has slices, other codecs seldom.
        self._stream.thread_type = "SLICE" if self._stream.codec_context.name == "ffv1" else "AUTO"
        self._stream.codec_context.options = {"err_detect": "crccheck+explode"}
        self._step = 1 / fps / (self._stream.time_base or Fraction(1))
        self._recent = FIFOCache[int, Picture](_KEPT_BYTES, getsizeof=_bytes_of)
        self._frames: Iterator[av.VideoFrame] = iter(())
        self._first: int | None = None
        self._last = -1
        self._rewind()

    def __enter__(self) -> "Frames":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, once nobody reads from it."""
        with self._lock:
            self._container.close()

    def at(self, number: int) -> Picture:
        """Return the picture of that number, from 0.

        Raises:
            MediaError: there is none, or it cannot be decoded.
        """
        with self._lock:
            if number in self._recent:
                return self._recent[number]
            if not 0 < number - self._last <= _NEAR:
                self._jump(number)
            picture = None
            # A jump may land where something before it is missing; then only the start is safe.
            with suppress(av.error.FFmpegError):
                picture = self._run_to(number)
            if picture is None:
                self._rewind()
                picture = self._from_start(number)
            if picture is None:
                raise MediaError(self._name, f"has no frame {number} that can be decoded", "build the study again")
            return picture

    def _rewind(self) -> None:
        """Begin at the first picture, whose time is that of frame 0."""
        self._container.seek(0, any_frame=False, backward=True)
        self._frames, self._last = self._decoded(None), -1

    def _jump(self, number: int) -> None:
        if self._first is None:
            self._from_start(0)
        target = (self._first or 0) + round(number * self._step)
        try:
            self._container.seek(target, stream=self._stream, backward=True)
        except av.error.FFmpegError:
            self._rewind()
            return
        self._frames, self._last = self._decoded(target), number - 1

    def _decoded(self, target: int | None) -> Iterator[av.VideoFrame]:
        """Yield pictures from here on; those well before the time `target` that no other needs are not decoded."""
        context = self._stream.codec_context
        for packet in self._container.demux(self._stream):
            is_early = target is not None and packet.pts is not None and packet.pts < target - _NEAR * self._step
            context.skip_frame = "NONREF" if is_early else "DEFAULT"
            yield from packet.decode()

    def _run_to(self, number: int) -> Picture | None:
        """Decode on to that picture; None where it does not come."""
        for frame in self._frames:
            if frame.pts is None:
                return None
            self._first = frame.pts if self._first is None else self._first
            self._last = round((frame.pts - self._first) / self._step)
            if frame.is_corrupt:
                return None
            picture = _picture(frame, self._name)
            # ValueError: it is larger than all that may be kept.
            with suppress(ValueError):
                self._recent[self._last] = picture
            if self._last >= number:
                return picture if self._last == number else None
        return None

    def _from_start(self, number: int) -> Picture | None:
        try:
            return self._run_to(number)
        except av.error.FFmpegError as error:
            why = f"frame {number} cannot be decoded ({error.strerror})"
            raise MediaError(self._name, why, "build the study again") from None


def _bytes_of(picture: Picture) -> int:
    return picture.y.nbytes + picture.u.nbytes + picture.v.nbytes


def _picture(frame: av.VideoFrame, name: str) -> Picture:
    pix_fmt = plain_name(frame.format.name)
    if pix_fmt not in PIXEL_FORMATS:
        raise MediaError(name, f"has pixel format {pix_fmt}", "build the study again")
    y, u, v = plane_views(frame)
    is_full = int(frame.color_range) == _FULL or frame.format.name.startswith("yuvj")
    return Picture(y, u, v, pix_fmt, int(frame.colorspace), is_full)
