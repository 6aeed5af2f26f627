"""Files for viewers: two PVSs packed into one H.264 clip, one above the other."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qualab.media.process import input_arguments, run_ffmpeg

# Access units of type 6 are SEI messages; x264 writes its version and settings there.
_NO_TRACES = ["-map_metadata", "-1", "-fflags", "+bitexact", "-bsf:v", "filter_units=remove_types=6"]


def pack_pair(above: Path, below: Path, target: Path, *, encoding: Mapping[str, Any], about: str) -> None:
    """Write both clips as one picture of twice the height, `above` on top; no tag or message tells how it was made.

    Both halves share every encoder decision and every frame's time, so a difference seen is one of the clips.

    Raises:
        MediaError: FFmpeg failed or complained.
    """
    run_ffmpeg(
        [
            *input_arguments(above),
            *input_arguments(below),
            *("-filter_complex", "[0:v][1:v]vstack=inputs=2[v]", "-map", "[v]", "-an", "-sn"),
            *("-c:v", str(encoding["encoder"]), "-preset", str(encoding["preset"]), "-crf", str(encoding["crf"])),
            *("-pix_fmt", str(encoding["pix_fmt"]), "-flags:v", "+bitexact"),
            *_NO_TRACES,
            *("-movflags", "+faststart", "-f", "mp4", f"file:{target}"),
        ],
        about=about,
    )
