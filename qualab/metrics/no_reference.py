"""Diagnostics of one clip alone: what its pictures are like, never which of two clips is better.

All but CAMBI describe the content as much as what was done to it: compare them only between HRCs of one SRC.
"""

import json
import math
import os
import tempfile
from pathlib import Path

import pandas as pd

from qualab.errors import MediaError
from qualab.media.pixel_formats import PIXEL_FORMATS
from qualab.media.probe import FORMATS, probe, refuse_unsupported
from qualab.media.process import input_arguments, require_libvmaf, run_ffmpeg
from qualab.metrics.metadata import metadata_rows
from qualab.study.tables import DIAGNOSTIC_COLUMNS

# The filters that take longest each have a graph, and so a thread, of their own; the clip is decoded once for all.
# An empty model keeps libvmaf from computing VMAF of the clip against itself.
_GRAPHS = {
    "siti": "siti,metadata=print:file={log}",
    "blur": "blurdetect,metadata=print:file={log}",
    "block": "blockdetect,metadata=print:file={log}",
    # The median of frames n-1, n, n+1 comes out with the time of the first.
    "msad": "extractplanes=y,split[now][all];[now]trim=start_frame=1,setpts=N/FRAME_RATE/TB[next];"
    "[all]tmedian,setpts=N/FRAME_RATE/TB[median];[next][median]msad=shortest=1,metadata=print:file={log}",
    # CAMBI takes no pictures with both sides below 216 samples.
    "cambi": "scale=w=iw*{times}:h=ih*{times}:flags=neighbor,"
    "split[a][b];[a][b]libvmaf=model=:feature=name=cambi:log_path={log}:log_fmt=json:n_threads={threads}",
}
_TIMES = "'max(1,ceil(216/max(iw,ih)))'"
_PEAK = 255.0
# Column: the graph that prints it, under which key, and what a unit of it is here.
_COLUMNS = {
    "si": ("siti", "si", 1.0),
    "ti": ("siti", "ti", 1.0),
    "cambi": ("cambi", "cambi", 1.0),
    "blur": ("blur", "blur", 1.0),
    "blockiness": ("block", "block", 1.0),
    "flicker": ("msad", "Y", _PEAK),
}


def diagnose(clip: Path, *, name: str, frames: int, threads: int | None = None) -> pd.DataFrame:
    """Return the diagnostics of a clip of so many frames: DIAGNOSTIC_COLUMNS, one row a frame, all finite.

    `si` and `ti`: ITU-T P.910's spatial and temporal information of luma, in code values 0-255 of full range.
    `cambi`: Netflix's banding index, 0 (none) to 24, visible from about 5; pictures with both sides below 216 samples
    are enlarged by a whole factor for it, without new values.
    `blur`: width of edges in samples (Marziliano et al., 2002). `blockiness`: how much a grid stands out, 1 for none.
    `flicker`: mean over luma of |y(n) - median(y(n-1), y(n), y(n+1))|, in code values of 8 bits: what leaves the
    course between its neighbours and returns. Motion across less than a frame's width of an edge does not count.

    `ti` of the first frame and `flicker` of the first and last are 0, as are `blur` and `blockiness` of pictures
    without any edge. `name` is the user's for messages; `threads` is for CAMBI, by default all cores.

    Raises:
        MediaError: the clip cannot be decoded to its end.
        ToolMissing: FFmpeg or its libvmaf is not there.
    """
    require_libvmaf()
    info = probe(clip, name=name)
    refuse_unsupported(info, name=name)
    # FFmpeg gives SI and TI in code values of the clip's own depth, everything else in 8 bits or shares of the peak.
    depth = _PEAK / ((1 << PIXEL_FORMATS[info.pix_fmt].bits) - 1)
    with tempfile.TemporaryDirectory(prefix="qualab-") as folder:
        logs = {graph: Path(folder) / graph for graph in _GRAPHS}
        run_ffmpeg(_arguments(clip, logs, threads or os.cpu_count() or 1), about=name)
        texts = {graph: log.read_text(encoding="utf-8") for graph, log in logs.items()}
    rows = {graph: metadata_rows(text) for graph, text in texts.items() if graph != "cambi"}
    rows["cambi"] = [frame["metrics"] for frame in json.loads(texts["cambi"])["frames"]]
    rows["msad"] = [{}, *rows["msad"][: frames - 2], {}]
    table = pd.DataFrame({"frame": range(frames)})
    for column, (graph, key, unit) in _COLUMNS.items():
        if len(rows[graph]) != frames:
            what = f"{column} has values for {len(rows[graph])} of {frames} frames"
            raise MediaError(name, what, "check that the clip plays to its end")
        unit = unit * depth if graph == "siti" else unit
        table[column] = [unit * _finite(row.get(key, 0.0)) for row in rows[graph]]
    return table[list(DIAGNOSTIC_COLUMNS)]


def _arguments(clip: Path, logs: dict[str, Path], threads: int) -> list[str]:
    arguments = input_arguments(clip, formats=FORMATS)
    for graph, text in _GRAPHS.items():
        filters = text.format(log=logs[graph], threads=threads, times=_TIMES)
        arguments += ["-filter_complex", f"[0:v]{filters}[{graph}]", "-map", f"[{graph}]"]
    return [*arguments, "-f", "null", "-"]


def _finite(value: float) -> float:
    """Return 0 for what FFmpeg calls not a number: it found no edge to look at."""
    return value if math.isfinite(value) else 0.0
