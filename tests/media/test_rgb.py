import numpy as np
import pytest

from qualab.errors import MediaError
from qualab.media.picture import Picture
from qualab.media.pixel_formats import KEPT, PIXEL_FORMATS
from qualab.media.rgb import RgbConverter, from_rgb, to_rgb

# ITU-T H.273, table 4: Kr and Kb.
WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}


def _flat(width, height, pix_fmt, codes, **tags):
    layout = PIXEL_FORMATS[pix_fmt]
    kind, half = np.uint8 if layout.bits == 8 else np.uint16, layout.chroma_size(width, height)[::-1]
    planes = (np.full(shape, code, kind) for shape, code in zip(((height, width), half, half), codes, strict=True))
    return Picture(*planes, pix_fmt, **tags)


def _by_equation(codes, matrix, full_range, bits):
    """Return red, green and blue in codes of `bits` bits by BT.601, BT.709 or BT.2020, equations (E) and (Q)."""
    kr, kb = WEIGHTS[matrix]
    one, top = 2 ** (bits - 8), 2**bits - 1
    y, u, v = codes
    luma = y / top if full_range else (y - 16 * one) / (219 * one)
    blue, red = ((code - 128 * one) / (top if full_range else 224 * one) for code in (u, v))
    r, b = luma + 2 * (1 - kr) * red, luma + 2 * (1 - kb) * blue
    return np.clip(top * np.array([r, (luma - kr * r - kb * b) / (1 - kr - kb), b]), 0, top)


@pytest.mark.parametrize("size", [(64, 48), (65, 49)])
@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("matrix", WEIGHTS)
@pytest.mark.parametrize("pix_fmt", KEPT)
def test_flat_patches_are_what_the_equations_say(pix_fmt, matrix, full_range, size):
    """Within 1 code of 8 bits, and so within 4 of 10: swscale's white is 255 * 4 there, not 1023."""
    bits = PIXEL_FORMATS[pix_fmt].bits
    converter = RgbConverter(*size, pix_fmt, matrix, full_range)
    for codes in [(16, 128, 128), (235, 128, 128), (81, 90, 240), (120, 140, 100), (200, 110, 150), (60, 128, 120)]:
        codes = tuple(code * 2 ** (bits - 8) for code in codes)
        picture = _flat(*size, pix_fmt, codes, matrix=matrix, full_range=full_range)
        rgb = converter.to_rgb(picture)
        assert (rgb.shape, rgb.dtype) == ((3, *size[::-1]), picture.y.dtype)
        expected = _by_equation(codes, matrix, full_range, bits)
        assert np.abs(rgb - expected[:, None, None]).max() <= 2 ** (bits - 8)


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("size", [(64, 48), (65, 49)])
@pytest.mark.parametrize("pix_fmt", ["yuv444p", "yuv444p10le"])
def test_there_and_back_stays_within_two_codes(pix_fmt, size, full_range):
    """Colours inside RGB's gamut; others cannot come back."""
    bits = PIXEL_FORMATS[pix_fmt].bits
    rng = np.random.default_rng(3)
    ranges = ((90, 170), (108, 148), (108, 148))
    kind = np.uint8 if bits == 8 else np.uint16
    planes = ((rng.integers(*edges, size[::-1]) << (bits - 8)).astype(kind) for edges in ranges)
    picture = Picture(*planes, pix_fmt, 1, full_range)
    back = from_rgb(to_rgb(picture), picture)
    assert (back.pix_fmt, back.matrix, back.full_range) == (pix_fmt, 1, full_range)
    for plane in "yuv":
        assert np.abs(getattr(back, plane).astype(int) - getattr(picture, plane)).max() <= 2


@pytest.mark.parametrize("pix_fmt", KEPT)
def test_odd_sizes_keep_every_row_and_column(pix_fmt):
    rng = np.random.default_rng(5)
    rgb = rng.integers(0, 256 << (PIXEL_FORMATS[pix_fmt].bits - 8), (3, 49, 65))
    like = _flat(20, 20, pix_fmt, (0, 0, 0), matrix=1)
    made = from_rgb(rgb.astype(like.y.dtype), like)
    assert (made.width, made.height) == (65, 49)
    assert made.u.shape == made.v.shape == PIXEL_FORMATS[pix_fmt].chroma_size(65, 49)[::-1]


@pytest.mark.parametrize(("height", "matrix"), [(718, 6), (720, 1)])
def test_an_unspecified_matrix_is_taken_by_the_height(height, matrix):
    codes = (120, 100, 180)
    rgb = to_rgb(_flat(16, height, "yuv444p", codes))
    assert np.abs(rgb[:, 0, 0] - _by_equation(codes, matrix, False, 8)).max() <= 1


def test_a_matrix_without_rgb_is_refused():
    with pytest.raises(MediaError, match="colour matrix: code 8 cannot be made RGB"):
        RgbConverter(64, 48, "yuv420p", 8)
