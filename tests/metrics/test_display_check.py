import subprocess

import pytest

from qualab.media.display import code_pair, display_filters
from qualab.media.process import ffmpeg_path
from qualab.metrics.display_check import WINDOW, WINDOWS, half_vmafs
from qualab.metrics.full_reference import score_frames

ENCODING = {"encoder": "libx264", "preset": "veryfast", "pix_fmt": "yuv420p", "matrix": 1}
TAGS = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
MOVING = f"testsrc2=s=192x112:r=30000/1001,format=yuv420p,{TAGS}"


@pytest.fixture
def measured(tmp_path):
    """Return a function that codes two clips at a CRF and measures the halves."""

    def measure(above, below, *, crf, count=1, against=None):
        encoding = ENCODING | {"crf": crf}
        targets = [tmp_path / f"shown{number}.mp4" for number in range(count)]
        code_pair(above, below, targets, encoding=encoding, about="pair")
        pvss = against or (above, below)
        filters = tuple(display_filters(path, encoding, about="pair") for path in pvss)
        return half_vmafs(targets, pvss, filters=filters, threads=1, about="pair")

    return measure


@pytest.fixture
def clips(make_clip):
    sharp = make_clip("sharp.mkv", "-c:v", "ffv1", source=MOVING, frames=50)
    soft = make_clip("soft.mkv", "-c:v", "ffv1", source=f"{MOVING},boxblur=3", frames=50)
    return sharp, soft


@pytest.mark.parametrize("count", [1, 2])
def test_each_half_is_held_against_its_own_pvs(measured, clips, count):
    sharp, soft = clips
    good, frames = measured(sharp, soft, crf=8, count=count)
    assert frames == WINDOW * WINDOWS
    assert min(good) > 95
    swapped, _ = measured(sharp, soft, crf=8, count=count, against=(soft, sharp))
    assert swapped[1] < 80
    bad, _ = measured(sharp, soft, crf=45, count=count)
    assert bad[0] < good[0]
    assert bad[1] < good[1]


def test_it_is_the_mean_of_the_windows_frames_by_the_usual_scores(measured, clips, tmp_path):
    """One VMAF point for the first frame of a window: its motion is taken over the gap before it."""
    means, _ = measured(*clips, crf=30, count=2)
    for place, pvs in enumerate(clips):
        frames = score_frames(pvs, tmp_path / f"shown{place}.mp4", in_step=True, metrics=["vmaf"])["vmaf"]
        wanted = [*range(8), *range(21, 29), *range(42, 50)]
        assert means[place] == pytest.approx(frames[wanted].mean(), abs=1)


def test_the_frames_of_a_coded_pvs_meet_theirs(measured, clips, tmp_path):
    """Coded clips have few key frames and times that need not begin at zero."""
    coded = tmp_path / "coded.mkv"
    command = [ffmpeg_path(), "-v", "error", "-i", str(clips[0]), "-c:v", "libx264", "-crf", "20", str(coded)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    means, _ = measured(coded, clips[1], crf=4)
    assert min(means) > 97


def test_of_a_short_clip_every_frame_counts_and_tiny_pictures_are_not_measured(measured, make_clip):
    short = make_clip("short.mkv", "-c:v", "ffv1", source="testsrc2=s=64x48:r=25", frames=5)
    assert measured(short, short, crf=4)[1] == 5
    tiny = make_clip("tiny.mkv", "-c:v", "ffv1", source="testsrc2=s=64x18:r=25", frames=5)
    assert measured(tiny, tiny, crf=4) is None


@pytest.mark.parametrize("fps", ["24000/1001", "24", "25", "30000/1001", "48", "60000/1001", "120", "7013/250"])
def test_windows_hold_their_frames_at_every_rate(measured, make_clip, fps):
    clip = make_clip("clip.mkv", "-c:v", "ffv1", source=f"testsrc2=s=64x48:r={fps}", frames=101)
    means, frames = measured(clip, clip, crf=1)
    assert frames == 24
    assert min(means) > 97
