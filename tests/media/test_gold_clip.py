import numpy as np
import pytest

from qualab.media.frames import read_pictures
from qualab.media.gold_clip import Spoiler
from qualab.media.lossless import LosslessWriter
from qualab.media.pixel_formats import KEPT
from qualab.media.probe import probe
from qualab.metrics.full_reference import score_frames


@pytest.mark.parametrize("pix_fmt", KEPT)
@pytest.mark.parametrize("size", ["320x180", "97x51"])
def test_a_spoiled_picture_keeps_size_format_and_brightness_and_loses_detail(make_clip, pix_fmt, size):
    clip = make_clip(
        "in.mkv", "-c:v", "ffv1", "-pix_fmt", pix_fmt, source=f"testsrc2=s={size}:r=25,noise=alls=60", frames=2
    )
    info = probe(clip)
    spoil = Spoiler((info.width, info.height), pix_fmt)
    for picture in read_pictures(clip, info, name="in"):
        spoiled = spoil(picture)
        assert (spoiled.y.shape, spoiled.u.shape, spoiled.pix_fmt) == (picture.y.shape, picture.u.shape, pix_fmt)
        scale = 1 << picture.bits - 8
        assert float(spoiled.y.mean()) / scale == pytest.approx(float(picture.y.mean()) / scale, abs=1)
        assert _detail(spoiled.y) < 0.5 * _detail(picture.y)
        assert np.array_equal(spoil(picture).y, spoiled.y)


def _detail(plane):
    return float(np.abs(np.diff(plane.astype(float))).mean())


def test_on_a_real_clip_the_spoiled_copy_is_far_below_any_upscaler(carried_clip, make_clip, tmp_path):
    """VMAF below 40 is bad by any reading of the scale; bicubic at a factor of two gets 80 to 95."""
    source = f"movie={carried_clip('bigbuckbunny.mp4')},scale=640:360"
    clip, out = make_clip("in.mkv", "-c:v", "ffv1", source=source), tmp_path / "out.mkv"
    info = probe(clip)
    spoil = Spoiler((info.width, info.height), info.pix_fmt)
    with LosslessWriter(out, fps=info.fps, like=info) as writer:
        for picture in read_pictures(clip, info, name="in"):
            writer.write(spoil(picture))
    assert score_frames(clip, out, in_step=True, metrics=["vmaf"])["vmaf"].mean() < 40
