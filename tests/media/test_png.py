"""Pictures as PNG: the pixels that FFmpeg makes of the same clip, the size asked for."""

import io

import av
import numpy as np
import pytest

from qualab.media.frames import read_pictures
from qualab.media.picture import Picture
from qualab.media.png import PngWriter, eight_bits, png_of
from qualab.media.probe import probe
from qualab.media.rgb import to_rgb


def read(png: bytes) -> np.ndarray:
    with av.open(io.BytesIO(png)) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24")


def test_a_png_holds_every_pixel_it_was_given():
    rgb = np.random.default_rng(1).integers(0, 256, (3, 37, 53), dtype=np.uint8)
    assert np.array_equal(read(png_of(rgb)), rgb.transpose(1, 2, 0))


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p", "yuv422p10le"])
@pytest.mark.parametrize("colour", [("bt709", "tv"), ("smpte170m", "pc")])
def test_a_picture_becomes_the_rgb_of_its_matrix_and_range(pix_fmt, colour, make_clip):
    tags = ("-colorspace", colour[0], "-color_range", colour[1])
    path = make_clip("c.mkv", "-c:v", "ffv1", "-pix_fmt", pix_fmt, *tags, source="testsrc2=s=131x77:r=25")
    picture = next(read_pictures(path, probe(path, name="c"), name="c", start=3))
    shown = read(PngWriter(picture)(picture))
    assert np.array_equal(shown, eight_bits(to_rgb(picture)).transpose(1, 2, 0))


def test_ten_bits_are_rounded_to_the_nearest_of_eight():
    values = np.arange(1024, dtype=np.uint16).reshape(1, 1, 1024)
    assert np.array_equal(eight_bits(values).ravel(), np.floor(np.arange(1024) * 255 / 1023 + 0.5))


def test_a_wide_picture_is_made_smaller_and_keeps_its_shape_and_colour():
    planes = np.full((720, 1280), 81, np.uint8), np.full((360, 640), 90, np.uint8), np.full((360, 640), 240, np.uint8)
    picture = Picture(*planes)
    large, small = read(PngWriter(picture)(picture)), read(PngWriter(picture, most_width=480)(picture))
    assert large.shape == (720, 1280, 3)
    assert small.shape == (270, 480, 3)
    # Below 720 lines an untagged picture would be taken for BT.601, and its red would change.
    assert np.abs(small[100, 100].astype(int) - large[100, 100]).max() <= 1


def test_a_narrow_picture_is_not_made_larger():
    picture = Picture.grey(np.full((90, 160), 120, np.uint8))
    assert read(PngWriter(picture, most_width=480)(picture)).shape == (90, 160, 3)
