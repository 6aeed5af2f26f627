"""The verbs users have, for the command line and the app: each calls the rooms, and holds no logic.

The web process imports this module: torch, pipeline, upscalers and metrics are imported inside the verbs that use them.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from qualab.config import Card, Study
from qualab.inventory import describe_all
from qualab.report.data import collect
from qualab.report.write import check_suffix, write
from qualab.tables import FRAME_COLUMNS, SCORE_COLUMNS, empty
from qualab.voting import analyze, analyze_csv, close, launch, progress, simulate, store, votes
from qualab.workspace import FRAMES, POOLED, StudyFolder, Workspace, upscaler_ids

if TYPE_CHECKING:
    from qualab.doctor import Check
    from qualab.media.probe import ClipInfo
    from qualab.pipeline.build import Summary
    from qualab.pipeline.ingest import Added

__all__ = ["analyze", "analyze_csv", "close", "launch", "progress", "simulate", "store", "votes"]

Event = Callable[[dict[str, Any]], None]
DEFAULT_UPSCALERS = ("bicubic", "lanczos", "lite-x2")
upscalers = describe_all


def studies(ws: Workspace) -> list[dict[str, Any]]:
    """Return one row per study: id, title, n_srcs, n_hrcs, n_pvs, n_votes (real ones), state ('broken': see title)."""
    rows = [(ws.folder(study_id).overview(), store(ws).progress(study_id)) for study_id in ws.ids()]
    return [{"n_votes": voting["real"]["votes"], "state": voting["state"], **row} for row, voting in rows]


def create_study(ws: Workspace, study_id: str, *, upscalers: Iterable[str] = (), **settings: Any) -> Study:
    """Make a study; upscalers and settings as qualab.config.Study.comparing."""
    names = list(dict.fromkeys(upscalers)) or list(DEFAULT_UPSCALERS)
    made = Study.comparing(names, known=upscaler_ids(), id=study_id, **settings)
    ws.create(made)
    return made


def add_clip(ws: Workspace, study_id: str, path: Path, **options: Any) -> "Added":
    """Add a clip to a study; options as qualab.pipeline.ingest.add_clip."""
    from qualab.pipeline.ingest import add_clip as add

    return add(ws.folder(study_id), path, **options)


def build(ws: Workspace, study_id: str, *, on_event: Event, **options: Any) -> "Summary":
    """Make what a study lacks; options as qualab.pipeline.build.build."""
    from qualab.pipeline.build import build as make

    return make(ws.folder(study_id), on_event=on_event, **options)


def make_demo(ws: Workspace) -> StudyFolder:
    """Make the demo study where it is missing."""
    from qualab.pipeline.demo import make_demo as make

    return make(ws)


def scores(ws: Workspace, study_id: str) -> pd.DataFrame:
    """Return the pooled scores of a study's build (SCORE_COLUMNS)."""
    found = [pd.read_parquet(path) for _, path in ws.folder(study_id).score_files(POOLED)]
    return pd.concat(found, ignore_index=True) if found else empty(SCORE_COLUMNS)


def frame_scores(ws: Workspace, study_id: str, src: str, hrc: str) -> pd.DataFrame:
    """Return one PVS's frame scores (FRAME_COLUMNS), none where it has none."""
    found = dict(ws.folder(study_id).score_files(FRAMES))
    return pd.read_parquet(found[src, hrc]) if (src, hrc) in found else empty(FRAME_COLUMNS)


def score(reference: Path, distorted: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one pair's pooled scores and frame scores."""
    from qualab.metrics.full_reference import score_pair

    return score_pair(reference, distorted)


def upscale(source: Path, target: Path, **options: Any) -> "ClipInfo":
    """Upscale one clip; options as qualab.pipeline.single.upscale_clip."""
    from qualab.pipeline.single import upscale_clip

    return upscale_clip(source, target, **options)


def benchmark(names: Iterable[str], **options: Any) -> list[dict[str, Any]]:
    """Measure how fast upscalers are here; options as qualab.upscalers.speed.benchmark."""
    from qualab.upscalers.speed import benchmark as run

    return run(list(names), **options)


def export(upscaler: str, output: Path, *, format: str | None = None) -> str:
    """Write an upscaler's net for other tools; return how the file is used."""
    from qualab.upscalers.export import export as write_net

    return write_net(upscaler, output, format=format)


def train(clips: list[Path], **options: Any) -> Card:
    """Train weights; options as qualab.upscalers.training.train."""
    from qualab.upscalers.training import train as run

    return run(clips, **options)


def import_weights(file: Path, **options: Any) -> Card:
    """Import weights made elsewhere; options as qualab.upscalers.importing.import_weights."""
    from qualab.upscalers.importing import import_weights as run

    return run(file, **options)


def doctor(ws: Workspace) -> "list[Check]":
    """Return what this machine has and lacks."""
    from qualab.doctor import examine

    return examine(ws)


def report(ws: Workspace, study_id: str, output: Path) -> Path:
    """Write a study's report; the suffix of `output` chooses HTML or zip."""
    check_suffix(output)
    data = collect(ws.folder(study_id), scores(ws, study_id), votes(ws, study_id), store(ws).launches(study_id))
    return write(data, output)
