import subprocess

import pytest

from qualab.errors import RefusedPair
from qualab.media.preflight import check_pair
from qualab.media.process import ffmpeg_path


@pytest.mark.parametrize(
    ("arguments", "frames", "reason"),
    [
        ((), 11, "frame counts differ: 12 and 11"),
        (("-vf", "scale=320:178"), 12, "sizes differ: 320x180 and 320x178"),
        (("-r", "30"), 12, "frame rates differ: 25 and 30"),
        (("-vf", "setsar=4/3"), 12, "sample aspect ratios differ: 1 and 4/3"),
        (("-colorspace", "bt709"), 12, "colour matrices differ: unspecified and BT.709"),
        (("-vf", "setparams=color_primaries=bt709"), 12, "colour primaries or transfers differ"),
        (("-color_range", "pc"), 12, "code value ranges differ: limited and full"),
        (("-pix_fmt", "yuv420p10le"), 12, "pixel formats differ: yuv420p and yuv420p10le"),
        (("-pix_fmt", "yuv444p"), 12, "pixel formats differ: yuv420p and yuv444p"),
    ],
)
def test_pairs_that_must_not_be_compared_are_refused_by_name(make_clip, arguments, frames, reason):
    reference = make_clip("reference.mp4", frames=12)
    with pytest.raises(RefusedPair) as caught:
        check_pair(reference, make_clip("other.mp4", *arguments, frames=frames))
    assert reason in str(caught.value)
    assert caught.value.exit_code == 2


def _turned(path, degrees):
    turned = path.with_name(f"{degrees}-{path.name}")
    command = [ffmpeg_path(), "-v", "error", "-display_rotation", str(degrees), "-i", str(path), "-c", "copy"]
    subprocess.run([*command, str(turned)], check=True, stdin=subprocess.DEVNULL)
    return turned


@pytest.mark.parametrize("degrees", [90, 270])
def test_turned_422_is_refused_because_ffmpeg_measures_other_chroma(make_clip, degrees):
    path = _turned(make_clip("clip.mkv", "-c:v", "ffv1", "-pix_fmt", "yuv422p"), degrees)
    with pytest.raises(RefusedPair, match=rf"yuv422p and tagged as turned by {degrees} degrees — make it upright"):
        check_pair(path, path)


def test_pairs_turned_by_half_or_with_like_chroma_pass(make_clip):
    """That they are scored as the same pictures is in the tests of the metrics."""
    for pix_fmt, degrees in (("yuv420p", 90), ("yuv444p", 270), ("yuv422p", 180)):
        path = _turned(make_clip(f"{pix_fmt}.mkv", "-c:v", "ffv1", "-pix_fmt", pix_fmt), degrees)
        assert check_pair(path, path).reference.rotation == degrees


def test_an_equal_pair_passes(make_clip):
    pair = check_pair(make_clip("a.mp4", frames=12), make_clip("b.mp4", "-crf", "40", frames=12))
    assert pair.reference.frames == pair.distorted.frames == 12


def test_an_enlarged_reference_is_refused_and_sent_to_viewers(make_clip, carried_clip):
    source = f"movie={carried_clip('bigbuckbunny.mp4')},scale=640:360,scale=1280:720:flags=bicubic"
    path = make_clip("big.mkv", "-c:v", "ffv1", source=source, frames=3)
    with pytest.raises(RefusedPair, match=r"itself upscaled .* --no-reference"):
        check_pair(path, path)
