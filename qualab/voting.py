"""The verbs of a vote: launch, close, follow, simulate, analyse. Command line and app find them in qualab.lab."""

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from qualab.stats.result import Result
from qualab.stats.summary import summarize, summarize_apart
from qualab.store.records import same_design
from qualab.store.rehearsal import answer_all
from qualab.store.votes import VoteStore, open_store
from qualab.tables import read_votes
from qualab.trials.design import make_trials
from qualab.trials.frozen import compared, extend, frozen_design
from qualab.trials.simulate import simulate_choices
from qualab.workspace import Workspace


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
