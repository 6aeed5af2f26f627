import subprocess
from dataclasses import replace

import numpy as np
import pytest

from qualab.errors import MediaError
from qualab.media.frames import Upright, read_pictures, read_still
from qualab.media.picture import Picture
from qualab.media.pixel_formats import KEPT, PIXEL_FORMATS
from qualab.media.probe import probe
from qualab.media.process import ffmpeg_path


def test_a_segment_begins_and_ends_at_exact_frames(make_clip):
    path = make_clip("count.mp4", frames=30)
    info = probe(path)
    every = [picture.y.copy() for picture in read_pictures(path, info, name="count")]
    some = [picture.y.copy() for picture in read_pictures(path, info, name="count", start=17, count=5)]
    assert len(every) == 30
    assert np.array_equal(np.stack(some), np.stack(every[17:22]))


def _raw_decode(path, pix_fmt):
    """Return what FFmpeg's own command line decodes, turned as tagged, as raw bytes."""
    command = [ffmpeg_path(), "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", pix_fmt, "-"]
    return subprocess.run(command, capture_output=True, check=True, stdin=subprocess.DEVNULL).stdout


def _bytes(picture):
    return b"".join(np.ascontiguousarray(plane).tobytes() for plane in (picture.y, picture.u, picture.v))


@pytest.mark.parametrize("size", ["66x50", "65x49", "853x479"])
@pytest.mark.parametrize("pix_fmt", KEPT)
def test_every_format_and_size_is_read_as_ffmpeg_reads_it(make_clip, pix_fmt, size):
    path = make_clip("clip.mkv", "-c:v", "ffv1", "-pix_fmt", pix_fmt, source=f"testsrc=s={size}:r=25", frames=3)
    info = probe(path)
    pictures = list(read_pictures(path, info, name="clip"))
    assert {(f"{p.width}x{p.height}", p.pix_fmt) for p in pictures} == {(size, pix_fmt)}
    assert b"".join(map(_bytes, pictures)) == _raw_decode(path, pix_fmt)


@pytest.mark.parametrize("pix_fmt", KEPT)
def test_pictures_are_brought_to_the_format_that_is_asked_for(make_clip, pix_fmt):
    """Red of BT.601 is (81, 90, 240) in 8 bits, whatever the clip holds it in."""
    path = make_clip("clip.mkv", "-c:v", "ffv1", "-pix_fmt", pix_fmt, source="color=red:s=65x49:r=25", frames=2)
    for picture in read_pictures(path, probe(path), name="clip", pix_fmt="yuv420p"):
        assert (picture.pix_fmt, picture.y.shape, picture.u.shape) == ("yuv420p", (49, 65), (25, 33))
        for plane, code in (("y", 81), ("u", 90), ("v", 240)):
            assert np.abs(getattr(picture, plane).astype(int) - code).max() <= 1


def test_full_range_is_a_property_and_no_format(make_clip):
    path = make_clip("full.mkv", "-c:v", "mjpeg", "-pix_fmt", "yuvj422p", "-colorspace", "bt470bg", frames=2)
    info = probe(path)
    picture = next(iter(read_pictures(path, info, name="full")))
    assert (info.pix_fmt, info.full_range) == ("yuv422p", True)
    assert (picture.pix_fmt, picture.full_range, picture.matrix) == ("yuv422p", True, info.matrix)


def _turned(path, degrees):
    turned = path.with_name(f"turned{path.suffix}")
    command = [ffmpeg_path(), "-v", "error", "-y", "-display_rotation", str(degrees), "-i", str(path), "-c", "copy"]
    subprocess.run([*command, str(turned)], check=True, stdin=subprocess.DEVNULL)
    return turned


