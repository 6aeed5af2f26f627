import numpy as np
import pytest

from qualab.media.encode import pack_pair
from qualab.media.frames import read_pictures
from qualab.media.probe import probe

ENCODING = {"encoder": "libx264", "preset": "veryfast", "crf": 4, "pix_fmt": "yuv420p"}


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv444p10le"])
def test_every_format_is_packed_as_what_browsers_show(make_clip, tmp_path, pix_fmt):
    above = make_clip("above.mkv", "-c:v", "ffv1", "-pix_fmt", pix_fmt, source="color=red:s=64x48:r=25")
    below = make_clip("below.mkv", "-c:v", "ffv1", "-pix_fmt", pix_fmt, source="color=blue:s=64x48:r=25")
    packed = tmp_path / "pair.mp4"
    pack_pair(above, below, packed, encoding=ENCODING, about="pair")
    info = probe(packed)
    assert (info.pix_fmt, info.width, info.height, info.frames) == ("yuv420p", 64, 96, 6)
    picture = next(iter(read_pictures(packed, info, name="pair")))
    # BT.601 red and blue, unmixed up to the line where they touch.
    for plane, half, code in (("v", slice(0, 24), 240), ("v", slice(24, 48), 110), ("u", slice(24, 48), 240)):
        assert np.abs(getattr(picture, plane)[half].astype(int) - code).max() <= 3


@pytest.mark.parametrize(("spread", "full"), [("pc", True), ("tv", False)])
def test_the_range_of_the_clips_is_kept_and_tagged(make_clip, tmp_path, spread, full):
    """The codes stay: were they taken as limited range and converted, or the other way round, they would not."""
    source = "color=white:s=64x48:r=25,format=gray,geq=lum=234"
    clip = make_clip("clip.mkv", "-c:v", "ffv1", "-pix_fmt", "yuv420p", "-color_range", spread, source=source)
    packed = tmp_path / "pair.mp4"
    before = next(iter(read_pictures(clip, probe(clip), name="clip")))
    pack_pair(clip, clip, packed, encoding=ENCODING, about="pair")
    info = probe(packed)
    assert info.full_range == probe(clip).full_range == full
    after = next(iter(read_pictures(packed, info, name="pair")))
    assert np.abs(after.y[:48].astype(int) - before.y).max() <= 1
