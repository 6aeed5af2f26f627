"""Files for viewers: two PVSs packed into one H.264 clip, one above the other."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qualab.media.process import input_arguments, run_ffmpeg
from qualab.media.scaler import SWS_FLAGS

# Access units of type 6 are SEI messages; x264 writes its version and settings there.
_NO_TRACES = ["-map_metadata", "-1", "-fflags", "+bitexact", "-bsf:v", "filter_units=remove_types=6"]


def pack_pair(above: Path, below: Path, target: Path, *, encoding: Mapping[str, Any], about: str) -> None:
    """Write both clips as one picture of twice the height, `above` on top; no tag or message tells how it was made.

    Each picture is brought to the encoding's pixel format by bicubic before they touch; its range stays as it is.
    Both halves share every encoder decision and every frame's time, so a difference seen is one of the clips.

    Raises:
        MediaError: FFmpeg failed or complained.
    """
    run_ffmpeg(
        [
            *input_arguments(above),
            *input_arguments(below),
            *("-filter_complex", _stacked(str(encoding["pix_fmt"])), "-map", "[v]", "-an", "-sn"),
            *("-c:v", str(encoding["encoder"]), "-preset", str(encoding["preset"]), "-crf", str(encoding["crf"])),
            *("-pix_fmt", str(encoding["pix_fmt"]), "-flags:v", "+bitexact"),
            *_NO_TRACES,
            *("-movflags", "+faststart", "-f", "mp4", f"file:{target}"),
        ],
        about=about,
    )


def _stacked(pix_fmt: str) -> str:
    convert = f"scale=flags=bicubic+{SWS_FLAGS},format={pix_fmt}"
    return f"[0:v]{convert}[a];[1:v]{convert}[b];[a][b]vstack=inputs=2[v]"