@pytest.mark.parametrize("degrees", [90, 180, 270])
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p", "yuv420p10le", "yuv422p", "yuv422p10le"])
@pytest.mark.parametrize("size", ["96x64", "65x49"])
def test_pictures_are_upright_as_ffmpeg_turns_them(make_clip, size, pix_fmt, degrees):
    source = f"testsrc=s={size}:r=25,gblur=2,setsar=4/3"
    path = make_clip("clip.mkv", "-c:v", "ffv1", "-pix_fmt", pix_fmt, source=source, frames=3)
    turned = _turned(path, degrees)
    info, plain = probe(turned), probe(path)
    sideways = degrees != 180
    expected = (plain.height, plain.width, 1 / plain.sar) if sideways else (plain.width, plain.height, plain.sar)
    assert (info.width, info.height, info.sar, info.rotation) == (*expected, degrees)
    pictures = list(read_pictures(turned, info, name="turned"))
    assert {(p.width, p.height, p.pix_fmt) for p in pictures} == {(info.width, info.height, pix_fmt)}
    raw = _raw_decode(turned, pix_fmt)
    if sideways and "422" in pix_fmt:
        # FFmpeg takes these through 4:4:4, so only luma is the same; ours is tested on its own below.
        luma = pictures[0].y.nbytes
        assert _bytes(pictures[0])[:luma] == raw[:luma]
    else:
        assert b"".join(map(_bytes, pictures)) == raw


@pytest.mark.parametrize("degrees", [90, 270])
def test_turning_422_shifts_no_chroma(degrees):
    width, height = 96, 64
    half = PIXEL_FORMATS["yuv422p"].chroma_size(width, height)
    across = 40 + 160 * (np.arange(half[0]) * 2 + 1) / width
    u = np.tile(np.rint(across).astype(np.uint8), (half[1], 1))
    found = Upright(degrees)(Picture(np.zeros((height, width), np.uint8), u, u, "yuv422p"))
    assert (found.width, found.height, found.pix_fmt) == (height, width, "yuv422p")
    # What ran across now runs down, upwards after a quarter turn counter-clockwise.
    down = 40 + 160 * (np.arange(width) + 0.5) / width
    down = down[::-1] if degrees == 90 else down
    assert found.u.shape == PIXEL_FORMATS["yuv422p"].chroma_size(height, width)[::-1]
    assert np.abs(found.u.astype(float) - down[:, None])[4:-4].max() <= 1.5


def test_turned_pictures_are_plain_arrays(make_clip):
    """torch.from_numpy takes no negative strides."""
    turned = _turned(make_clip("clip.mp4"), 180)
    picture = next(iter(read_pictures(turned, probe(turned), name="turned")))
    assert picture.y.flags.c_contiguous


@pytest.mark.parametrize(("vf", "what"), [("format=yuv422p", "pixel format"), ("scale=160:90", "size")])
def test_a_clip_that_changes_in_between_is_refused_with_the_frame(make_clip, tmp_path, vf, what):
    """Joined as raw MPEG-TS, as recordings are."""
    first = make_clip("a.ts", "-c:v", "mpeg2video", "-pix_fmt", "yuv420p", "-g", "1", frames=6)
    second = make_clip("b.ts", "-c:v", "mpeg2video", "-vf", vf, "-g", "1", "-profile:v", "0", frames=6)
    info = probe(first)
    joined = tmp_path / "joined.ts"
    joined.write_bytes(first.read_bytes() + second.read_bytes())
    with pytest.raises(MediaError, match=rf"frame [56] cannot be decoded \(its {what} changes"):
        list(read_pictures(joined, replace(info, frames=12), name="joined.ts"))


@pytest.mark.parametrize("codec", [("-c:v", "mpeg4", "-q:v", "2"), ("-c:v", "libx264", "-crf", "10")])
def test_damage_in_the_middle_is_told_with_its_frame(make_clip, codec):
    path = make_clip("hurt.mkv", *codec, "-g", "5", "-pix_fmt", "yuv420p", frames=20)
    info = probe(path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)
    path.write_bytes(data)
    with pytest.raises(MediaError, match=r"frame \d+|ends after frame"):
        list(read_pictures(path, info, name="hurt.mkv"))


def test_a_still_becomes_a_picture(tmp_path, make_clip):
    path = make_clip("still.png", "-c:v", "png", frames=1)
    picture = read_still(path)
    assert (picture.width, picture.height) == (320, 180)
    assert picture.y.std() > 20
