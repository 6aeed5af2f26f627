import contextlib
import os
import shlex
import shutil
import socket
import subprocess
import threading
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import pytest

from qualab.errors import MediaError
from qualab.media.probe import ClipInfo, probe, refuse_unsupported

STRANGE_NAMES = [
    "-dash.mp4",
    "a:b.mp4",
    "%03d.mp4",
    "a'b.mp4",
    'a"b.mp4',
    "a\\b.mp4",
    "a=b.mp4",
    "[x];.mp4",
    "new\nline.mp4",
    "tab\t.mp4",
    "right‮left.mp4",
    "x" * 251 + ".mp4",
]


def _refusal(path: Path) -> str:
    with pytest.raises(MediaError) as caught:
        refuse_unsupported(probe(path), name=path.name)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_clip_is_described_as_it_was_made(make_clip):
    info = probe(make_clip("a.mp4", source="testsrc2=s=322x182:r=30000/1001", frames=9))
    assert (info.width, info.height, info.fps, info.frames) == (322, 182, Fraction(30000, 1001), 9)
    assert (info.codec, info.pix_fmt, info.sar, info.rotation, info.stray) == ("h264", "yuv420p", 1, 0, 0)


@pytest.mark.parametrize(("suffix", "rate"), [(".webm", "60"), (".mkv", "30000/1001"), (".mkv", "24")])
def test_millisecond_clocks_do_not_change_the_rate(make_clip, suffix, rate):
    codec = ("-c:v", "libvpx") if suffix == ".webm" else ()
    info = probe(make_clip("a" + suffix, *codec, source=f"testsrc2=s=64x64:r={rate}", frames=40))
    assert info.fps == Fraction(rate)


@pytest.mark.parametrize("name", STRANGE_NAMES)
def test_strange_names_are_only_names(make_clip, tmp_path, name):
    plain = make_clip("plain.mp4")
    strange = tmp_path / name
    shutil.copy(plain, strange)
    assert probe(strange) == probe(plain)


def test_empty_random_and_truncated_files_are_refused(make_clip, tmp_path):
    (tmp_path / "empty.mp4").touch()
    assert "is empty" in _refusal(tmp_path / "empty.mp4")
    (tmp_path / "random.mp4").write_bytes(os.urandom(200_000))
    assert "not a clip that can be read" in _refusal(tmp_path / "random.mp4")
    whole = make_clip("whole.mp4", frames=25).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    assert "not a clip that can be read" in _refusal(tmp_path / "cut.mp4")


def test_one_frame_is_no_clip(make_clip):
    assert "has 1 frame" in _refusal(make_clip("one.mp4", frames=1))


def test_sound_alone_is_no_clip(tmp_path):
    path = tmp_path / "sound.mp4"
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        "sine=d=1",
        "-c:a",
        "aac",
        str(path),
    ]
    subprocess.run(command, check=True)
    assert "no picture stream" in _refusal(path)


def test_directories_pipes_devices_and_dangling_links_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "link.mp4").symlink_to(tmp_path / "nothing")
    for path in (tmp_path, tmp_path / "pipe.mp4", Path("/dev/zero")):
        assert "not a regular file" in _refusal(path)
    assert "cannot be opened" in _refusal(tmp_path / "link.mp4")
    assert "cannot be opened" in _refusal(tmp_path / "nul\0.mp4")


def test_variable_frame_rate_is_refused_with_the_command_that_mends_it(make_clip):
    uneven = ("-vf", "select='not(eq(n,3)+eq(n,4)+eq(n,11))'", "-fps_mode", "vfr")
    said = _refusal(make_clip("vfr.mp4", *uneven, frames=20))
    assert "variable frame rate" in said
    assert "-fps_mode cfr -r" in said


