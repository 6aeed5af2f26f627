"""Pictures as they come out of a lossy video codec, without a file in between."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np

from qualab.media.frames import Picture
from qualab.media.picture import Plane

# x264's macroblock tree reads beyond small pictures: one in ten codings of 58x44 came out differently.
_STEADY = "mbtree=0"


def coded(pictures: Sequence[Picture], *, crf: int, preset: str = "medium") -> list[Picture]:
    """Return 8-bit 4:2:0 pictures of one even size after H.264 coding as one sequence: as many, in their order.

    `crf` is x264's constant rate factor, 0 (lossless) to 51; the first picture is intra coded. One thread, so that
    the same pictures always give the same result.
    """
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = pictures[0].width, pictures[0].height, "yuv420p"
    encoder.time_base = Fraction(1, 25)
    encoder.thread_count = 1
    encoder.options = {"crf": str(crf), "preset": preset, "threads": "1", "x264-params": _STEADY}
    decoder = av.CodecContext.create("h264", "r")
    frames = [frame for packet in _packets(encoder, pictures) for frame in decoder.decode(packet)]
    return [_picture(frame.to_ndarray().view(np.uint8), like=pictures[0]) for frame in [*frames, *decoder.decode(None)]]


def _packets(encoder: av.VideoCodecContext, pictures: Sequence[Picture]) -> Iterator["av.Packet[av.VideoStream]"]:
    for number, picture in enumerate(pictures):
        planes = (picture.y, picture.u, picture.v)
        flat = np.concatenate([np.ascontiguousarray(plane).ravel() for plane in planes])
        frame = av.VideoFrame.from_ndarray(flat.reshape(-1, encoder.width), format="yuv420p")
        frame.pts, frame.time_base = number, encoder.time_base
        yield from encoder.encode(frame)
    yield from encoder.encode(None)


def _picture(planes: Plane, *, like: Picture) -> Picture:
    """Return a picture of the planes that PyAV gives below each other."""
    width, height = like.width, like.height
    u, v = np.split(planes[height:].ravel(), 2)
    half = (height // 2, width // 2)
    return replace(like, y=planes[:height], u=u.reshape(half), v=v.reshape(half))
