import numpy as np
import pytest

from qualab.media.picture import Picture
from qualab.media.pixel_formats import KEPT, PIXEL_FORMATS
from qualab.media.scaler import Scaler

ODD = [((213, 119), (426, 238)), ((213, 119), (320, 180)), ((160, 90), (321, 181)), ((213, 119), (213, 119))]


def _ramp(width: int, height: int, pix_fmt: str, axis: int) -> Picture:
    """Return 20 to 220 (of 8 bits) from edge to edge, in every plane at the place where its samples lie."""
    layout = PIXEL_FORMATS[pix_fmt]

    def plane(size: tuple[int, int], dx: int, dy: int) -> np.ndarray:
        across = (np.arange(size[0]) + 0.5) * 2**dx / width
        down = (np.arange(size[1]) + 0.5) * 2**dy / height
        codes = 20 + 200 * (across[None, :] + 0 * down[:, None] if axis else down[:, None] + 0 * across[None, :])
        scaled = np.rint(codes * 2 ** (layout.bits - 8))
        return scaled.astype(np.uint8 if layout.bits == 8 else np.uint16)

    chroma = plane(layout.chroma_size(width, height), layout.dx, layout.dy)
    return Picture(plane((width, height), 0, 0), chroma, chroma, pix_fmt)


def _flat(width: int, height: int, pix_fmt: str, codes: tuple[int, int, int]) -> Picture:
    layout = PIXEL_FORMATS[pix_fmt]
    half = layout.chroma_size(width, height)[::-1]
    kind = np.uint8 if layout.bits == 8 else np.uint16
    y, u, v = (np.full(shape, code, kind) for shape, code in zip(((height, width), half, half), codes, strict=True))
    return Picture(y, u, v, pix_fmt)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize(("source", "target"), ODD)
@pytest.mark.parametrize(
    ("pix_fmt", "to"),
    [(name, name) for name in KEPT]
    + [("yuv444p", "yuv420p"), ("yuv420p", "yuv444p"), ("yuv422p10le", "yuv420p"), ("yuv440p", "yuv422p")],
)
def test_nothing_is_shifted_at_odd_sizes(source, target, pix_fmt, to, axis):
    """swscale alone moves chroma by up to half a chroma sample here, 1.7 codes on the steepest of these ramps."""
    made = Scaler(source, target, "bicubic", pix_fmt=pix_fmt, to=to)(_ramp(*source, pix_fmt, axis))
    expected = _ramp(*target, to, axis)
    code = 2 ** (made.bits - 8)
    assert made.pix_fmt == to
    for plane in "yuv":
        found, true = getattr(made, plane), getattr(expected, plane)
        assert (found.shape, found.dtype) == (true.shape, true.dtype)
        # Away from the edges, where a filter sees the ramp end.
        difference = (found.astype(float) - true)[6:-6, 6:-6] / code
        assert np.abs(difference).max() <= 1.01
        assert np.abs(difference[-16:, -16:].mean()) < 0.4


@pytest.mark.parametrize("pix_fmt", KEPT)
@pytest.mark.parametrize("sizes", [((64, 48), (131, 97)), ((65, 49), (130, 98)), ((65, 49), (32, 24))])
def test_a_constant_picture_stays_constant(pix_fmt, sizes):
    times = 2 ** (PIXEL_FORMATS[pix_fmt].bits - 8)
    codes = (121 * times, 90 * times, 240 * times)
    for method in ("bilinear", "bicubic", "lanczos"):
        made = Scaler(*sizes, method, pix_fmt=pix_fmt)(_flat(*sizes[0], pix_fmt, codes))
        assert (made.width, made.height) == sizes[1]
        for plane, code in zip("yuv", codes, strict=True):
            assert np.unique(getattr(made, plane)).tolist() == [code]


def test_tags_go_with_the_picture():
    picture = Picture(*(np.full((16, 16), 50, np.uint8),) * 3, "yuv444p", 1, True)
    made = Scaler((16, 16), (32, 32), "bicubic", pix_fmt="yuv444p", to="yuv420p")(picture)
    assert (made.pix_fmt, made.matrix, made.full_range) == ("yuv420p", 1, True)
    # Full range stays full: the codes are those that went in.
    assert np.unique(made.y).tolist() == [50]


def test_a_picture_of_another_format_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="of yuv420p was given yuv444p"):
        Scaler((16, 16), (32, 32), "bicubic")(Picture(*(np.zeros((16, 16), np.uint8),) * 3, "yuv444p"))
