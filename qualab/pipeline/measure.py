"""The steps that measure: scores against the reference, what a PVS is like by itself, where scenes begin."""

from pathlib import Path

import pandas as pd

from qualab.metrics.full_reference import score_frames
from qualab.metrics.metric import pool
from qualab.metrics.no_reference import diagnose
from qualab.metrics.scenes import scene_cuts
from qualab.pipeline.step import Step
from qualab.study.files import replacing, storage
from qualab.study.workspace import DIAGNOSTICS, FRAMES, POOLED


def make_scores(step: Step, folder: Path, *, threads: int, **_: object) -> dict[str, object]:
    """Score a PVS against its reference; write frame scores and pooled ones."""
    reference, distorted = (folder / name for name in step.reads)
    names, metrics = (f"{step.src} reference", step.title), step.arguments["metrics"]
    # The step that wrote the reference has looked whether it was itself upscaled, that of the PVS counted its frames.
    frames = score_frames(reference, distorted, names=names, threads=threads, metrics=metrics, in_step=True)
    # Left on the tables, they would go into the files.
    attributes = {str(name): value for name, value in frames.attrs.items()}
    frames.attrs = {}
    _write(folder / f"{_stem(step)}{POOLED}", pool(frames, src=step.src, hrc=str(step.hrc)))
    _write(folder / step.file, frames)
    return {**attributes, "metrics": metrics, "frames": len(frames)}


def make_diagnostics(step: Step, folder: Path, *, threads: int, **_: object) -> dict[str, object]:
    """Write what every frame of a PVS is like, without a reference."""
    count = step.arguments["count"]
    frames = diagnose(folder / step.reads[0], name=step.title, frames=count, threads=threads)
    frames.attrs = {}
    _write(folder / step.file, frames)
    return {"frames": len(frames)}


def make_scenes(step: Step, folder: Path, **_: object) -> dict[str, object]:
    """Tell the first frames of scenes; the record points at the clip."""
    cuts = scene_cuts(folder / step.reads[0], name=step.title)
    return {"scenes": [int(frame) for frame in cuts], "frames": step.arguments["count"]}


def _stem(step: Step) -> str:
    return step.file.removesuffix(FRAMES).removesuffix(DIAGNOSTICS)


def _write(path: Path, table: pd.DataFrame) -> None:
    with replacing(path) as part, storage(path):
        table.to_parquet(part, index=False)
