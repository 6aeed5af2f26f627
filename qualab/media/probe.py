"""What a clip is, read from its headers and packets, and the kinds that qualab refuses."""

import math
import os
import re
import stat
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.sidedata.sidedata import Type as SideData
from numpy.typing import NDArray

from qualab.errors import MediaError
from qualab.media.pixel_formats import KEPT, nearest_kept, plain_name
from qualab.media.process import MAX_PIXELS

# Demuxers that open nothing but the file given; playlists (hls, dash, concat, ...) are not among them.
FORMATS = "mov,matroska,webm,avi,mpegts,mpeg,ogg,flv,yuv4mpegpipe,asf,mxf,ivf,h264,hevc"
STILLS = "png_pipe,jpeg_pipe,bmp_pipe,tiff_pipe,webp_pipe"
MIN_FRAMES = 2
_MAX_PACKETS = 5_000_000
_MAX_STRAY = 4
# AVFieldOrder: 0 unknown, 1 progressive, then the kinds of interlaced.
_PROGRESSIVE = 1
_HDR = {16: "PQ", 18: "HLG"}
_CONVERT = "convert it first, for example: ffmpeg -i IN"
_DEPTH_ALONE = re.compile(r"yuv4(20|22|44)p\d+[lb]e")


@dataclass(frozen=True)
class ClipInfo:
    """A clip's picture stream: sizes in pixels, rates as fractions, colour tags as H.273 code points.

    `width`, `height` and `sar` are those of upright pictures; `rotation` says by how many degrees (0, 90, 180, 270)
    the coded ones are turned counter-clockwise to stand upright. `pix_fmt` is FFmpeg's name without the mark for full
    range. `frames` follow each other evenly; `stray` more stand after a gap at the end and are never used.
    `packet_bytes` are the sizes of the frames' packets, in the order shown.
    """

    codec: str
    width: int
    height: int
    fps: Fraction
    frames: int
    stray: int
    pix_fmt: str
    sar: Fraction
    rotation: int
    matrix: int
    primaries: int
    transfer: int
    full_range: bool
    packet_bytes: NDArray[np.int64] = field(
        default_factory=lambda: np.zeros(0, dtype=np.int64), repr=False, compare=False
    )

    @property
    def duration_s(self) -> float:
        """Frames over frame rate, in seconds."""
        return float(self.frames / self.fps)

    def describe(self) -> str:
        """Return one line of text: size, rate, length, codec."""
        return (
            f"{self.width}x{self.height}, {float(self.fps):.6g} fps, {self.frames} frames"
            f" ({self.duration_s:.2f} s), {self.codec} {self.pix_fmt}"
        )


