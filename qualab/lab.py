"""The verbs users have, for the command line and the app: each calls the rooms, and holds no logic.

The web process imports this module, so everything heavy (torch, pipeline, upscalers, metrics) is imported inside
the verbs that only the command line calls.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from qualab import __version__
from qualab.config import Card, Hrc, Study, load_card
from qualab.errors import ConfigError
from qualab.report.data import ReportData, launch_rows
from qualab.report.write import check_suffix, write
from qualab.stats.result import Result
from qualab.stats.summary import summarize
from qualab.store.records import Launch, same_design
from qualab.store.rehearsal import answer_all
from qualab.store.votes import VoteStore, open_store
from qualab.tables import FRAME_COLUMNS, SCORE_COLUMNS, empty, read_votes
from qualab.trials.design import make_trials
from qualab.trials.frozen import compared, extend, frozen_design
from qualab.trials.simulate import simulate_choices
from qualab.workspace import StudyFolder, Workspace, upscaler_ids, weights

if TYPE_CHECKING:
    from qualab.doctor import Check
    from qualab.media.probe import ClipInfo
    from qualab.pipeline.build import Summary
    from qualab.pipeline.ingest import Added

Event = Callable[[dict[str, Any]], None]
DEFAULT_UPSCALERS = ("bicubic", "lanczos", "lite-x2")


def studies(ws: Workspace) -> list[dict[str, Any]]:
    """Return one row per study: id, title, n_srcs, n_hrcs, n_pvs, n_votes (real ones), state ('broken': see title)."""
    return [_row(ws, study_id) for study_id in ws.ids()]


def _row(ws: Workspace, study_id: str) -> dict[str, Any]:
    folder, voting = ws.folder(study_id), progress(ws, study_id)
    try:
        found = folder.load()
    except ConfigError as error:
        nothing = dict.fromkeys(("n_srcs", "n_hrcs", "n_pvs", "n_votes"), 0)
        return {"id": study_id, "title": str(error), **nothing, "state": "broken"}
    n_pvs = sum(made["kind"] == "pvs" for made in folder.manifest_data()["objects"])
    counts = {"n_srcs": len(found.src), "n_hrcs": len(found.hrc), "n_pvs": n_pvs, "n_votes": voting["real"]["votes"]}
    return {"id": study_id, "title": found.title, **counts, "state": voting["state"]}


def create_study(
    ws: Workspace,
    study_id: str,
    *,
    title: str = "",
    upscalers: Iterable[str] = (),
    source_height: int | None = None,
    display_height: int = 720,
) -> Study:
    """Make a study; the first upscaler is the baseline, the source height half the display height by default."""
    names = list(dict.fromkeys(upscalers)) or list(DEFAULT_UPSCALERS)
    made = Study.checked(
        f"study '{study_id[:80]}'",
        id=study_id,
        title=title,
        source_height=source_height or display_height // 4 * 2,
        display_height=display_height,
        baseline=names[0],
        hrc=tuple(Hrc.known(name, upscaler_ids()) for name in names),
    )
    ws.create(made)
    return made


def folder(ws: Workspace, study_id: str) -> StudyFolder:
    """Return a study's folder."""
    return ws.folder(study_id)


def study(ws: Workspace, study_id: str) -> Study:
    """Return what a study's study.toml says."""
    return ws.folder(study_id).load()


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
    found = [pd.read_parquet(path) for _, path in ws.folder(study_id).score_files(".pooled.parquet")]
    return pd.concat(found, ignore_index=True) if found else empty(SCORE_COLUMNS)


def frame_scores(ws: Workspace, study_id: str, src: str, hrc: str) -> pd.DataFrame:
    """Return one PVS's frame scores (FRAME_COLUMNS), none where it has none."""
    found = dict(ws.folder(study_id).score_files(".parquet"))
    return pd.read_parquet(found[src, hrc]) if (src, hrc) in found else empty(FRAME_COLUMNS)


