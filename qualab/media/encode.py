"""Lossy files: a cut coded as a rendition of a ladder."""

import math
import tempfile
from fractions import Fraction
from pathlib import Path

from qualab.errors import InputError, ToolMissing
from qualab.media.probe import ClipInfo, open_clip
from qualab.media.process import ffmpeg_has, ffmpeg_path, input_arguments, run_ffmpeg
from qualab.study.hrc import Rendition

# Access units of type 6 are SEI messages; x264 writes its version and settings there.
NO_SEI = ["-bsf:v", "filter_units=remove_types=6"]
NO_TRACES = ["-map_metadata", "-1", "-fflags", "+bitexact"]
# Streams that players switch between have a key frame every two seconds; a frame is found without decoding more.
KEY_S = 2
# An encoder that misses its bitrate by more than this share says so in its record.
_FAR_OFF = 0.2
# The pixel formats that an encoder takes, where it takes not all that are kept.
_TAKES = {"libsvtav1": ("yuv420p", "yuv420p10le")}


def check_encoders(codecs: set[str]) -> None:
    """Do nothing where FFmpeg has these encoders; raise ToolMissing, which names the first one missing."""
    for codec in sorted(codecs):
        if not ffmpeg_has("encoders", codec):
            hint = "unset QUALAB_FFMPEG to use the one shipped with it, or choose another codec"
            raise ToolMissing(ffmpeg_path(), f"was built without {codec}", hint)


def check_format(rendition: Rendition, pix_fmt: str, *, name: str) -> None:
    """Do nothing where the rendition's encoder keeps this pixel format; raise InputError, addressed to the clip."""
    takes = _TAKES.get(rendition.codec)
    if takes and pix_fmt not in takes:
        others = "libx264, libx265 or libvpx-vp9"
        hint = f"give rendition '{rendition.id}' {others}, or convert the clip to {takes[0]} before adding it"
        raise InputError(name, f"is {pix_fmt}, and {rendition.codec} takes {' or '.join(takes)} only", hint)


def encode_rendition(source: Path, target: Path, rendition: Rendition, info: ClipInfo, *, about: str) -> list[str]:
    """Code a lossless cut as a rendition asks, in Matroska; return the last FFmpeg arguments, files as IN and OUT.

    Size, pixel format, range and colour tags stay those of the cut, whose `info` is given. One thread everywhere, so
    that the bytes are the same on every machine; no tag or message tells the encoder. The logs of two passes lie in a
    private folder that goes with the call.

    Raises:
        MediaError: FFmpeg failed or complained.
    """
    given = ["-threads", "1", "-r", str(info.fps), *input_arguments(source)]
    given += ["-map", "0:v:0", "-an", "-sn", "-fps_mode", "cfr", "-c:v", rendition.codec, "-pix_fmt", info.pix_fmt]
    given += ["-g", str(math.ceil(KEY_S * info.fps))]
    # Matroska would name the encoder in a tag, even so.
    given += ["-flags:v", "+bitexact", "-threads", "1", *NO_TRACES, "-metadata:s:v:0", "encoder="]
    codec_options = _codec_options(rendition)
    out = ["-f", "matroska", f"file:{target}"]
    if not rendition.two_pass:
        arguments = [*given, *codec_options, *_tuned(rendition.codec), *out]
        run_ffmpeg(arguments, about=about)
    else:
        with tempfile.TemporaryDirectory(prefix="qualab-") as folder:
            log = f"{folder}/pass"
            run_ffmpeg([*given, *codec_options, *_tuned(rendition.codec, 1, log), "-f", "null", "-"], about=about)
            arguments = [*given, *codec_options, *_tuned(rendition.codec, 2, log), *out]
            run_ffmpeg(arguments, about=about)
        arguments = [word.replace(folder, "LOG") for word in arguments]
    return [word.replace(f"file:{source}", "IN").replace(f"file:{target}", "OUT") for word in arguments]


def measured_kbps(path: Path, frames: int, fps: Fraction, *, name: str) -> float:
    """Return the bitrate of a clip's coded pictures, in kb/s: bytes of its packets, nothing of the container."""
    with open_clip(path, name=name) as container:
        coded = sum(packet.size for packet in container.demux(container.streams.video[0]))
    return float(coded * 8 * fps / frames / 1000)


def far_off(target_kbps: float | None, actual_kbps: float) -> str:
    """Return what to say of a bitrate that the encoder missed by more than a fifth; empty where it did not.

    >>> far_off(400, 390), far_off(None, 90), far_off(50, 120.4)
    ('', '', 'asked for 50 kb/s, came out at 120 kb/s (+141%)')
    """
    if target_kbps is None or abs(actual_kbps / target_kbps - 1) <= _FAR_OFF:
        return ""
    share = actual_kbps / target_kbps - 1
    return f"asked for {target_kbps:g} kb/s, came out at {actual_kbps:.0f} kb/s ({share:+.0%})"


def _codec_options(rendition: Rendition) -> list[str]:
    """Return the options of speed and rate."""
    speed = ["-deadline", "good", "-cpu-used"] if rendition.codec == "libvpx-vp9" else ["-preset"]
    if rendition.bitrate_kbps is not None:
        return [*speed, rendition.speed, "-b:v", f"{round(rendition.bitrate_kbps * 1000)}"]
    # VP9 takes a CRF for a ceiling unless it is told that there is no bitrate.
    free = ["-b:v", "0"] if rendition.codec == "libvpx-vp9" else []
    return [*speed, rendition.speed, "-crf", f"{rendition.crf:g}", *free]


def _tuned(codec: str, number: int = 0, log: str = "") -> list[str]:
    """Return the encoder's own options: one thread, no message about itself, and the pass, where there are two."""
    passes = ["-pass", str(number), "-passlogfile", log] if number else []
    if codec == "libx265":
        stats = log.replace("\\", "\\\\").replace(":", "\\:")
        pass_options = [f"pass={number}", f"stats={stats}"] if number else []
        return ["-x265-params", ":".join(["pools=1", "frame-threads=1", "log-level=error", "info=0", *pass_options])]
    if codec == "libsvtav1":
        return ["-svtav1-params", "lp=1"]
    return [*(NO_SEI if codec == "libx264" and number != 1 else []), *passes]
