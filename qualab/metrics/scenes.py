"""Where a clip's scenes begin."""

import tempfile
from pathlib import Path

from qualab.media.probe import FORMATS
from qualab.media.process import input_arguments, run_ffmpeg
from qualab.metrics.metadata import metadata_rows

# FFmpeg's default; its documentation finds 8 to 14 good.
_THRESHOLD = 10.0


def scene_cuts(clip: Path, *, name: str | None = None) -> list[int]:
    """Return the numbers of the first frames of a clip's scenes, 0 first, found by FFmpeg's scdet.

    A cut is where the mean absolute difference to the frame before, and its change, pass a tenth of full scale: a fade
    or a pan is none. `name` is the user's for messages.

    Raises:
        MediaError: the clip cannot be decoded to its end.
    """
    with tempfile.TemporaryDirectory(prefix="qualab-") as folder:
        log = Path(folder) / "scenes"
        filters = f"scdet=threshold={_THRESHOLD},metadata=print:file={log}"
        run_ffmpeg(
            [*input_arguments(clip, formats=FORMATS), "-vf", filters, "-an", "-f", "null", "-"], about=name or clip.name
        )
        rows = metadata_rows(log.read_text(encoding="utf-8"))
    return [0, *(number for number, row in enumerate(rows) if number and "time" in row)]