def test_frames_after_a_gap_at_the_end_are_stray(make_clip):
    info = probe(make_clip("cut.mp4", "-vf", "select='not(between(n,17,18))'", "-fps_mode", "vfr", frames=18))
    assert (info.frames, info.stray, info.fps) == (17, 1, 25)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("-pix_fmt", "gray", "-c:v", "ffv1"), "gray"),
        (("-pix_fmt", "gray10le", "-c:v", "ffv1"), "gray10le"),
        (("-pix_fmt", "yuva420p", "-c:v", "ffv1"), "yuva420p"),
        (("-pix_fmt", "yuv420p12le", "-c:v", "ffv1"), "yuv420p12le"),
        (("-pix_fmt", "yuv411p", "-c:v", "ffv1"), "yuv411p"),
        (("-pix_fmt", "yuv440p", "-c:v", "ffv1"), "yuv440p"),
        (("-pix_fmt", "bgr0", "-c:v", "ffv1"), "bgr0"),
        (("-vf", "format=pal8", "-c:v", "png"), "pal8"),
        (("-vf", "tinterlace=4", "-flags", "+ildct", "-c:v", "mpeg2video"), "interlaced"),
        (("-vf", "setparams=color_trc=smpte2084", "-c:v", "ffv1"), "HDR (PQ)"),
        (("-vf", "setparams=color_trc=arib-std-b67", "-c:v", "ffv1"), "HDR (HLG)"),
        (("-vf", "scale=8:8", "-c:v", "ffv1"), "8x8"),
    ],
)
def test_pictures_that_would_be_mangled_are_refused_by_name(make_clip, arguments, reason):
    assert reason in _refusal(make_clip("odd.mkv", *arguments))


@pytest.mark.parametrize("pix_fmt", ["gray", "gray10le", "yuva420p", "yuv444p12le", "yuv411p", "gbrp10le", "bgra"])
def test_the_command_that_is_named_mends_the_pixel_format(make_clip, tmp_path, pix_fmt):
    path = make_clip("odd.mkv", "-pix_fmt", pix_fmt, "-c:v", "ffv1")
    fixed = _follow(_refusal(path), path, tmp_path / "fixed.mkv")
    refuse_unsupported(fixed, name="fixed")
    assert (fixed.width, fixed.height, fixed.frames) == (320, 180, 6)


def _follow(refusal: str, path: Path, out: Path) -> ClipInfo:
    """Run the FFmpeg command that a refusal names on the clip; return what came out."""
    words = shlex.split(refusal.split("for example: ", 1)[1])
    assert words[0] == "ffmpeg"
    told = [{"IN": str(path), "OUT.mkv": str(out)}.get(word, word) for word in words[1:]]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *told], check=True, stdin=subprocess.DEVNULL)
    return probe(out)


def test_interlace_is_refused_where_only_the_header_says_so(make_clip, tmp_path):
    """The pictures are coded as progressive; Matroska's FieldOrder says otherwise."""
    path = make_clip("header.mkv", "-vf", "setfield=tff", "-c:v", "libx264", "-preset", "ultrafast")
    said = _refusal(path)
    assert "is interlaced" in said
    assert "bwdif" in said
    refuse_unsupported(_follow(said, path, tmp_path / "fixed.mkv"), name="fixed")


@pytest.mark.parametrize(
    ("arguments", "what"), [(("-display_hflip",), "mirrored"), (("-display_rotation", "30"), "30")]
)
def test_mirrored_and_slanted_tags_are_refused(make_clip, tmp_path, arguments, what):
    path = tmp_path / "tagged.mp4"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *arguments, "-i", str(make_clip("plain.mp4"))]
    subprocess.run([*command, "-c", "copy", str(path)], check=True, stdin=subprocess.DEVNULL)
    assert what in _refusal(path)


def test_a_playlist_that_calls_itself_mp4_opens_nothing(tmp_path):
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(1.0)
    port = listener.getsockname()[1]
    called = []

    def wait() -> None:
        with contextlib.suppress(TimeoutError):
            called.append(listener.accept())

    watcher = threading.Thread(target=wait)
    watcher.start()
    playlists = {
        "hls.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:{port}/x.ts\n#EXT-X-ENDLIST\n",
        "file.mp4": "#EXTM3U\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n",
        "concat.mp4": "ffconcat version 1.0\nfile /etc/passwd\n",
    }
    for name, text in playlists.items():
        (tmp_path / name).write_text(text)
        assert "not a clip that can be read" in _refusal(tmp_path / name)
    watcher.join()
    listener.close()
    assert not called


def test_a_giant_picture_is_refused_without_decoding_it(make_clip):
    bomb = make_clip("bomb.mp4", source="color=s=16000x16000:r=25", frames=2)
    assert bomb.stat().st_size < 1_000_000
    with pytest.raises(MediaError, match=r"16000x16000|cannot be read"):
        probe(bomb)
