"""The verbs users have, for the command line and the app: each calls the rooms, and holds no logic.

The web process imports this module: torch, pipeline, upscalers and metrics are imported inside the verbs that use them.
"""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from qualab.config import Card, Study
from qualab.inventory import describe_all
from qualab.report.data import collect
from qualab.report.write import check_suffix, write
from qualab.stats.result import Result
from qualab.stats.summary import summarize, summarize_apart
from qualab.store.records import same_design
from qualab.store.rehearsal import answer_all
from qualab.store.votes import VoteStore, open_store
from qualab.tables import FRAME_COLUMNS, SCORE_COLUMNS, empty, read_votes
from qualab.trials.design import make_trials
from qualab.trials.frozen import compared, extend, frozen_design
from qualab.trials.simulate import simulate_choices
from qualab.workspace import FRAMES, POOLED, StudyFolder, Workspace, upscaler_ids

if TYPE_CHECKING:
    from qualab.doctor import Check
    from qualab.media.probe import ClipInfo
    from qualab.pipeline.build import Summary
    from qualab.pipeline.ingest import Added

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


def store(ws: Workspace) -> VoteStore:
    """Return the store of votes, opened once per process."""
    return _store(ws.database_url)


_store = cache(open_store)


def launch(
    ws: Workspace, study_id: str, *, viewers: int | None = None, is_open: bool = False, **asked: str | None
) -> list[str]:
    """Freeze the design as `asked` or add viewers to the open one; return a token each, or one with `is_open`."""
    design, trials = _planned(ws, study_id, viewers or ws.folder(study_id).load().voting.viewers, **asked)
    return store(ws).launch(study_id, design, trials, is_open=is_open)


def _planned(ws: Workspace, study_id: str, count: int, **asked: str | None) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return the frozen design, or one to freeze, and the trials of its next `count` viewers."""
    own, current = ws.folder(study_id), store(ws).open_launch(study_id)
    first = store(ws).next_subject_number(current.id) if current else 1
    design = extend(current.design, **asked) if current else frozen_design(own.load(), own.manifest_data(), **asked)
    return design, make_trials(compared(design), subjects=range(first, first + count), seed=design["seed"])


def close(ws: Workspace, study_id: str) -> None:
    """End the voting on a study."""
    ws.folder(study_id)
    store(ws).close(study_id)


def progress(ws: Workspace, study_id: str) -> dict[str, Any]:
    """Return live counts of a study's voting."""
    ws.folder(study_id)
    return store(ws).progress(study_id)


def votes(ws: Workspace, study_id: str) -> pd.DataFrame:
    """Return all votes of a study (VOTE_COLUMNS), simulated ones marked."""
    ws.folder(study_id)
    return store(ws).votes(study_id)


def simulate(ws: Workspace, study_id: str, *, subjects: int, share: float, seed: int) -> int:
    """Let synthetic viewers answer the real trial list through the real store; return the number of votes."""
    design, trials = _planned(ws, study_id, subjects)
    answers = simulate_choices(trials, share=share, seed=seed)
    tokens = store(ws).launch(study_id, design, trials, simulated=True)
    asked = zip(tokens, answers.groupby("subject"), strict=True)
    return sum(answer_all(store(ws), token, own) for token, (_, own) in asked)


def analyze(ws: Workspace, study_id: str, *, alpha: float = 0.05) -> list[tuple[Result, bool]]:
    """Return results of the real votes on the latest launch's design, then of the simulated ones (True)."""
    return summarize_apart(same_design(votes(ws, study_id), store(ws).launches(study_id)), alpha=alpha)


def analyze_csv(path: Path, *, alpha: float = 0.05) -> list[Result]:
    """Return the results of votes made elsewhere."""
    return summarize(read_votes(path), alpha=alpha)


def report(ws: Workspace, study_id: str, output: Path) -> Path:
    """Write a study's report; the suffix of `output` chooses HTML or zip."""
    check_suffix(output)
    data = collect(ws.folder(study_id), scores(ws, study_id), votes(ws, study_id), store(ws).launches(study_id))
    return write(data, output)
