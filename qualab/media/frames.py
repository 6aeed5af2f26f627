"""Pictures of a clip as numpy planes, decoded one by one, upright."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer

from qualab.errors import MediaError
from qualab.media.picture import Picture, Plane, plane_views
from qualab.media.pixel_formats import plain_name
from qualab.media.probe import STILLS, ClipInfo, open_clip
from qualab.media.scaler import SWS_FLAGS, Scaler
from qualab.media.slice_checks import SliceChecks

__all__ = ["SWS_FLAGS", "Picture", "Plane", "Scaler", "read_pictures", "read_still"]


def read_pictures(
    path: Path, info: ClipInfo, *, name: str, start: int = 0, count: int | None = None, pix_fmt: str | None = None
) -> Iterator[Picture]:
    """Yield the pictures numbered `start` .. `start + count - 1` (all to the end by default), exactly.

    Pictures are upright, whatever rotation the clip is tagged with, and have every row and column. They are in the
    clip's own pixel format, or brought to `pix_fmt` by swscale's bicubic.

    Raises:
        MediaError: a picture is damaged or missing, or not like the first; names its number.
    """
    end = info.frames if count is None else min(info.frames, start + count)
    with open_clip(path, name=name) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        # Without it FFmpeg conceals damage and says nothing.
        stream.codec_context.options = {"err_detect": "crccheck+explode"}
        number, upright = 0, Upright(info.rotation)
        size, wanted = (info.width, info.height), pix_fmt or info.pix_fmt
        convert = None if wanted == info.pix_fmt else Scaler(size, size, "bicubic", pix_fmt=info.pix_fmt, to=wanted)
        for frame in _decoded(container, stream, name):
            if number >= end:
                return
            if number >= start:
                _refuse_other_kind(frame, info, name, number)
                picture = upright(_picture(frame, info))
                yield convert(picture) if convert else picture
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
    y, u, v = plane_views(frame.reformat(format="yuv420p"))
    picture = Picture(y, u, v)
    return picture.cropped((picture.width & ~1, picture.height & ~1))


class Upright:
    """Turns pictures counter-clockwise by a multiple of 90 degrees; they stay in their pixel format.

    Planes are turned one by one, as FFmpeg does; of an odd side the chroma sample that covers one luma sample is then
    the first. A quarter turn makes 4:4:0 of 4:2:2, whose chroma goes back to 4:2:2 through swscale's bicubic.
    """

    def __init__(self, degrees: int) -> None:
        self._quarters = degrees // 90
        self._scaler = lru_cache(maxsize=1)(Scaler)

    def __call__(self, picture: Picture) -> Picture:
        """Return the picture turned."""
        if not self._quarters % 4:
            return picture
        y, u, v = (np.ascontiguousarray(np.rot90(plane, self._quarters)) for plane in (picture.y, picture.u, picture.v))
        turned = replace(picture, y=y, u=u, v=v)
        dx, dy = picture.chroma_shifts
        if self._quarters % 2 == 0 or dx == dy:
            return turned
        between, size = picture.pix_fmt.replace("422", "440"), (turned.width, turned.height)
        scaler = self._scaler(size, size, "bicubic", pix_fmt=between, to=picture.pix_fmt)
        return replace(scaler(replace(turned, pix_fmt=between)), y=y)


def _decoded(container: InputContainer, stream: av.VideoStream, name: str) -> Iterator[av.VideoFrame]:
    number = 0
    checks = SliceChecks() if stream.codec_context.name == "ffv1" else None
    try:
        for packet in container.demux(stream):
            bad = checks.damaged(bytes(packet)) if checks and packet.size else None
            if bad is not None:
                raise _damaged(name, bad, "its checksum is wrong")
            for frame in packet.decode():
                yield frame
                number += 1
    except av.error.FFmpegError as error:
        raise _damaged(name, number, str(error.strerror)) from None


def _refuse_other_kind(frame: av.VideoFrame, info: ClipInfo, name: str, number: int) -> None:
    if frame.is_corrupt:
        raise _damaged(name, number, "damaged data")
    sideways = info.rotation % 180 != 0
    width, height = (frame.height, frame.width) if sideways else (frame.width, frame.height)
    if (width, height) != (info.width, info.height):
        raise _damaged(name, number, f"its size changes to {width}x{height}")
    if plain_name(frame.format.name) != info.pix_fmt:
        raise _damaged(name, number, f"its pixel format changes to {frame.format.name}")
    # Looking at `frame.side_data` as probing does would make a cycle that keeps every frame until garbage collection.
    if round(frame.rotation / 90) * 90 % 360 != info.rotation:
        raise _damaged(name, number, "its rotation changes")


def _damaged(name: str, number: int, why: str) -> MediaError:
    return MediaError(
        name, f"frame {number} cannot be decoded ({why})", "replace the file, or cut the segment before it"
    )


def _picture(frame: av.VideoFrame, info: ClipInfo) -> Picture:
    y, u, v = plane_views(frame)
    return Picture(y, u, v, info.pix_fmt, info.matrix, info.full_range)