def score(reference: Path, distorted: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one pair's pooled scores and frame scores."""
    from qualab.metrics.full_reference import score_frames
    from qualab.metrics.metric import pool

    frames = score_frames(reference, distorted)
    return pool(frames, src=reference.name, hrc=distorted.name), frames


def upscaler_names() -> list[str]:
    """Return the ids of all upscalers, without loading any."""
    return upscaler_ids()


def upscale(source: Path, target: Path, **options: Any) -> "ClipInfo":
    """Upscale one clip; options as qualab.pipeline.single.upscale_clip."""
    from qualab.pipeline.single import upscale_clip

    return upscale_clip(source, target, **options)


def upscalers() -> list[dict[str, Any]]:
    """Return what can upscale here, with the cards of trained weights."""
    from qualab.upscalers.upscaler import describe_all

    return describe_all()


def train(clips: list[Path], **options: Any) -> Card:
    """Train weights; options as qualab.upscalers.training.train."""
    from qualab.upscalers.training import train as run

    return run(clips, **options)


def doctor(ws: Workspace) -> "list[Check]":
    """Return what this machine has and lacks."""
    from qualab.doctor import examine

    return examine(ws)


def store(ws: Workspace) -> VoteStore:
    """Return the store of votes, opened once per process."""
    return _store(ws.database_url)


_store = cache(open_store)


def launch(
    ws: Workspace,
    study_id: str,
    *,
    viewers: int | None = None,
    presentation: str | None = None,
    method: str | None = None,
    is_open: bool = False,
) -> list[str]:
    """Freeze the design and enrol viewers; return one invite token each, or one for all with `is_open`.

    A launch that is open takes more viewers.
    """
    folder_, votes_ = ws.folder(study_id), store(ws)
    found, current = folder_.load(), votes_.open_launch(study_id)
    asked = {"presentation": presentation, "method": method}
    design = extend(current.design, **asked) if current else frozen_design(found, folder_.manifest_data(), **asked)
    first = votes_.next_subject_number(current.id) if current else 1
    subjects = range(first, first + (viewers or found.voting.viewers))
    trials = make_trials(compared(design), subjects=subjects, seed=design["seed"])
    return votes_.launch(study_id, design, trials, is_open=is_open)


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
    folder_, votes_ = ws.folder(study_id), store(ws)
    current = votes_.open_launch(study_id)
    design = current.design if current else frozen_design(folder_.load(), folder_.manifest_data())
    first = votes_.next_subject_number(current.id) if current else 1
    trials = make_trials(compared(design), subjects=range(first, first + subjects), seed=design["seed"])
    answers = simulate_choices(trials, share=share, seed=seed)
    tokens = votes_.launch(study_id, design, trials, simulated=True)
    asked = zip(tokens, answers.groupby("subject"), strict=True)
    return sum(answer_all(votes_, token, own) for token, (_, own) in asked)


def analyze(ws: Workspace, study_id: str, *, alpha: float = 0.05) -> list[tuple[Result, bool]]:
    """Return the results of the real votes, then of the simulated ones (True); never of both together.

    Counted are the votes on the design of the latest launch.
    """
    return _results(votes(ws, study_id), store(ws).launches(study_id), alpha)


def _results(table: pd.DataFrame, launches: Sequence[Launch], alpha: float) -> list[tuple[Result, bool]]:
    counted = table[table["launch"].isin(same_design(launches))]
    real, simulated = counted[counted["simulated"].ne(1)], counted[counted["simulated"].eq(1)]
    results = [(result, False) for result in summarize(real, alpha=alpha)]
    return results + [(result, True) for result in (summarize(simulated, alpha=alpha) if len(simulated) else [])]


def analyze_csv(path: Path, *, alpha: float = 0.05) -> list[Result]:
    """Return the results of votes made elsewhere."""
    return summarize(read_votes(path), alpha=alpha)


def report(ws: Workspace, study_id: str, output: Path) -> Path:
    """Write a study's report; the suffix of `output` chooses HTML or zip."""
    check_suffix(output)
    folder_, launches, table = ws.folder(study_id), store(ws).launches(study_id), votes(ws, study_id)
    found, manifest = folder_.load(), folder_.manifest_data()
    data = ReportData(
        study=found,
        scores=scores(ws, study_id),
        frames={key: pd.read_parquet(path) for key, path in folder_.score_files(".parquet")},
        votes=table,
        results=_results(table, launches, 0.05),
        manifest=manifest,
        provenance=[made for made in manifest["objects"] if made["kind"] == "pvs"],
        launches=launch_rows(launches, table),
        generated_at=datetime.now(UTC).isoformat(timespec="seconds"),
        version=__version__,
        cards=[load_card(path / "card.toml") for name, path in weights().items() if name in found.upscalers],
    )
    return write(data, output)
