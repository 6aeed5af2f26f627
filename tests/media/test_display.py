"""Display files. Codes of colours are those of BT.601 and BT.709 (ITU-R BT.709-6, 3.2 to 3.5), worked out by hand."""

import re

import av
import numpy as np
import pytest
from av.bitstream import BitStreamFilterContext

from qualab.errors import MediaError
from qualab.media.display import code_pair, mean_lumas
from qualab.media.frames import read_pictures
from qualab.media.probe import probe

BT_709, BT_601 = 1, 6
ENCODING = {"encoder": "libx264", "preset": "veryfast", "crf": 4, "pix_fmt": "yuv420p", "matrix": BT_601}


def _first(path):
    return next(iter(read_pictures(path, probe(path), name="pair")))


@pytest.fixture
def coded(make_clip, tmp_path):
    """Return a function that makes the display files of two clips."""

    def make(above, below, *, count=1, name="pair", **encoding):
        targets = [tmp_path / f"{name}{number}.mp4" for number in range(count)]
        lumas = code_pair(above, below, targets, encoding=ENCODING | encoding, about="pair")
        return targets, lumas

    return make


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv444p10le"])
def test_every_format_becomes_what_browsers_show(make_clip, coded, pix_fmt, count):
    above = make_clip("above.mkv", "-c:v", "ffv1", "-pix_fmt", pix_fmt, source="color=red:s=64x48:r=25")
    below = make_clip("below.mkv", "-c:v", "ffv1", "-pix_fmt", pix_fmt, source="color=blue:s=64x48:r=25")
    files, _ = coded(above, below, count=count)
    for path in files:
        info = probe(path)
        assert (info.pix_fmt, info.width, info.height, info.frames) == ("yuv420p", 64, 96 // count, 6)
    pictures = [_first(path) for path in files]
    halves = [(pictures[0], slice(0, 24)), (pictures[-1], slice(24, 48) if count == 1 else slice(0, 24))]
    # FFmpeg's red and blue are BT.601's; unmixed up to the line where they touch.
    for (picture, rows), codes in zip(halves, [{"u": 102, "v": 240}, {"u": 240, "v": 118}], strict=True):
        for plane, code in codes.items():
            assert np.abs(getattr(picture, plane)[rows].astype(int) - code).max() <= 3


@pytest.mark.parametrize(("spread", "code"), [("pc", 216.96), ("tv", 234)])
def test_full_range_becomes_limited(make_clip, coded, spread, code):
    source = "color=white:s=64x48:r=25,format=gray,geq=lum=234"
    clip = make_clip("clip.mkv", "-c:v", "ffv1", "-pix_fmt", "yuv420p", "-color_range", spread, source=source)
    # What FFmpeg made of gray is the clip's luma, whatever that is; 16 + 219/255 of it is the same white.
    before = float(_first(clip).y.mean())
    (file,), lumas = coded(clip, clip)
    assert not probe(file).full_range
    expected = 16 + before * 219 / 255 if spread == "pc" else before
    assert lumas == pytest.approx((expected, expected), abs=1)
    assert float(_first(file).y.mean()) == pytest.approx(expected, abs=1)


def test_bt_709_in_limited_range_keeps_its_code_values(make_clip, coded):
    tags = ("-colorspace", "bt709", "-color_range", "tv")
    clip = make_clip("clip.mkv", "-c:v", "ffv1", *tags, source="testsrc2=s=128x96:r=25")
    (file,), _ = coded(clip, clip, matrix=BT_709, crf=0)
    before, after = _first(clip), _first(file)
    assert np.array_equal(after.y[:96], before.y)
    assert np.array_equal(after.y[96:], before.y)
    assert np.array_equal(after.u[:48], before.u)


def test_a_matrix_that_cannot_be_converted_is_told(make_clip, coded):
    clip = make_clip("clip.mkv", "-c:v", "ffv1", source="testsrc2=s=64x48:r=25")
    with pytest.raises(MediaError, match=r"colour matrix 8, which cannot be made BT.709"):
        coded(clip, clip, matrix=8)


@pytest.mark.parametrize("count", [1, 2])
def test_mean_luma_is_that_of_each_clip_in_order(make_clip, coded, count):
    def grey(name, code):
        source = f"color=black:s=64x48:r=25,format=yuv420p,geq=lum={code}+N:cb=128:cr=128"
        return make_clip(f"{name}.mkv", "-c:v", "ffv1", "-pix_fmt", "yuv420p", "-color_range", "tv", source=source)

    files, lumas = coded(grey("dark", 60), grey("light", 150), count=count, matrix=BT_709)
    assert lumas == pytest.approx((62.5, 152.5), abs=0.5)
    assert mean_lumas(files, about="pair") == lumas


def _traces(path):
    """Return everything in a display file that is neither its pictures nor their size, rate and number."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        tags = (context.colorspace, context.color_range, context.color_primaries, context.color_trc)
        extradata = bytes(context.extradata)
        bare = BitStreamFilterContext("h264_mp4toannexb", stream)
        units = [bytes(packet) for packet in container.demux(stream) for packet in bare.filter(packet)]
        kinds = {unit[place.end()] & 31 for unit in units for place in re.finditer(b"\0\0\1", unit)}
        frame_tags = next(iter(_decoded(path)))
        metadata = (tuple(container.metadata.items()), tuple(stream.metadata.items()))
        facts = (stream.codec.name, context.profile, str(stream.sample_aspect_ratio), stream.start_time)
    data = path.read_bytes()
    named = {word for word in (b"x264", b"Lav", b"btrt", b"encoder") if word in data or word in extradata}
    return (metadata, tags, frame_tags, facts, frozenset(kinds - {1, 5, 7, 8, 9}), frozenset(named))


def _decoded(path):
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield tuple(sorted(str(data.type) for data in frame.side_data)), frame.colorspace, frame.color_range


SOURCES = [
    ("yuv420p", "bt709", "tv", "testsrc2=s=128x96:r=25"),
    ("yuv422p", "smpte170m", "pc", "testsrc=s=160x90:r=30000/1001"),
    ("yuv444p10le", "bt2020nc", "tv", "mandelbrot=s=96x64:r=24"),
    ("yuv420p10le", "bt470bg", "pc", "smptebars=s=64x48:r=50"),
    ("yuv420p", "unknown", "unknown", "rgbtestsrc=s=128x96:r=25"),
]


def test_all_display_files_have_the_same_tags_metadata_and_messages(make_clip, coded, tmp_path):
    found = []
    for number, (pix_fmt, matrix, spread, source) in enumerate(SOURCES):
        colours = ("-colorspace", matrix, "-color_range", spread, "-color_primaries", "bt470bg")
        tags = ("-metadata", f"title=secret{number}", "-metadata:s:v:0", f"encoder=secret{number}")
        lossless = make_clip(f"a{number}.mkv", "-c:v", "ffv1", "-pix_fmt", pix_fmt, *colours, *tags, source=source)
        lossy = make_clip(f"b{number}.mkv", "-c:v", "libx264", "-pix_fmt", pix_fmt, *colours, *tags, source=source)
        for count in (1, 2):
            found += coded(lossless, lossy, count=count, name=f"{number}{count}", crf=12)[0]
    assert len(found) == 15
    assert len({_traces(path) for path in found}) == 1
    assert _traces(found[0])[0] == (
        (("major_brand", "isom"), ("minor_version", "512"), ("compatible_brands", "isomiso2avc1mp41")),
        (("language", "und"), ("handler_name", "VideoHandler")),
    )
    assert not _traces(found[0])[-1]
    # What FFmpeg writes when it is not told otherwise is seen.
    assert _traces(make_clip("plain.mp4", source="testsrc2=s=128x96:r=25")) != _traces(found[0])


def test_two_files_of_a_pair_are_of_one_size(make_clip, coded):
    sharp = make_clip("sharp.mkv", "-c:v", "ffv1", source="testsrc2=s=128x96:r=25")
    soft = make_clip("soft.mkv", "-c:v", "ffv1", source="testsrc2=s=128x96:r=25,boxblur=8")
    files, _ = coded(sharp, soft, count=2)
    alone = [len(path.read_bytes().rstrip(b"\0")) for path in files]
    assert len({path.stat().st_size for path in files}) == 1
    assert alone[0] != alone[1]
    assert [probe(path).frames for path in files] == [6, 6]
