"""Running FFmpeg: found once, called safely, believed only when it says nothing."""

import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import IO

from qualab.errors import MediaError, ToolMissing

MIN_MAJOR = 7
MAX_PIXELS = 8192 * 8192
_TAIL_BYTES = 64 * 1024
_REINSTALL = "reinstall it: pip install --force-reinstall imageio-ffmpeg"


@cache
def ffmpeg_path() -> str:
    """Return the FFmpeg in use: QUALAB_FFMPEG, else the one that imageio-ffmpeg carries.

    Raises:
        ToolMissing: there is none.
    """
    named = os.environ.get("QUALAB_FFMPEG")
    if named:
        executable = shutil.which(named)
        if not executable:
            raise ToolMissing("QUALAB_FFMPEG", f"no program at {named!r}", "unset it, or give the path of an FFmpeg")
        return executable
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        raise ToolMissing("FFmpeg", "is not in imageio-ffmpeg", _REINSTALL) from None


@cache
def ffmpeg_version() -> str:
    """Return FFmpeg's version word, such as '9.0.2-static'.

    Raises:
        ToolMissing: it cannot be run, answers junk, or is older than supported.
    """
    text = _answer("-version")
    match = re.match(r"ffmpeg version (n?(\d+)\.\S+)", text)
    if not match:
        # Development builds name a commit instead of a release; they are newer than any release.
        match = re.match(r"ffmpeg version ([NG]-\S+|git-\S+)", text)
        if not match:
            raise ToolMissing(ffmpeg_path(), f"does not answer as FFmpeg does ({text[:60]!r})", _REINSTALL)
        return match.group(1)
    if int(match.group(2)) < MIN_MAJOR:
        raise ToolMissing(ffmpeg_path(), f"is FFmpeg {match.group(1)}, {MIN_MAJOR} or later is needed", _REINSTALL)
    return match.group(1)


@cache
def ffmpeg_has(kind: str, name: str) -> bool:
    """Say whether FFmpeg lists `name` among its `filters`, `encoders` or `decoders`."""
    return re.search(rf"^ ?[A-Z.|]+\s+{re.escape(name)}\s", _answer(f"-{kind}"), re.MULTILINE) is not None


def require_libvmaf() -> None:
    """Do nothing where FFmpeg has libvmaf; raise ToolMissing where it has not."""
    ffmpeg_version()
    if not ffmpeg_has("filters", "libvmaf"):
        raise ToolMissing(
            ffmpeg_path(), "was built without libvmaf", "unset QUALAB_FFMPEG to use the one shipped with it"
        )


def run_ffmpeg(arguments: Sequence[str], *, about: str, timeout_s: float = 3600.0) -> None:
    """Run FFmpeg on file names of ours; `about` is the clip's name for messages.

    Trusts the run only where it ends with 0 and says nothing at `-v error`.

    Raises:
        MediaError: it failed, complained or took too long; the text ends with its last line.
        ToolMissing: it cannot be started.
    """
    command = [ffmpeg_path(), "-nostdin", "-hide_banner", "-v", "error", "-y", *arguments]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            # SVT-AV1 has a log of its own, which tells its settings unless it is to tell errors only.
            env={**os.environ, "SVT_LOG": "1"},
        )
    except OSError as error:
        raise ToolMissing(ffmpeg_path(), f"cannot be started ({error.strerror})", _REINSTALL) from None
    assert process.stderr is not None
    tail = _Tail(process.stderr)
    try:
        code = process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        raise MediaError(about, f"FFmpeg was still busy after {timeout_s:.0f} s", "cut a shorter segment") from None
    finally:
        end_group(process)
        messages = tail.text()
    if code != 0 or messages:
        last = messages.splitlines()[-1][:300] if messages else "no message"
        raise MediaError(about, f"FFmpeg ended with {code}: {last}", "check the clip and the disk")


def end_group(process: "subprocess.Popen[bytes]") -> None:
    """End a process started in its own session, with all its children."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def input_arguments(path: Path, *, formats: str = "matroska,mov") -> list[str]:
    """Return the options and `-i` for reading one of our own files: no network, no playlists, no giant pictures."""
    return [
        *("-protocol_whitelist", "file", "-format_whitelist", formats, "-max_pixels", str(MAX_PIXELS)),
        *("-i", f"file:{path}"),
    ]


class _Tail:
    """The end of a stream, read in a thread so that a flood neither blocks nor fills memory."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._kept = b""
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            while chunk := stream.read(8192):
                self._kept = (self._kept + chunk)[-_TAIL_BYTES:]

    def text(self) -> str:
        self._thread.join(10)
        return self._kept.decode("utf-8", "replace").strip()


def _answer(question: str) -> str:
    try:
        done = subprocess.run(
            [ffmpeg_path(), "-hide_banner", question],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolMissing(ffmpeg_path(), f"cannot be run ({type(error).__name__})", _REINSTALL) from None
    return done.stdout.decode("utf-8", "replace")
