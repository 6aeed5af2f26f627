"""The verbs users have, for the command line and the app: each calls the rooms, and holds no logic.

The web process imports this module: torch, pipeline, upscalers and metrics are imported inside the verbs that use them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from qualab.lab import planning
from qualab.lab.backup import backup as backup
from qualab.lab.planning import plan_of as plan_of
from qualab.lab.voting import analyze as analyze
from qualab.lab.voting import analyze_csv as analyze_csv
from qualab.lab.voting import close as close
from qualab.lab.voting import launch as launch
from qualab.lab.voting import missing_viewers as missing_viewers
from qualab.lab.voting import progress as progress
from qualab.lab.voting import reopen as reopen
from qualab.lab.voting import revision as revision
from qualab.lab.voting import screened as screened
from qualab.lab.voting import simulate as simulate
from qualab.lab.voting import snapshot as snapshot
from qualab.lab.voting import store as store
from qualab.lab.voting import verify as verify
from qualab.lab.voting import viewing as viewing
from qualab.lab.voting import vote_correlation as vote_correlation
from qualab.lab.voting import votes as votes
from qualab.lab.voting import watch as watch
from qualab.report.formats import check_suffix, write
from qualab.report.recompute import recompute as recompute
from qualab.study.config import Study
from qualab.study.creation import make_study
from qualab.study.families import resolve
from qualab.study.rates_csv import read_rates
from qualab.study.scores import pooled_diagnostics, pooled_scores
from qualab.study.templates.template import Choices
from qualab.study.workspace import StudyFolder, Workspace
from qualab.upscalers.inventory import describe_all
from qualab.upscalers.inventory import upscaler_ids as upscaler_ids

if TYPE_CHECKING:
    from qualab.lab.doctor import Check
    from qualab.lab.study_archive import Archived
    from qualab.media.preflight import preflight as preflight
    from qualab.metrics.full_reference import score_pair
    from qualab.pipeline.build import Summary
    from qualab.pipeline.ingest import Added
    from qualab.pipeline.single import upscale_clip
    from qualab.stats.rate.compare import RateQuality
    from qualab.upscalers.export_net import export as export
    from qualab.upscalers.import_weights import import_weights as import_weights
    from qualab.upscalers.speed import benchmark as benchmark
    from qualab.upscalers.training.train import train as train

    score, upscale = score_pair, upscale_clip

upscalers = describe_all
# Verbs that are a heavy room's own function, imported when first used.
_LAZY = {
    "preflight": "qualab.media.preflight:preflight",
    "score": "qualab.metrics.full_reference:score_pair",
    "upscale": "qualab.pipeline.single:upscale_clip",
    "export": "qualab.upscalers.export_net:export",
    "import_weights": "qualab.upscalers.import_weights:import_weights",
    "benchmark": "qualab.upscalers.speed:benchmark",
    "train": "qualab.upscalers.training.train:train",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Return a verb of `_LAZY` (PEP 562)."""
        if name not in _LAZY:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return resolve(_LAZY[name], Callable)


def studies(ws: Workspace) -> list[dict[str, Any]]:
    """Return one row per study: id, title, n_srcs, n_hrcs, n_pvs, n_votes (real ones), state ('broken': see title)."""
    rows = [(ws.folder(study_id).overview(), store(ws).progress(study_id)) for study_id in ws.ids()]
    return [{"n_votes": voting["real"]["votes"], "state": voting["state"], **row} for row, voting in rows]


def create_study(ws: Workspace, study_id: str, *, template: str = "pair", title: str = "", **choices: Any) -> Study:
    """Make a study from a template; choices as qualab.study.templates.template.Choices."""
    study = make_study(study_id, template=template, choices=Choices(**choices), known=upscaler_ids(), title=title)
    ws.create(study)
    return study


def export_study(ws: Workspace, study_id: str, output: Path, **options: Any) -> "Archived":
    """Write a study with its votes as one zip; as qualab.lab.study_archive.export_study."""
    from qualab.lab.study_archive import export_study as export

    return export(ws, store(ws), study_id, output, **options)


def import_study(ws: Workspace, file: Path, **options: Any) -> "Archived":
    """Take in a study from a zip; as qualab.lab.study_archive.import_study."""
    from qualab.lab.study_archive import import_study as take_in

    return take_in(ws, store(ws), file, **options)


def add_clip(ws: Workspace, study_id: str, path: Path, **options: Any) -> "Added":
    """Add a clip to a study; options as qualab.pipeline.ingest.add_clip."""
    from qualab.pipeline.ingest import add_clip as add

    return add(ws.folder(study_id), path, **options)


def build(ws: Workspace, study_id: str, *, on_event: Callable[[dict[str, Any]], None], **options: Any) -> "Summary":
    """Make what a study lacks; options as qualab.pipeline.build.build."""
    from qualab.pipeline.build import build as make

    return make(ws.folder(study_id), on_event=on_event, **options)


def make_demo(ws: Workspace) -> StudyFolder:
    """Make the demo study where it is missing."""
    from qualab.pipeline.demo import make_demo as make

    return make(ws)


def reproduce(ws: Workspace, study_id: str, *, training: list[Path], held_out: list[Path], **chosen: Any) -> Study:
    """Make the study of the experiment of 2020; options as qualab.pipeline.reproduce.reproduce and its Recipe."""
    from qualab.pipeline.reproduce import Recipe, reproduce

    train, recipe = chosen.pop("train"), Recipe(**chosen)
    folder = reproduce(ws, study_id, training=training, held_out=held_out, recipe=recipe, train=train)
    return folder.load()


def scores(ws: Workspace, study_id: str) -> pd.DataFrame:
    """Return the pooled scores of a study's build (SCORE_COLUMNS)."""
    return pooled_scores(ws.folder(study_id))


def diagnostics(ws: Workspace, study_id: str) -> pd.DataFrame:
    """Return what the PVSs of a study's build are like (SCORE_COLUMNS but `lossless`), no ranking."""
    return pooled_diagnostics(ws.folder(study_id))


def rate(ws: Workspace, study_id: str, **options: Any) -> "tuple[pd.DataFrame, RateQuality]":
    """Return a study's rate-quality points and what they say; options as qualab.stats.rate.compare.compare_study."""
    from qualab.stats.rate.compare import compare_study

    folder = ws.folder(study_id)
    return compare_study(folder.load(), scores(ws, study_id), folder.read_manifest(), **options)


def rate_csv(source: Path | tuple[str, bytes], **options: Any) -> "tuple[pd.DataFrame, RateQuality]":
    """Return the points of a CSV made elsewhere (see rates_csv.read_rates) and what they say; options as `compare`."""
    from qualab.stats.rate.compare import compare

    points = read_rates(source)
    return points, compare(points, **options)


def doctor(ws: Workspace) -> "list[Check]":
    """Return what this machine has and lacks."""
    from qualab.lab.doctor import examine

    return examine(ws)


def plan(ws: Workspace, share: float, *, pilot: str | None = None, **options: Any) -> planning.StudyPlan:
    """Return what a study needs to show a share; `pilot` is a study or CSV of votes, options as planning.plan."""
    return planning.plan(share, pilot=vote_correlation(ws, pilot) if pilot else None, **options)


def report(ws: Workspace, study_id: str, output: Path) -> Path:
    """Write a study's report; the suffix of `output` chooses the format."""
    check_suffix(output)
    return write(snapshot(ws, study_id, with_frames=True), output)
