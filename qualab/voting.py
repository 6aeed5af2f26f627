"""The verbs of a vote: launch, close, follow, simulate, analyse. Command line and app find them in qualab.lab."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from qualab.rehearsal.drive import parts_of, ready
from qualab.report.data import ReportData, collect
from qualab.scored import pooled_scores
from qualab.stats.counted import counted
from qualab.stats.findings import Findings, find
from qualab.store.records import same_design
from qualab.store.votes import VoteStore, open_store
from qualab.tables import read_votes
from qualab.trials.design import make_trials, viewers_needed
from qualab.trials.frozen import extend, frozen_design
from qualab.trials.simulate import simulate_choices
from qualab.workspace import Workspace


def store(ws: Workspace) -> VoteStore:
    """Return the store of votes, opened once per process."""
    return _store(ws.database_url)


_store = cache(open_store)


def launch(
    ws: Workspace, study_id: str, *, viewers: int | None = None, is_open: bool = False, **asked: str | None
) -> list[str]:
    """Freeze the design as `asked` or add viewers to the open one; return a token each, or one with `is_open`.

    Without `viewers` there are as many as give each pair the votes it still lacks, those of study.toml where it names
    no votes per pair or none are lacking.
    """
    design, trials = _planned(ws, study_id, viewers, **asked)
    return store(ws).launch(study_id, design, trials, is_open=is_open)


def _planned(
    ws: Workspace, study_id: str, viewers: int | None, **asked: str | None
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return the frozen design, or one to freeze, and the trials of its next viewers."""
    own, current = ws.folder(study_id), store(ws).open_launch(study_id)
    first = store(ws).next_subject_number(current.id) if current else 1
    design = extend(current.design, **asked) if current else frozen_design(own.load(), own.manifest_data(), **asked)
    given = _own(ws, study_id) if current and design.get("votes_per_pair") else None
    count = viewers or viewers_needed(design, given) or own.load().voting.viewers
    return design, make_trials(design, subjects=range(first, first + count))


def _own(ws: Workspace, study_id: str) -> pd.DataFrame:
    """Return the real votes that count, of the latest launch's design."""
    found = counted(same_design(votes(ws, study_id), store(ws).launches(study_id)))
    return found[found["simulated"].ne(1)]


def lacking(ws: Workspace, study_id: str) -> int:
    """Return how many viewers still have to answer until every pair has its planned votes; 0 without a quota."""
    current = store(ws).open_launch(study_id)
    return viewers_needed(current.design, _own(ws, study_id)) if current else 0


def close(ws: Workspace, study_id: str) -> None:
    """End the voting on a study."""
    ws.folder(study_id)
    store(ws).close(study_id)


def reopen(ws: Workspace, study_id: str) -> None:
    """Open the latest launch of a study again."""
    ws.folder(study_id)
    store(ws).reopen(study_id)


def progress(ws: Workspace, study_id: str) -> dict[str, Any]:
    """Return live counts of a study's voting."""
    ws.folder(study_id)
    return store(ws).progress(study_id)


def votes(ws: Workspace, study_id: str) -> pd.DataFrame:
    """Return all votes of a study (VOTE_COLUMNS), simulated ones marked."""
    ws.folder(study_id)
    return store(ws).votes(study_id)


def viewing(ws: Workspace, study_id: str) -> pd.DataFrame:
    """Return the viewing conditions of a study's viewers."""
    ws.folder(study_id)
    return store(ws).conditions(study_id)


def verify(ws: Workspace, study_id: str) -> list[str]:
    """Return what is wrong with the stored votes of a study: nothing where chain, receipts and rows agree."""
    ws.folder(study_id)
    return store(ws).verify(study_id)


def simulate(
    ws: Workspace,
    study_id: str,
    *,
    subjects: int,
    share: float,
    seed: int,
    url: str | None = None,
    browsers: int = 0,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    **crowd: float,
) -> int:
    """Let synthetic viewers answer the real trial list at the door of real ones; return the number of votes saved.

    They go to the server at `url`, which serves this workspace, else to one of their own on 127.0.0.1; `browsers` of
    them in Chromium. `on_progress` gets votes saved and votes to come; `crowd` are fields of trials.simulate.Crowd.

    Raises:
        InputError, ToolMissing, StorageError: as qualab.rehearsal.drive.rehearse; a value of the crowd cannot be.
    """
    design, trials = _planned(ws, study_id, subjects)
    method, reasons = design["method"], design.get("reasons", ())
    answers = simulate_choices(trials, share=share, seed=seed, method=method, reasons=reasons, **crowd)
    with ready(ws, url=url, browsers=min(browsers, subjects)) as stage:
        tokens = store(ws).launch(study_id, design, trials, simulated=True)
        return stage.rehearse(parts_of(tokens, answers), on_progress)


def snapshot(ws: Workspace, study_id: str, *, alpha: float = 0.05, with_frames: bool = False) -> ReportData:
    """Return everything that a study says at this moment: votes, scores and what follows from them, read once."""
    own = ws.folder(study_id)
    answers, launches = store(ws).votes(study_id), store(ws).launches(study_id)
    viewed = store(ws).conditions(study_id)
    return collect(own, pooled_scores(own), answers, launches, viewed, alpha=alpha, with_frames=with_frames)


def analyze(ws: Workspace, study_id: str, *, alpha: float = 0.05) -> list[Findings]:
    """Return what the real votes that count say of the latest launch's design, then what simulated ones say."""
    return list(snapshot(ws, study_id, alpha=alpha).findings)


def analyze_csv(path: Path, *, alpha: float = 0.05) -> Findings:
    """Return what votes made elsewhere say."""
    return find(read_votes(path), alpha=alpha)
