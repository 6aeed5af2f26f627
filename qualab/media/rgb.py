"""Pictures as RGB and back, for nets that were trained on RGB."""

from dataclasses import replace

import numpy as np

from qualab.errors import MediaError
from qualab.media.picture import Picture, Plane, extended
from qualab.media.pixel_formats import PIXEL_FORMATS
from qualab.media.scaler import SWS_FLAGS, SwsGraph

# H.273 code points of matrices that swscale knows; 2 is "unspecified".
MATRICES = {1: "bt709", 4: "fcc", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020"}
_HD_LINES = 720
_BT_709, _UNSPECIFIED, _BT_601 = 1, 2, 6


def known_matrix(matrix: int, height: int) -> int:
    """Return H.273's code point of a matrix; of an unspecified one BT.601 below 720 lines, else BT.709."""
    if matrix != _UNSPECIFIED:
        return matrix
    return _BT_709 if height >= _HD_LINES else _BT_601


class RgbConverter:
    """swscale between pictures of one size, format, matrix and range, and full-range RGB.

    Chroma is made larger and smaller by bicubic. An unspecified matrix is BT.601 below 720 lines, else BT.709, as
    players take it.

    Raises:
        MediaError: the matrix has no RGB of this kind (YCgCo, constant luminance, ...).
    """

    def __init__(self, width: int, height: int, pix_fmt: str, matrix: int = 2, full_range: bool = False) -> None:
        matrix = known_matrix(matrix, height)
        if matrix not in MATRICES:
            raise MediaError("colour matrix", f"code {matrix} cannot be made RGB", "convert the clip to BT.709 first")
        layout = PIXEL_FORMATS[pix_fmt]
        # Chroma covers whole luma samples at even sizes only; the row or column added is cut off again.
        self._even = (width + width % 2, height + height % 2)
        self._even_chroma = layout.chroma_size(*self._even)
        self._kept, self._kept_chroma = _window((width, height)), _window(layout.chroma_size(width, height))
        rgb = "gbrp10le" if layout.bits == 10 else "gbrp"
        name, spread = MATRICES[matrix], "full" if full_range else "limited"
        flags = f"flags=bicubic+{SWS_FLAGS}"
        yuv_in = f"in_color_matrix={name}:in_range={spread}:out_range=full"
        yuv_out = f"in_range=full:out_color_matrix={name}:out_range={spread}"
        self._decode = SwsGraph(self._even, self._even, f"{flags}:{yuv_in}", pix_fmt, rgb)
        self._encode = SwsGraph(self._even, self._even, f"{flags}:{yuv_out}", rgb, pix_fmt)

    def to_rgb(self, picture: Picture) -> Plane:
        """Return red, green and blue as an array (3, height, width): uint8, or uint16 0..1023 for 10 bits."""
        u, v = (extended(plane, self._even_chroma) for plane in (picture.u, picture.v))
        green, blue, red = self._decode((extended(picture.y, self._even), u, v))
        return np.stack([plane[self._kept] for plane in (red, green, blue)])

    def from_rgb(self, rgb: Plane, like: Picture) -> Picture:
        """Return the picture of an array (3, height, width) with the tags of `like`; `like` may be of any size."""
        red, green, blue = (extended(plane, self._even) for plane in rgb)
        y, u, v = self._encode((green, blue, red))
        return replace(like, y=y[self._kept], u=u[self._kept_chroma], v=v[self._kept_chroma])


def _window(size: tuple[int, int]) -> tuple[slice, slice]:
    return slice(size[1]), slice(size[0])


def to_rgb(picture: Picture) -> Plane:
    """Return a picture as RGB, as RgbConverter does; for more than one, keep a converter."""
    return _converter(picture, picture.width, picture.height).to_rgb(picture)


def from_rgb(rgb: Plane, like: Picture) -> Picture:
    """Return an array (3, height, width) as a picture of the format, matrix and range of `like`."""
    return _converter(like, rgb.shape[2], rgb.shape[1]).from_rgb(rgb, like)


def _converter(like: Picture, width: int, height: int) -> RgbConverter:
    return RgbConverter(width, height, like.pix_fmt, like.matrix, like.full_range)
