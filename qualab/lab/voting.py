"""The verbs of a vote: launch, close, follow, simulate, analyse. Command line and app find them in qualab.lab."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
from pydantic import JsonValue

from qualab.lab.rehearsal.rehearse import parts_of, server_ready
from qualab.lab.snapshot import collect
from qualab.report.data import ReportData
from qualab.stats.eligible import eligible_votes
from qualab.stats.findings.find import Findings, analyse, analyse_by_origin
from qualab.stats.findings.monitoring import Screened, Watched
from qualab.stats.findings.monitoring import screen as screen_viewers
from qualab.stats.findings.monitoring import watch as watch_votes
from qualab.stats.power.correlation import Correlation, correlation
from qualab.study.scores import pooled_scores
from qualab.study.votes_csv import read_votes
from qualab.study.workspace import Workspace
from qualab.voting.design.frozen import Design, frozen_design, parse_design, refuse_other
from qualab.voting.design.simulate import simulate_choices
from qualab.voting.design.trial_lists import make_trials, viewers_needed
from qualab.voting.store.records import Progress, same_design
from qualab.voting.store.revision import revision as read_revision
from qualab.voting.store.snapshot import moment
from qualab.voting.store.votes import VoteStore, open_store


def store(ws: Workspace) -> VoteStore:
    """Return the store of votes, opened once per process."""
    return _store(ws.database_url)


_store = cache(open_store)


def launch(
    ws: Workspace, study_id: str, *, viewers: int | None = None, is_open: bool = False, **options: str | None
) -> list[str]:
    """Freeze the design as `asked` or add viewers to the open one; return a token each, or one with `is_open`.

    Without `viewers` there are as many as give each pair the votes it still lacks, those of study.toml where it names
    no votes per pair or none are missing.
    """
    _, frozen, trials = _planned(ws, study_id, viewers, simulated=False, **options)
    return store(ws).launch(study_id, frozen, trials, is_open=is_open)


def _planned(
    ws: Workspace, study_id: str, viewers: int | None, *, simulated: bool = False, **options: str | None
) -> tuple[Design, dict[str, JsonValue], pd.DataFrame]:
    """Return the frozen design, or one to freeze, as it is stored, and the trials of its next viewers."""
    folder, current = ws.folder(study_id), store(ws).open_launch(study_id)
    first = store(ws).next_subject_number(current.id, simulated=simulated) if current else 1
    if current:
        design, frozen = parse_design(current.design), json.loads(current.design)
        refuse_other(design, **options)
    else:
        design = frozen_design(folder.load(), folder.read_manifest(), **options)
        frozen = design.dump()
    given = _eligible(ws, study_id) if current and design.votes_per_pair else None
    count = viewers or viewers_needed(design, given) or folder.load().voting.viewers
    return design, frozen, make_trials(design, subjects=range(first, first + count))


def _eligible(ws: Workspace, study_id: str) -> pd.DataFrame:
    """Return the real votes that count, of the latest launch's design."""
    eligible = eligible_votes(same_design(votes(ws, study_id), store(ws).launches(study_id)))
    return eligible[eligible["simulated"].ne(1)]


def missing_viewers(ws: Workspace, study_id: str) -> int:
    """Return how many viewers still have to answer until every pair has its planned votes; 0 without a quota."""
    current = store(ws).open_launch(study_id)
    return viewers_needed(parse_design(current.design), _eligible(ws, study_id)) if current else 0


def close(ws: Workspace, study_id: str) -> None:
    """End the voting on a study."""
    ws.folder(study_id)
    store(ws).close(study_id)


def reopen(ws: Workspace, study_id: str) -> None:
    """Open the latest launch of a study again."""
    ws.folder(study_id)
    store(ws).reopen(study_id)


def progress(ws: Workspace, study_id: str) -> Progress:
    """Return live counts of a study's voting."""
    ws.folder(study_id)
    return store(ws).progress(study_id)


