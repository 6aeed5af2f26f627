"""Whether what is stored is what was voted: every chain recomputed, every row beside those it names."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from qualab.voting.store.hash_chain import link, origin
from qualab.voting.store.launches import all_launches
from qualab.voting.store.progress import subject_name
from qualab.voting.store.records import digest
from qualab.voting.store.schema import events, launches, sessions, steps, subjects, trials, votes
from qualab.voting.store.steps import STEPS

_IS_OF_STUDY = launches.c.study_id == bindparam("study")
_SUBJECTS = (
    select(subjects, launches.c.study_id, launches.c.design_sha256)
    .select_from(subjects.join(launches))
    .where(_IS_OF_STUDY)
    .order_by(launches.c.id, subjects.c.number)
)
_TAKEN = (
    select(func.count())
    .where(steps.c.trial_id == votes.c.trial_id, steps.c.attempt == votes.c.attempt)
    .correlate(votes)
    .scalar_subquery()
)
_VOTES = (
    select(
        votes,
        *(trials.c[name] for name in ("position", "src", "hrc_a", "hrc_b", "left", "kind")),
        trials.c.subject_id.label("asked"),
        sessions.c.subject_id.label("visitor"),
        _TAKEN.label("taken"),
    )
    .select_from(
        votes.join(subjects, subjects.c.id == votes.c.subject_id)
        .join(launches)
        .outerjoin(trials, trials.c.id == votes.c.trial_id)
        .outerjoin(sessions, sessions.c.id == votes.c.session_id)
    )
    .where(_IS_OF_STUDY)
    .order_by(votes.c.subject_id, votes.c.sequence)
)
_RECEIPTS = (
    select(events.c.subject_id, events.c.detail)
    .select_from(events.join(subjects, subjects.c.id == events.c.subject_id).join(launches))
    .where(_IS_OF_STUDY, events.c.kind == "receipt")
)


def faults(connection: Connection, study_id: str) -> list[str]:
    """Return what is wrong with the votes of a study, one sentence each."""
    parameters = {"study": study_id}
    rows = connection.execute(_VOTES, parameters)
    votes_of = {subject: list(rows) for subject, rows in groupby(rows, key=lambda row: row.subject_id)}
    given: dict[int, set[str]] = {}
    for row in connection.execute(_RECEIPTS, parameters):
        given.setdefault(row.subject_id, set()).add(row.detail)
    wrong = [
        f"launch {launch.id}: its design is not the one that was frozen"
        for launch in all_launches(connection, study_id)
        if digest(launch.design) != launch.design_sha256
    ]
    for subject in connection.execute(_SUBJECTS, parameters):
        subject_votes, name = votes_of.get(subject.id, []), subject_name(subject.launch_id, subject.number)
        problems = [
            *_in_chain(subject, subject_votes),
            *_beside(subject.id, subject_votes),
            *_receipts(subject_votes, given.get(subject.id, set())),
        ]
        wrong += [f"{name}: {problem}" for problem in problems]
    return wrong + list(_dangling(connection))


def _in_chain(subject: Row[Any], rows: list[Row[Any]]) -> Iterator[str]:
    """Yield where the chain of a subject breaks; each vote is judged by what the one before it holds."""
    before = origin(subject._asdict())
    for expected, row in enumerate(rows, start=1):
        if row.sequence != expected:
            yield f"vote {expected} is missing"
            return
        if row.chain != link(before, row._asdict()):
            yield f"vote {expected} is not what was saved: it, its trial or what came before was changed"
        before = row.chain


def _beside(subject_id: int, rows: list[Row[Any]]) -> Iterator[str]:
    for row in rows:
        if row.asked != subject_id:
            yield f"vote {row.sequence} is on another viewer's trial"
        if row.visitor != subject_id:
            yield f"vote {row.sequence} came from another viewer's session"
        if row.attempt and row.taken != len(STEPS):
            yield f"vote {row.sequence} is on a trial that was not played"


def _receipts(rows: list[Row[Any]], given: set[str]) -> Iterator[str]:
    held = {row.chain for row in rows}
    if lost := len(given - held):
        yield f"{lost} receipts were given for votes that are not there"
    if unknown := len(held - given):
        yield f"{unknown} votes are there for which no receipt was given"


def _dangling(connection: Connection) -> Iterator[str]:
    """Yield rows that name rows which are not there; PostgreSQL cannot have them."""
    if connection.dialect.name == "sqlite":
        for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield f"{table}: row {row} names a row of {parent} that is not there"
