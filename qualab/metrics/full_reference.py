"""Full-reference scores of one pair, by ffmpeg-quality-metrics behind the preflight gate."""

import math
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from qualab.errors import InputError, MediaError, RefusedPair, ToolMissing
from qualab.media.preflight import Preflight, preflight
from qualab.media.probe import ClipInfo
from qualab.media.process import ffmpeg_has, ffmpeg_path, require_libvmaf, run_ffmpeg
from qualab.metrics import METRICS
from qualab.metrics.metric import Measurement, Metric, Request, pool
from qualab.study.families import metric_row
from qualab.study.ids import nearest
from qualab.study.terms import default_metrics

_HINT = "check that both clips play to their end"
Rows = dict[Measurement, list[dict[str, float]]]


def score_frames(
    reference: Path,
    distorted: Path,
    *,
    names: tuple[str, str] | None = None,
    threads: int | None = None,
    is_native: bool = False,
    in_step: bool = False,
    metrics: Sequence[str] | None = None,
    align: bool = False,
) -> pd.DataFrame:
    """Return `metrics` of every frame, in this order after `frame`; identical frames have PSNR infinity.

    By default they are terms.default_metrics of the reference's height. The gate comes first, `names`, `is_native`,
    `in_step` and `align` are for it: see qualab.media.preflight. `frame` counts the frames compared. `threads` is for
    libvmaf, by default all cores.

    The table's `attrs` hold `preflight` and `offset` (what the gate found), `vmaf_models` and `command` (of FFmpeg).

    Raises:
        InputError: one of `metrics` is unknown.
        RefusedPair: the pair must not be compared.
        MediaError: a clip cannot be decoded to its end.
        ToolMissing: FFmpeg or its libvmaf is not there.
    """
    _refuse_unknown(metrics or ())
    require_libvmaf()
    pair = preflight(reference, distorted, names=names, is_native=is_native, in_step=in_step, align=align)
    pair.refuse()
    clip = pair.reference
    chosen = tuple(dict.fromkeys(metrics or default_metrics(clip.height)))
    _refuse_small(clip, chosen, about=pair.names[0])
    with tempfile.TemporaryDirectory(prefix="qualab-") as folder:
        # Names of ours: a quote, colon or leading dash in the user's would break FFmpeg's filter arguments.
        for name, path in (("reference", reference), ("distorted", distorted)):
            (Path(folder) / name).symlink_to(path.absolute())
        rows, command = _measure(Path(folder), pair, chosen, threads=threads or os.cpu_count() or 1)
    columns = {name: [METRICS[name].value(row, clip) for row in rows[METRICS[name].measurement]] for name in chosen}
    table = pd.DataFrame({"frame": np.arange(pair.frames, dtype=np.int32), **columns})
    models = {name: METRICS[name].model_for(clip.height) for name in chosen if METRICS[name].model}
    table.attrs = {"preflight": pair.records(), "offset": pair.offset, "vmaf_models": models, "command": command}
    return table


def score_pair(
    reference: Path, distorted: Path, *, metrics: Sequence[str] | None = None, align: bool = False
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one pair's pooled scores (SCORE_COLUMNS) and its frame scores; all else as score_frames."""
    frames = score_frames(reference, distorted, metrics=metrics, align=align)
    return pool(frames, src=reference.name, hrc=distorted.name), frames


def _refuse_unknown(metrics: Sequence[str]) -> None:
    for name in metrics:
        if name not in METRICS:
            raise InputError("metric", f"'{name}' is not a metric", nearest(name, METRICS))


def _refuse_small(clip: ClipInfo, chosen: Sequence[str], *, about: str) -> None:
    shorter, longer = sorted((clip.width, clip.height))
    for name in chosen:
        short, long = METRICS[name].least_sides
        if shorter < short or longer < long:
            what = f"is {clip.width}x{clip.height} pixels; {metric_row(name).title} needs sides of {short} and {long}"
            raise RefusedPair(about, what, f"leave {name} out")


def _measure(folder: Path, pair: Preflight, chosen: Sequence[str], *, threads: int) -> tuple[Rows, str]:
    """Return the rows of every measurement that the chosen metrics need, and FFmpeg's command."""
    from qualab.metrics.one_pass import OnePass

    wanted, height, about = [METRICS[name] for name in chosen], pair.reference.height, pair.names[1]
    once = OnePass(folder, fps=float(pair.reference.fps), trims=pair.trims, about=about)
    try:
        rows = once.measure(_requests(wanted, folder, height, threads))
    except MediaError:
        _refuse_tool(wanted, height)
        raise
    except (OSError, ValueError, KeyError) as error:
        what = f"could not be scored: what FFmpeg wrote cannot be read ({type(error).__name__}: {error})"
        raise MediaError(about, what, _HINT) from None
    for measurement, values in rows.items():
        if len(values) != pair.frames or any(math.isnan(value) for row in values for value in row.values()):
            raise MediaError(about, f"{measurement.name} has values for {len(values)} of {pair.frames} frames", _HINT)
    return rows, once.command(pair.names)


def _requests(metrics: Sequence[Metric], folder: Path, height: int, threads: int) -> dict[Measurement, Request]:
    requests = {}
    for measurement in dict.fromkeys(metric.measurement for metric in metrics):
        names = [metric for metric in metrics if metric.measurement == measurement]
        models = [f"version={metric.model_for(height)}:name={metric.name}" for metric in names if metric.model]
        features = [f"name={metric.feature}" for metric in names if metric.feature]
        requests[measurement] = Request(str(folder / measurement.name), threads, models, features)
    return requests


def _refuse_tool(wanted: Sequence[Metric], height: int) -> None:
    """Raise ToolMissing where a pass failed because FFmpeg lacks a filter, or its libvmaf a model, of those wanted."""
    hint = "unset QUALAB_FFMPEG to use the one shipped with it"
    for metric in wanted:
        name = metric.measurement.ffmpeg_filter
        if name and not ffmpeg_has("filters", name):
            raise ToolMissing(ffmpeg_path(), f"has no filter {name}", hint)
        model = metric.model_for(height)
        if model:
            version = model.split(":")[0]
            graph = f"color=s=320x240:d=0.1,split[a][b];[a][b]libvmaf=model=version={version}"
            try:
                run_ffmpeg(["-f", "lavfi", "-i", graph, "-f", "null", "-"], about=version)
            except MediaError:
                raise ToolMissing(ffmpeg_path(), f"has a libvmaf without the model {version}", hint) from None
