import subprocess
import sys
import threading

import pytest

from qualab.errors import InputError
from qualab.media.frames import read_pictures
from qualab.media.pixel_formats import KEPT
from qualab.media.probe import probe
from qualab.media.process import ffmpeg_path
from qualab.pipeline.single import upscale_clip

pytestmark = pytest.mark.slow

_PEAK = """
import resource, sys
from pathlib import Path
from qualab.pipeline.single import upscale_clip
upscale_clip(Path(sys.argv[1]), Path(sys.argv[2]), upscaler="bicubic", height=720)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_every_frame_comes_out_at_the_asked_size(make_clip, tmp_path):
    source = make_clip("low.mp4", source="testsrc2=s=160x90:r=30000/1001", frames=7)
    told = []
    made = upscale_clip(
        source,
        tmp_path / "high.mkv",
        upscaler="lite-x2",
        scale=3,
        on_frame=lambda done, total: told.append((done, total)),
    )
    assert (made.width, made.height, made.frames, made.fps) == (480, 270, 7, probe(source).fps)
    assert told == [(done, 7) for done in range(1, 8)]
    assert sum(1 for _ in read_pictures(tmp_path / "high.mkv", made, name="high")) == 7


def test_samples_become_square(make_clip, tmp_path):
    source = make_clip("anamorphic.mp4", "-vf", "setsar=4/3", source="testsrc2=s=160x120:r=25")
    made = upscale_clip(source, tmp_path / "square.mkv", upscaler="lanczos")
    assert (made.width, made.height, made.sar) == (426, 240, 1)


@pytest.mark.parametrize("upscaler", ["lanczos", "lite-x2"])
@pytest.mark.parametrize(
    ("size", "height", "expected"),
    [
        ("128x72", 721, (1282, 721)),
        ("853x479", 721, (1284, 721)),
        ("65x49", 98, (130, 98)),
        ("65x49", 49, (65, 49)),
        ("120x90", 101, (134, 101)),
    ],
)
def test_the_height_is_exact_and_the_width_whole_or_even(make_clip, tmp_path, upscaler, size, height, expected):
    """1281.8 and 1283.9 and 134.67 become even; 130 and 65 are exact."""
    source = make_clip("odd.mkv", "-c:v", "ffv1", "-pix_fmt", "yuv420p", source=f"testsrc=s={size}:r=25", frames=2)
    made = upscale_clip(source, tmp_path / "out.mkv", upscaler=upscaler, height=height)
    assert (made.width, made.height, made.frames, made.pix_fmt) == (*expected, 2, "yuv420p")


@pytest.mark.parametrize("upscaler", ["bicubic", "lite-x2"])
@pytest.mark.parametrize("pix_fmt", KEPT)
def test_formats_and_tags_are_kept(make_clip, tmp_path, upscaler, pix_fmt):
    tags = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "pc")
    source = make_clip("in.mkv", "-c:v", "ffv1", "-pix_fmt", pix_fmt, *tags, source="testsrc=s=65x49:r=25", frames=2)
    info = probe(source)
    made = upscale_clip(source, tmp_path / "out.mkv", upscaler=upscaler)
    assert (made.width, made.height, made.pix_fmt) == (130, 98, pix_fmt)
    for tag in ("matrix", "primaries", "transfer", "full_range"):
        assert getattr(made, tag) == getattr(info, tag)
    assert (made.matrix, made.full_range) == (1, True)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_clip_comes_out_upright_and_square(make_clip, tmp_path, degrees):
    """160x120 with samples of 4:3 shows 213.33x120; turned by a quarter 120x213.33, which is 90x160 square ones."""
    flat = make_clip("flat.mp4", "-vf", "setsar=4/3", source="testsrc2=s=160x120:r=25", frames=3)
    turned = tmp_path / "turned.mp4"
    command = [ffmpeg_path(), "-v", "error", "-display_rotation", str(degrees), "-i", str(flat), "-c", "copy"]
    subprocess.run([*command, str(turned)], check=True, stdin=subprocess.DEVNULL)
    made = upscale_clip(turned, tmp_path / "up.mkv", upscaler="bicubic", height=240)
    assert (made.width, made.height, made.sar, made.rotation) == (426 if degrees == 180 else 136 - 1, 240, 1, 0)


def test_an_impossible_height_is_refused(make_clip, tmp_path):
    source = make_clip("low.mp4", source="testsrc2=s=160x90:r=25")
    for options in ({"height": 8}, {"height": 9000}, {"scale": 0.01}, {"height": 5000}):
        with pytest.raises(InputError, match="from 16 to 8192"):
            upscale_clip(source, tmp_path / "out.mkv", upscaler="bicubic", **options)
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize("fault", [OSError("gone"), KeyboardInterrupt()])
def test_an_interrupted_run_leaves_no_file_and_no_thread(make_clip, tmp_path, fault):
    def stop(done, total):
        if done == 3:
            raise fault

    source = make_clip("low.mp4", source="testsrc2=s=160x90:r=25", frames=60)
    with pytest.raises(type(fault)):
        upscale_clip(source, tmp_path / "out.mkv", upscaler="bicubic", on_frame=stop)
    assert not list(tmp_path.glob("*out*"))
    assert not [thread for thread in threading.enumerate() if thread.name in ("read-ahead", "write-behind")]


def test_a_clip_is_never_written_over_itself(make_clip, tmp_path):
    source = make_clip("low.mkv", source="testsrc2=s=160x90:r=25")
    before = source.read_bytes()
    with pytest.raises(InputError, match="is the input itself"):
        upscale_clip(source, source, upscaler="bicubic")
    assert source.read_bytes() == before


def test_memory_does_not_grow_with_the_clips_length(make_clip, tmp_path):
    """80 frames more of 1280x720 would be 110 MB if those read or those written were kept; allocators have moods."""
    peaks = []
    for frames in (20, 100):
        source = make_clip(f"{frames}.mp4", source="testsrc2=s=1280x720:r=25", frames=frames)
        command = [sys.executable, "-c", _PEAK, str(source), str(tmp_path / f"{frames}.mkv")]
        peaks.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    assert peaks[1] - peaks[0] < 50
