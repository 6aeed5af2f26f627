"""Pictures as PNG, as browsers show them: 8 bits of full-range RGB."""

from fractions import Fraction

import av
import numpy as np

from qualab.media.picture import Picture, Plane
from qualab.media.rgb import RgbConverter, known_matrix
from qualab.media.scaler import Scaler

# Of zlib's levels 1 costs a fifth of the default's time for a tenth more bytes.
_OPTIONS = {"compression_level": "1", "pred": "up"}
_TEN_BITS = 1023
_BASE = Fraction(1, 25)


class PngWriter:
    """Turns pictures of one size, format, matrix and range into PNG; one thread at a time.

    10 bits are rounded to 8, which is what screens of browsers show. Pictures wider than `most_width` are made that
    wide by bicubic.
    """

    def __init__(self, like: Picture, *, most_width: int | None = None) -> None:
        size = (like.width, like.height)
        self._scale = None
        if most_width is not None and most_width < like.width:
            size = (most_width, max(round(like.height * most_width / like.width), 2))
            self._scale = Scaler((like.width, like.height), size, "bicubic", pix_fmt=like.pix_fmt)
        # A small picture of an untagged clip keeps the matrix of the large one.
        matrix = known_matrix(like.matrix, like.height)
        self._convert = RgbConverter(*size, like.pix_fmt, matrix, like.full_range)

    def __call__(self, picture: Picture) -> bytes:
        """Return the picture as a PNG file."""
        shown = self._scale(picture) if self._scale else picture
        return png_of(eight_bits(self._convert.to_rgb(shown)))


def eight_bits(rgb: Plane) -> Plane:
    """Return an array of 10-bit values as 8-bit ones, rounded; of 8 bits as it is."""
    if rgb.dtype == np.uint8:
        return rgb
    return ((rgb.astype(np.uint32) * 255 + _TEN_BITS // 2) // _TEN_BITS).astype(np.uint8)


def png_of(rgb: Plane) -> bytes:
    """Return red, green and blue, an array (3, height, width) of uint8, as a PNG file."""
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb.transpose(1, 2, 0)), format="rgb24")
    encoder = av.VideoCodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = frame.width, frame.height, "rgb24", _BASE
    encoder.options = _OPTIONS
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])
