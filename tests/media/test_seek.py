"""Frames by number: the same as decoding everything and counting."""

import threading
from fractions import Fraction

import numpy as np
import pytest

from qualab.errors import MediaError
from qualab.media.frames import read_pictures
from qualab.media.probe import probe
from qualab.media.seek import Frames

# Frames numbered by a counter that testsrc2 draws, with noise so that no two are equal.
SOURCE = "testsrc2=s=128x96:r={rate},noise=alls=20:allf=t"
X264 = ("-c:v", "libx264", "-preset", "medium", "-pix_fmt", "yuv420p")
CODINGS = {
    "ffv1.mkv": ("-c:v", "ffv1", "-pix_fmt", "yuv420p"),
    "ffv1-long-group.mkv": ("-c:v", "ffv1", "-pix_fmt", "yuv422p10le", "-g", "20"),
    "h264-b-frames.mp4": (*X264, "-bf", "3", "-g", "17"),
    "h264-b-frames.mkv": (*X264, "-bf", "3", "-g", "17"),
    "h264-open-group.mkv": (*X264, "-x264-params", "open-gop=1:keyint=12:bframes=3:b-pyramid=normal"),
    "h264-no-key-frames.mkv": (*X264, "-x264-params", "intra-refresh=1:keyint=20"),
    "h264-one-group.mkv": (*X264, "-g", "250"),
    "h265-open-group.mkv": ("-c:v", "libx265", "-x265-params", "keyint=15:bframes=4:log-level=error"),
    "h265.mp4": ("-c:v", "libx265", "-x265-params", "keyint=15:bframes=4:log-level=error", "-tag:v", "hvc1"),
    "vp9.mkv": ("-c:v", "libvpx-vp9", "-g", "15", "-b:v", "200k", "-lag-in-frames", "16", "-auto-alt-ref", "1"),
    "av1.mkv": ("-c:v", "libsvtav1", "-preset", "10", "-g", "16", "-svtav1-params", "lp=1"),
}
FRAMES = 50


@pytest.mark.parametrize("name", CODINGS)
def test_every_frame_in_any_order_is_that_of_full_decoding(name, make_clip):
    pix_fmt = () if "-pix_fmt" in CODINGS[name] else ("-pix_fmt", "yuv420p")
    path = make_clip(name, *CODINGS[name], *pix_fmt, source=SOURCE.format(rate=25), frames=FRAMES)
    info = probe(path, name=name)
    truth = [picture.y.copy() for picture in read_pictures(path, info, name=name)]
    assert len(truth) == FRAMES
    assert len({plane.tobytes() for plane in truth}) == FRAMES
    order = [30, 31, 29, *range(FRAMES), *np.random.default_rng(1).permutation(FRAMES).tolist(), 0, FRAMES - 1]
    with Frames(path, fps=info.fps, name=name) as frames:
        wrong = [number for number in order if not np.array_equal(frames.at(number).y, truth[number])]
    assert wrong == []


@pytest.mark.parametrize("rate", ["24000/1001", "30000/1001", "60000/1001", "120"])
def test_rates_that_milliseconds_cannot_tell_exactly_shift_no_frame(rate, make_clip):
    path = make_clip("odd.mkv", "-c:v", "ffv1", source=SOURCE.format(rate=rate), frames=90)
    info = probe(path, name="odd")
    truth = [picture.y.copy() for picture in read_pictures(path, info, name="odd")]
    with Frames(path, fps=Fraction(rate), name="odd") as frames:
        assert [n for n in (89, 3, 60, 61, 45, 0) if not np.array_equal(frames.at(n).y, truth[n])] == []


def test_pictures_carry_format_matrix_and_range_of_the_clip(make_clip):
    tags = ("-colorspace", "bt709", "-color_range", "pc")
    path = make_clip("tagged.mkv", "-c:v", "ffv1", "-pix_fmt", "yuv444p10le", *tags)
    with Frames(path, fps=Fraction(25), name="tagged") as frames:
        picture = frames.at(2)
    assert (picture.pix_fmt, picture.matrix, picture.full_range) == ("yuv444p10le", 1, True)


@pytest.mark.parametrize("number", [6, 1000, -1])
def test_a_frame_beyond_the_clip_is_refused_by_number(number, make_clip):
    with (
        Frames(make_clip("short.mp4"), fps=Fraction(25), name="short") as frames,
        pytest.raises(MediaError, match=f"no frame {number} "),
    ):
        frames.at(number)


def test_what_is_no_clip_is_refused(tmp_path):
    path = tmp_path / "x.mkv"
    path.write_bytes(b"a PVS")
    with pytest.raises(MediaError):
        Frames(path, fps=Fraction(25), name="x")


def test_threads_at_once_get_their_own_frames(make_clip):
    path = make_clip("shared.mp4", *X264, "-g", "10", source=SOURCE.format(rate=25), frames=30)
    info = probe(path, name="shared")
    truth = [picture.y.copy() for picture in read_pictures(path, info, name="shared")]
    wrong: list[int] = []
    with Frames(path, fps=info.fps, name="shared") as frames:

        def look(seed: int) -> None:
            for number in np.random.default_rng(seed).permutation(30).tolist():
                if not np.array_equal(frames.at(number).y, truth[number]):
                    wrong.append(number)

        threads = [threading.Thread(target=look, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