def open_clip(path: Path, *, name: str, formats: str = FORMATS) -> InputContainer:
    """Return an open PyAV container; opens no other file and no network, whatever the clip says.

    Raises:
        MediaError: it is no regular file, or no clip of a known format; `name` stands in the message.
    """
    _check_regular(path, name)
    try:
        return av.open(
            f"file:{path}",
            options={"protocol_whitelist": "file", "format_whitelist": formats, "max_pixels": str(MAX_PIXELS)},
            timeout=60.0,
        )
    except (av.error.FFmpegError, ValueError, OSError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise MediaError(name, f"is not a clip that can be read ({why})", "give a complete MP4, MKV or WebM") from None


def probe(path: Path, *, name: str | None = None) -> ClipInfo:
    """Return what a clip is, from its headers and the times of its packets; decodes at most the first frame.

    Raises:
        MediaError: nothing usable in it; `name` (the user's name for it) stands in the message.
    """
    name = name or path.name
    with open_clip(path, name=name) as container:
        if not container.streams.video:
            raise MediaError(name, "has no picture stream", "give a clip with video")
        stream = container.streams.video[0]
        context = stream.codec_context
        if stream.width * stream.height > MAX_PIXELS or not stream.width or not stream.height:
            raise MediaError(name, f"is {stream.width}x{stream.height} pixels", "scale it to 8192x8192 or less")
        times, sizes, base = _packets(container, stream, name)
        fps, even = _constant_rate(times, base, stream, name)
        rotation = _first_frame(container, stream, name)
        sideways = rotation % 180 != 0
        sar = Fraction(stream.sample_aspect_ratio or 1)
        return ClipInfo(
            codec=context.name,
            width=stream.height if sideways else stream.width,
            height=stream.width if sideways else stream.height,
            fps=fps,
            frames=even,
            stray=len(times) - even,
            pix_fmt=plain_name(context.pix_fmt or "unknown"),
            sar=1 / sar if sideways else sar,
            rotation=rotation,
            matrix=int(context.colorspace),
            primaries=int(context.color_primaries),
            transfer=int(context.color_trc),
            full_range=int(context.color_range) == 2 or (context.pix_fmt or "").startswith("yuvj"),
            packet_bytes=sizes[:even],
        )


def refuse_unsupported(info: ClipInfo, *, name: str) -> None:
    """Raise MediaError, with the hint, for a clip that the pipeline would have to mangle."""
    if info.frames < MIN_FRAMES:
        hint = f"a clip needs at least {MIN_FRAMES} frames"
        raise MediaError(name, f"has {info.frames} frame", hint, code="frame-count")
    if info.transfer in _HDR:
        raise MediaError(name, f"is HDR ({_HDR[info.transfer]})", "tone-map it to SDR BT.709 first", code="transfer")
    if info.pix_fmt not in KEPT:
        raise MediaError(
            name,
            f"has pixel format {info.pix_fmt}; 8 or 10 bits of 4:2:0, 4:2:2 or 4:4:4 are handled",
            f"{_CONVERT} -pix_fmt {nearest_kept(info.pix_fmt)} -c:v ffv1 OUT.mkv",
            code="bit-depth" if _DEPTH_ALONE.fullmatch(info.pix_fmt) else "chroma",
        )
    if min(info.width, info.height) < 16:
        what = f"is {info.width}x{info.height} pixels"
        raise MediaError(name, what, "sides of 16 pixels or more are needed", code="size")


def turned_by(frame: av.VideoFrame, name: str) -> int:
    """Return by how many degrees counter-clockwise (0, 90, 180, 270) a decoded frame's tag says to turn it.

    Raises:
        MediaError: it says to mirror it, or to turn it by another angle.
    """
    matrix = frame.side_data.get(SideData.DISPLAYMATRIX)  # type: ignore[call-overload]
    if matrix is None:
        return 0
    a, b, _, c, d = (int(value) for value in np.frombuffer(memoryview(matrix), np.int32, 5))
    degrees = -math.degrees(math.atan2(b, a)) % 360
    turned = round(degrees / 90) * 90
    if a * d - b * c <= 0 or abs(degrees - turned) > 1:
        what = "mirrored" if a * d - b * c <= 0 else f"turned by {degrees:.0f} degrees"
        raise MediaError(name, f"is tagged as {what}", f"{_CONVERT} -c:v ffv1 OUT.mkv", code="rotation")
    return turned % 360


def _check_regular(path: Path, name: str) -> None:
    try:
        status = os.stat(path)  # noqa: PTH116 - follows links: a dangling one fails here
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a file name"
        raise MediaError(name, f"cannot be opened ({why})", "check the path") from None
    if not stat.S_ISREG(status.st_mode):
        raise MediaError(name, "is not a regular file", "give a video file")
    if status.st_size == 0:
        raise MediaError(name, "is empty (0 bytes)", "give a complete file")
    if not os.access(path, os.R_OK):
        raise MediaError(name, "may not be read", "give it read permission")


def _packets(
    container: InputContainer, stream: av.VideoStream, name: str
) -> tuple[list[int], NDArray[np.int64], Fraction]:
    """Return times and bytes of all packets in the order shown, times in units of the returned time base."""
    times, sizes = [], []
    try:
        for count, packet in enumerate(container.demux(stream)):
            if packet.size and not packet.is_discard:
                times.append(packet.pts if packet.pts is not None else packet.dts)
                sizes.append(packet.size)
            if count > _MAX_PACKETS:
                raise MediaError(name, f"has more than {_MAX_PACKETS} packets", "cut a segment first")
    except av.error.FFmpegError as error:
        raise MediaError(
            name, f"breaks off after packet {len(times)} ({error.strerror})", "give a complete file"
        ) from None
    if not times:
        raise MediaError(name, "has no pictures", "give a complete file")
    bytes_of = np.asarray(sizes, dtype=np.int64)
    if any(time is None for time in times):
        # Raw streams carry no times; their rate is the header's.
        return list(range(len(times))), bytes_of, Fraction(1) / Fraction(stream.guessed_rate or 25)
    shown = np.argsort(np.asarray(times, dtype=np.int64), kind="stable")
    return [times[place] for place in shown], bytes_of[shown], stream.time_base or Fraction(1)


def _constant_rate(times: list[int], base: Fraction, stream: av.VideoStream, name: str) -> tuple[Fraction, int]:
    """Return the frame rate and how many leading frames keep it; MediaError where they do not follow evenly.

    A clip cut without re-encoding may end with a few frames after a gap (they were stored before frames that
    were cut away): those are stray, and left out.
    """
    rate = Fraction(stream.average_rate or stream.guessed_rate or 25)
    if len(times) < 3:
        return rate, len(times)
    steps = np.diff(np.asarray(times, dtype=np.float64))
    step = float(np.median(steps))
    # Containers with millisecond clocks round every time, so a step may be one tick off, two between neighbours.
    uneven = np.flatnonzero(np.abs(steps - step) > max(2.0, 0.02 * step))
    even = len(times) if not uneven.size else int(uneven[0]) + 1
    if step <= 0 or len(times) - even > _MAX_STRAY or even < 3:
        shortest, longest = (1000 * float(base) * float(edge) for edge in (steps.min(), steps.max()))
        raise MediaError(
            name,
            f"has a variable frame rate (frames last {shortest:.1f} to {longest:.1f} ms)",
            f"make it constant first, for example: ffmpeg -i IN -fps_mode cfr -r {float(rate):.6g} OUT.mkv",
            code="frame-rate",
        )
    span = Fraction(times[even - 1] - times[0]) * base
    usual = [Fraction(n) for n in (24, 25, 30, 48, 50, 60, 100, 120)]
    usual += [Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)]
    usual.sort(key=lambda candidate: abs((even - 1) / candidate - span))
    # The header's rate where it is a usual one and fits, else the nearest usual one, else what was measured.
    for candidate in ([rate] if rate in usual else []) + usual[:1] + [rate]:
        if abs((even - 1) / candidate - span) <= max(Fraction(3, 2) * base, span / 5000):
            return candidate, even
    return (Fraction(even - 1) / span).limit_denominator(1001), even


def _first_frame(container: InputContainer, stream: av.VideoStream, name: str) -> int:
    """Decode one frame: return its rotation in degrees; MediaError for interlaced or undecodable pictures."""
    # Where the container says so, the frames need not.
    interlaced = int(stream.codec_context.field_order) > _PROGRESSIVE
    try:
        container.seek(0)
        frame = next(iter(container.decode(stream)))
    except (av.error.FFmpegError, StopIteration, MemoryError) as error:
        why = getattr(error, "strerror", None) or "no picture in it"
        raise MediaError(name, f"its first frame cannot be decoded ({why})", "give a complete file") from None
    if interlaced or frame.interlaced_frame:
        hint = "deinterlace it first, for example: ffmpeg -i IN -vf bwdif -c:v ffv1 OUT.mkv"
        raise MediaError(name, "is interlaced", hint, code="interlaced")
    return turned_by(frame, name)
