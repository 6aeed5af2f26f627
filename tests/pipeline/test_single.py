import subprocess
import sys

import pytest

from qualab.errors import InputError
from qualab.media.frames import read_pictures
from qualab.media.probe import probe
from qualab.pipeline.single import upscale_clip

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


def test_a_clip_is_never_written_over_itself(make_clip, tmp_path):
    source = make_clip("low.mkv", source="testsrc2=s=160x90:r=25")
    before = source.read_bytes()
    with pytest.raises(InputError, match="is the input itself"):
        upscale_clip(source, source, upscaler="bicubic")
    assert source.read_bytes() == before


def test_memory_does_not_grow_with_the_clips_length(make_clip, tmp_path):
    """120 frames more at 1280x720 would be 166 MB if they were kept; 60 MB leaves room for an allocator's moods."""
    peaks = []
    for frames in (20, 140):
        source = make_clip(f"{frames}.mp4", source="testsrc2=s=640x360:r=25", frames=frames)
        command = [sys.executable, "-c", _PEAK, str(source), str(tmp_path / f"{frames}.mkv")]
        peaks.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    assert peaks[1] - peaks[0] < 60
