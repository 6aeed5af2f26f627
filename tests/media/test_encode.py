from fractions import Fraction

import pytest

from qualab.errors import InputError, ToolMissing
from qualab.media.encode import check_encoders, check_format, encode_rendition, measured_kbps
from qualab.media.frames import read_pictures
from qualab.media.pixel_formats import KEPT
from qualab.media.probe import probe
from qualab.study.hrc import CODECS, Rendition

RATES = {"abr": {"bitrate_kbps": 300}, "crf": {"crf": 30}, "two-pass": {"bitrate_kbps": 300, "two_pass": True}}
# FFmpeg's libsvtav1 has one pass.
CASES = [(codec, kind) for codec in CODECS for kind in RATES if (codec, kind) != ("libsvtav1", "two-pass")]
CODED = {"libx264": "h264", "libx265": "hevc", "libsvtav1": "libdav1d", "libvpx-vp9": "vp9"}


@pytest.mark.parametrize(("codec", "kind"), CASES)
def test_every_codec_keeps_frames_size_rate_and_colours_and_gives_the_same_bytes_again(lossless, tmp_path, codec, kind):
    info = probe(lossless)
    rendition = Rendition(id="r", height=90, codec=codec, **RATES[kind])
    files = [tmp_path / "one.mkv", tmp_path / "two.mkv"]
    for path in files:
        arguments = encode_rendition(lossless, path, rendition, info, about="clip")
    made = probe(files[0])
    assert made.codec == CODED[codec]
    for name in ("width", "height", "fps", "frames", "pix_fmt", "matrix", "primaries", "transfer", "full_range"):
        assert getattr(made, name) == getattr(info, name), name
    assert files[0].read_bytes() == files[1].read_bytes()
    assert not any(trace in files[0].read_bytes() for trace in (b"x264", b"x265", b"SVT", b"Lavc", b"libvpx"))
    assert str(tmp_path) not in " ".join(arguments)
    assert len(list(read_pictures(files[0], made, name="clip"))) == 12


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("pix_fmt", KEPT)
def test_an_encoder_keeps_the_pixel_format_or_the_clip_is_refused_with_the_mend(make_clip, tmp_path, codec, pix_fmt):
    clip = make_clip("clip.mkv", "-c:v", "ffv1", "-pix_fmt", pix_fmt, source="testsrc2=s=128x96:r=25", frames=3)
    info = probe(clip)
    rendition = Rendition(id="r", height=96, codec=codec, crf=20)
    if codec == "libsvtav1" and "420" not in pix_fmt:
        with pytest.raises(
            InputError, match=rf"clip: is {pix_fmt}, and libsvtav1 takes .* — give rendition 'r' libx264"
        ):
            check_format(rendition, pix_fmt, name="clip")
        return
    check_format(rendition, pix_fmt, name="clip")
    encode_rendition(clip, tmp_path / "coded.mkv", rendition, info, about="clip")
    assert probe(tmp_path / "coded.mkv").pix_fmt == pix_fmt


def test_a_lower_crf_and_a_higher_bitrate_give_more_bytes(lossless, tmp_path):
    def kbps(**rate):
        path = tmp_path / "coded.mkv"
        encode_rendition(lossless, path, Rendition(id="r", height=90, **rate), probe(lossless), about="clip")
        return measured_kbps(path, 12, probe(path).fps, name="clip")

    assert kbps(crf=18) > kbps(crf=28) > kbps(crf=38)
    assert kbps(bitrate_kbps=800) > kbps(bitrate_kbps=200)


def test_the_measured_bitrate_is_that_of_the_coded_pictures(make_clip):
    """FFmpeg's own raw H.264 holds these packets and nothing else."""
    source = "mandelbrot=s=160x90:r=25"
    raw = make_clip("raw.h264", "-c:v", "libx264", "-f", "h264", source=source, frames=25)
    boxed = make_clip("boxed.mkv", "-c:v", "libx264", source=source, frames=25)
    # The parameter sets stand in Matroska's header and in the raw stream.
    assert measured_kbps(boxed, 25, Fraction(25), name="clip") == pytest.approx(raw.stat().st_size * 8 / 1000, rel=0.01)


def test_two_passes_come_closer_to_the_asked_bitrate(make_clip, tmp_path):
    clip = make_clip("clip.mkv", "-c:v", "ffv1", source="mandelbrot=s=320x180:r=25", frames=50)
    found = []
    for two_pass in (False, True):
        rendition = Rendition(id="r", height=180, bitrate_kbps=500, two_pass=two_pass)
        encode_rendition(clip, tmp_path / "coded.mkv", rendition, probe(clip), about="clip")
        found.append(abs(measured_kbps(tmp_path / "coded.mkv", 50, Fraction(25), name="clip") - 500))
    assert found[1] < found[0]


def test_an_encoder_that_ffmpeg_lacks_is_named_before_any_work():
    check_encoders(set(CODECS))
    with pytest.raises(ToolMissing, match="was built without libnone") as caught:
        check_encoders({"libx264", "libnone"})
    assert caught.value.exit_code == 4


@pytest.fixture
def lossless(make_clip):
    tags = ("-color_range", "pc", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
    return make_clip("in.mkv", "-c:v", "ffv1", *tags, source="testsrc2=s=160x90:r=30000/1001", frames=12)
