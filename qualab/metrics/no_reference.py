"""Diagnostics of one clip alone: what its pictures are like, never which of two clips is better.

All but CAMBI describe the content as much as what was done to it: compare them only between HRCs of one SRC.
"""

import math
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from qualab.errors import MediaError
from qualab.media.probe import FORMATS, ClipInfo, probe, refuse_unsupported
from qualab.media.process import input_arguments, require_libvmaf, run_ffmpeg
from qualab.metrics import DIAGNOSTICS
from qualab.metrics.diagnostic import Graph, Rows


def diagnose(clip: Path, *, name: str, frames: int, threads: int | None = None) -> pd.DataFrame:
    """Return the diagnostics of a clip of so many frames: DIAGNOSTIC_COLUMNS, one row a frame, all finite.

    What each one is stands in the file of its row of study.families.DIAGNOSTICS.

    Args:
        clip: the clip.
        name: the user's name of it for messages.
        frames: how many frames it has.
        threads: for CAMBI, by default all cores.

    Raises:
        MediaError: the clip cannot be decoded to its end.
        ToolMissing: FFmpeg or its libvmaf is not there.
    """
    require_libvmaf()
    info = probe(clip, name=name)
    refuse_unsupported(info, name=name)
    graphs = dict.fromkeys(diagnostic.graph for diagnostic in DIAGNOSTICS.values())
    with tempfile.TemporaryDirectory(prefix="qualab-") as folder:
        run_ffmpeg(_arguments(clip, graphs, Path(folder), threads or os.cpu_count() or 1), about=name)
        texts = {graph: (Path(folder) / graph.name).read_text(encoding="utf-8") for graph in graphs}
    return _table({graph: graph.read(text, frames) for graph, text in texts.items()}, info, frames, name)


def _arguments(clip: Path, graphs: Iterable[Graph], folder: Path, threads: int) -> list[str]:
    """Return FFmpeg's arguments: each graph has a thread of its own, and the clip is decoded once for all."""
    arguments = input_arguments(clip, formats=FORMATS)
    for graph in graphs:
        filters = graph.filters.format(log=folder / graph.name, threads=threads)
        arguments += ["-filter_complex", f"[0:v]{filters}[{graph.name}]", "-map", f"[{graph.name}]"]
    return [*arguments, "-f", "null", "-"]


def _table(rows: dict[Graph, Rows], info: ClipInfo, frames: int, name: str) -> pd.DataFrame:
    table = pd.DataFrame({"frame": range(frames)})
    for column, diagnostic in DIAGNOSTICS.items():
        values = [row.get(diagnostic.key, 0.0) for row in rows[diagnostic.graph]]
        if len(values) != frames:
            what = f"{column} has values for {len(values)} of {frames} frames"
            raise MediaError(name, what, "check that the clip plays to its end")
        # FFmpeg calls not a number what it sees no edge for.
        table[column] = [diagnostic.scale(info) * (value if math.isfinite(value) else 0.0) for value in values]
    return table