def votes(ws: Workspace, study_id: str) -> pd.DataFrame:
    """Return all votes of a study (VOTE_COLUMNS), simulated ones marked."""
    ws.folder(study_id)
    return store(ws).votes(study_id)


def watch(ws: Workspace, study_id: str) -> Watched | None:
    """Return the evidence in the real votes on the latest launch's design; it holds however often one looks.

    None where nothing was launched.
    """
    launches = store(ws).launches(study_id)
    if not launches:
        return None
    design, answers = parse_design(launches[-1].design), same_design(votes(ws, study_id), launches)
    real = answers[answers["simulated"].ne(1)]
    return watch_votes(real, design.compared_hrcs(), design.screening, design.stopping)


def screened(ws: Workspace, study_id: str) -> list[Screened]:
    """Return what screening saw of the real viewers of the latest launch's design, then of simulated ones."""
    launches = store(ws).launches(study_id)
    if not launches:
        return []
    design, answers = parse_design(launches[-1].design), same_design(votes(ws, study_id), launches)
    rules, pairs, is_simulated = design.screening, design.compared_hrcs(), answers["simulated"].eq(1)
    is_watched = any(launch.awaits_viewers for launch in launches)
    views = [screen_viewers(answers[~is_simulated], pairs, rules, is_watched=is_watched)]
    return views + ([screen_viewers(answers[is_simulated], pairs, rules)] if is_simulated.any() else [])


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
        InputError, ToolMissing, StorageError: as rehearsal.rehearse.rehearse; a value of the crowd cannot be.
    """
    design, frozen, trials = _planned(ws, study_id, subjects, simulated=True)
    answers = simulate_choices(trials, share=share, seed=seed, method=design.method, reasons=design.reasons, **crowd)
    with server_ready(ws, url=url, browsers=min(browsers, subjects)) as stage:
        tokens = store(ws).launch(study_id, frozen, trials, simulated=True)
        return stage.rehearse(parts_of(tokens, answers), on_progress)


def revision(ws: Workspace, study_id: str) -> tuple[object, ...]:
    """Return values that change whenever the votes of a study, or who may give them, do."""
    return read_revision(store(ws).database, study_id)


def snapshot(ws: Workspace, study_id: str, *, alpha: float = 0.05, with_frames: bool = False) -> ReportData:
    """Return everything that a study says at this moment: votes, scores and what follows from them, read once."""
    folder = ws.folder(study_id)
    return collect(
        folder, pooled_scores(folder), moment(store(ws).database, study_id), alpha=alpha, with_frames=with_frames
    )


def analyze(ws: Workspace, study_id: str, *, alpha: float = 0.05) -> list[Findings]:
    """Return what the real votes that count say of the latest launch's design, then what simulated ones say."""
    return list(snapshot(ws, study_id, alpha=alpha).findings)


def analyze_csv(path: Path, *, alpha: float = 0.05) -> list[Findings]:
    """Return what votes made elsewhere say, then what simulated ones among them say."""
    votes = read_votes(path)
    return analyse_by_origin(votes, alpha=alpha) if "simulated" in votes else [analyse(votes, alpha=alpha)]


def vote_correlation(ws: Workspace, pilot: str) -> Correlation:
    """Return how alike the votes of a study, or of a CSV made elsewhere, are: real ones, or simulated ones alone.

    That tells no preference, so it may be asked while viewers vote.
    """
    is_csv = pilot.lower().endswith(".csv")
    answers = read_votes(Path(pilot)) if is_csv else same_design(votes(ws, pilot), store(ws).launches(pilot))
    every = eligible_votes(answers)
    real = every[every["simulated"].ne(1)] if "simulated" in every else every
    result = correlation(real if len(real) else every)
    made_up = "simulated votes, no viewer's" if len(every) and real.empty else ""
    return replace(result, note="; ".join(part for part in (made_up, result.note) if part))
