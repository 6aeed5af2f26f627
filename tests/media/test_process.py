import stat
from pathlib import Path

import pytest

from qualab.errors import MediaError, ToolMissing
from qualab.media import process


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    for cached in (process.ffmpeg_path, process.ffmpeg_version, process.ffmpeg_has):
        cached.cache_clear()
    yield
    for cached in (process.ffmpeg_path, process.ffmpeg_version, process.ffmpeg_has):
        cached.cache_clear()


def _fake(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    path = folder / "ffmpeg"
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("QUALAB_FFMPEG", str(path))


def test_the_ffmpeg_that_comes_along_has_what_is_needed():
    process.require_libvmaf()
    assert process.ffmpeg_has("encoders", "libx264")
    assert not process.ffmpeg_has("encoders", "no-such-thing")


def test_a_missing_ffmpeg_is_exit_4(monkeypatch, tmp_path):
    monkeypatch.setenv("QUALAB_FFMPEG", str(tmp_path / "nothing"))
    with pytest.raises(ToolMissing) as caught:
        process.ffmpeg_version()
    assert caught.value.exit_code == 4


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'ffmpeg version 4.2.1 Copyright'", "7 or later is needed"),
        ("echo 'hello world'", "does not answer as FFmpeg does"),
        ("exit 1", "does not answer as FFmpeg does"),
    ],
)
def test_an_old_or_false_ffmpeg_is_exit_4(monkeypatch, tmp_path, script, reason):
    _fake(tmp_path, monkeypatch, script)
    with pytest.raises(ToolMissing, match=reason):
        process.ffmpeg_version()


def test_an_ffmpeg_without_libvmaf_is_exit_4(monkeypatch, tmp_path):
    _fake(tmp_path, monkeypatch, "echo 'ffmpeg version 9.0.2-x Copyright'")
    with pytest.raises(ToolMissing, match="without libvmaf"):
        process.require_libvmaf()


def test_a_run_that_complains_is_not_believed(monkeypatch, tmp_path):
    _fake(tmp_path, monkeypatch, "echo 'something is odd' >&2; exit 0")
    with pytest.raises(MediaError, match="ended with 0: something is odd"):
        process.run_ffmpeg(["-i", "x"], about="clip")


def test_a_flood_of_messages_does_not_fill_memory(monkeypatch, tmp_path):
    _fake(tmp_path, monkeypatch, "head -c 50000000 /dev/zero | tr '\\0' 'x' >&2; echo >&2; echo end >&2; exit 3")
    with pytest.raises(MediaError, match="ended with 3: end"):
        process.run_ffmpeg(["-i", "x"], about="clip")


def test_a_run_that_never_ends_is_ended(monkeypatch, tmp_path):
    _fake(tmp_path, monkeypatch, "sleep 600")
    with pytest.raises(MediaError, match="still busy"):
        process.run_ffmpeg(["-i", "x"], about="clip", timeout_s=0.2)
