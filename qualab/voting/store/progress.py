"""What a study has so far: the table of votes, and counts that reveal no preference."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pandas as pd
from sqlalchemy import JSON, ColumnElement, Connection, Select, and_, case, func, or_, select, type_coerce
from sqlalchemy import cast as sql_cast

from qualab.study.tables import VOTE_COLUMNS, empty
from qualab.voting.store.launches import all_launches, open_of
from qualab.voting.store.records import PairCounts, PlaybackHealth, Progress, SideCounts
from qualab.voting.store.schema import (
    conditions,
    events,
    launches,
    sessions,
    steps,
    subjects,
    trials,
    voids,
    votes,
    withdrawals,
)

_ACTIVE = timedelta(seconds=60)
# What the trials, subjects or launches of a count have in common, as SQLAlchemy's conditions.
Conditions = tuple[ColumnElement[bool], ...]


_OF_STUDY = trials.join(subjects, subjects.c.id == trials.c.subject_id).join(
    launches, launches.c.id == subjects.c.launch_id
)
_HAS_A_LEFT = trials.c.left == "a"
_LEFT_HRC = case((_HAS_A_LEFT, trials.c.hrc_a), else_=trials.c.hrc_b)
_CHOICE = case(
    (votes.c.choice == "tie", "tie"),
    (votes.c.choice == "left", trials.c.left),
    else_=case((_HAS_A_LEFT, "b"), else_="a"),
)
# Stored below 0 for the left one, told above 0 for hrc_b.
_SCORE = case((_HAS_A_LEFT, votes.c.score), else_=-votes.c.score)
_CONDITIONS = (
    "screen_width",
    "screen_height",
    "dpr",
    "viewport_width",
    "viewport_height",
    "refresh_hz",
    "colour_depth",
    "touch",
    "reduced_motion",
    "language",
)


def subject_name(launch_id: int, number: int) -> str:
    """Return what tables call a viewer, unique over the launches of a study.

    >>> subject_name(1, 7)
    'L1-S007'
    """
    return f"L{launch_id}-S{number:03d}"


def vote_table(connection: Connection, study_id: str) -> pd.DataFrame:
    """Return the votes on a study as a table of VOTE_COLUMNS; several reasons are joined by `; `."""
    query = (
        select(
            subjects.c.number,
            trials.c.src,
            trials.c.hrc_a,
            trials.c.hrc_b,
            _CHOICE.label("choice"),
            _LEFT_HRC.label("left_hrc"),
            votes.c.response_ms,
            subjects.c.simulated,
            launches.c.id,
            trials.c.position,
            votes.c.voted_at,
            trials.c.kind,
            _SCORE.label("score"),
            votes.c.invalid.is_(None).label("valid"),
            voids.c.id.is_not(None).label("voided"),
            votes.c.reasons,
            votes.c.comment,
        )
        .select_from(_OF_STUDY.join(votes, votes.c.trial_id == trials.c.id).outerjoin(voids))
        .where(launches.c.study_id == study_id)
        .order_by(launches.c.id, subjects.c.number, trials.c.position)
    )
    rows = connection.execute(query).all()
    if not rows:
        return empty(VOTE_COLUMNS)
    table = pd.DataFrame(rows, columns=list(VOTE_COLUMNS[:-1]))
    table = table.astype({"score": float, "valid": bool, "voided": bool})
    viewers = [(row.id, row.number) for row in rows]
    answered, planned = Counter(viewers), _planned(connection, study_id)
    names = {viewer: subject_name(*viewer) for viewer in answered}
    reasons = {text: "; ".join(json.loads(text)) for text in set(table["reasons"])}
    return table.assign(
        subject=[names[viewer] for viewer in viewers],
        reasons=table["reasons"].map(reasons),
        finished=[answered[viewer] == planned[viewer] for viewer in viewers],
    )


def _planned(connection: Connection, study_id: str) -> dict[tuple[int, int], int]:
    """Return how many trials each viewer has, by launch and number."""
    query = (
        select(launches.c.id, subjects.c.number, func.count(trials.c.id))
        .select_from(_OF_STUDY)
        .where(launches.c.study_id == study_id)
        .group_by(launches.c.id, subjects.c.number)
    )
    return {(launch, number): count for launch, number, count in connection.execute(query)}


def condition_table(connection: Connection, study_id: str) -> pd.DataFrame:
    """Return the viewing conditions noted in a study: `subject`, `launch`, `simulated`, `noted_at` and what was told.

    What a browser did not tell is None.
    """
    query = (
        select(launches.c.id, subjects.c.number, subjects.c.simulated, conditions.c.noted_at, conditions.c.conditions)
        .select_from(conditions.join(sessions).join(subjects, subjects.c.id == sessions.c.subject_id).join(launches))
        .where(launches.c.study_id == study_id)
        .order_by(conditions.c.id)
    )
    rows = [
        {"subject": subject_name(row.id, row.number), "launch": row.id, "simulated": row.simulated}
        | {"noted_at": row.noted_at, **json.loads(row.conditions)}
        for row in connection.execute(query)
    ]
    names = dict.fromkeys(name for row in rows for name in row)
    columns = dict.fromkeys(("subject", "launch", "simulated", "noted_at", *_CONDITIONS, *names))
    return pd.DataFrame([[row.get(name) for name in columns] for row in rows], columns=list(columns), dtype=object)


def counts(connection: Connection, study_id: str) -> Progress:
    """Return the state of a study and its live counts, real and simulated viewers apart."""
    earlier = all_launches(connection, study_id)
    current = open_of(earlier)
    return {
        "study": study_id,
        "state": "open" if current else "closed" if earlier else "none",
        "launch": current.id if current else earlier[-1].id if earlier else None,
        "launches": len(earlier),
        "real": _side(connection, (launches.c.study_id == study_id, subjects.c.simulated == 0)),
        "simulated": _side(connection, (launches.c.study_id == study_id, subjects.c.simulated == 1)),
    }


def _side(connection: Connection, these: Conditions) -> SideCounts:
    per_subject = (
        select(func.count(trials.c.id).label("planned"), func.count(votes.c.id).label("votes"))
        .select_from(_OF_STUDY.outerjoin(votes, votes.c.trial_id == trials.c.id))
        .where(*these)
        .group_by(subjects.c.id)
    )
    viewers = connection.execute(per_subject).all()
    own_events = select(func.count(events.c.id)).select_from(events.join(subjects).join(launches)).where(*these)
    withdrawn = (
        select(func.count(withdrawals.c.id)).select_from(withdrawals.join(subjects).join(launches)).where(*these)
    )
    return {
        "invited": len(viewers),
        "joined": _scalar(connection, _visitors(these).select_from(sessions.join(subjects).join(launches))),
        "active": _scalar(connection, _active(these)),
        "finished": sum(row.votes == row.planned for row in viewers),
        "withdrawn": _scalar(connection, withdrawn),
        "votes": sum(row.votes for row in viewers),
        "planned": sum(row.planned for row in viewers),
        "late_votes": _scalar(connection, own_events.where(events.c.kind == "late-vote")),
        "invalid": _scalar(connection, own_events.where(events.c.kind == "again")),
        "invalid_by": _reasons(connection, these),
        "health": _health(connection, these),
        "pairs": _pairs(connection, these),
    }


def _reasons(connection: Connection, these: Conditions) -> dict[str, int]:
    """Return how many showings did not count by the rule that each broke."""
    query = (
        select(events.c.detail, func.count(events.c.id))
        .select_from(events.join(subjects).join(launches))
        .where(*these, events.c.kind == "again")
        .group_by(events.c.detail)
    )
    return {str(rule): int(count) for rule, count in sorted(tuple(row) for row in connection.execute(query))}


def _visitors(these: Conditions) -> Select[int]:
    return select(func.count(subjects.c.id.distinct())).where(*these)


def _active(these: Conditions) -> Select[int]:
    since = (datetime.now(UTC) - _ACTIVE).isoformat(timespec="milliseconds")
    at_work = select(steps.c.subject_id).where(steps.c.noted_at >= since)
    came = select(sessions.c.subject_id).where(sessions.c.created_at >= since)
    in_the_last_minute = or_(subjects.c.id.in_(at_work), subjects.c.id.in_(came))
    return _visitors(these).select_from(subjects.join(launches)).where(in_the_last_minute)


def _health(connection: Connection, these: Conditions) -> PlaybackHealth:
    """Return how the clips of all votes played, read from the telemetry where it lies."""
    is_postgres = connection.dialect.name == "postgresql"
    telemetry: Any = sql_cast(votes.c.telemetry, JSON) if is_postgres else type_coerce(votes.c.telemetry, JSON)

    def of(name: str) -> ColumnElement[float]:
        number: ColumnElement[float] = telemetry[name].as_float()
        return number

    dropped = case((of("frames_total") > 0, 100.0 * of("frames_dropped") / func.nullif(of("frames_total"), 0)))
    full = func.sum(case((telemetry["full_screen"].as_boolean(), 1), else_=0))
    query = (
        select(func.count(votes.c.id), func.avg(dropped), func.sum(of("stalls")), func.sum(of("focus_losses")), full)
        .select_from(_OF_STUDY.join(votes, votes.c.trial_id == trials.c.id))
        .where(*these)
    )
    count, mean, *sums = connection.execute(query).one()
    stalls, focus_losses, full_screen = (int(number or 0) for number in sums)
    return {
        "votes": count,
        "dropped_percent_mean": mean,
        "stalls": stalls,
        "focus_losses": focus_losses,
        "full_screen": full_screen,
    }


def _pairs(connection: Connection, these: Conditions) -> list[PairCounts]:
    pair = (trials.c.src, trials.c.hrc_a, trials.c.hrc_b, trials.c.kind)
    counts_in = and_(votes.c.id.is_not(None), votes.c.invalid.is_(None), voids.c.id.is_(None))
    query = (
        select(
            *pair,
            func.count(votes.c.id).label("votes"),
            func.sum(case((counts_in, 1), else_=0)).label("counted"),
            func.count(trials.c.id).label("planned"),
        )
        .select_from(_OF_STUDY.outerjoin(votes, votes.c.trial_id == trials.c.id).outerjoin(voids))
        .where(*these)
        .group_by(*pair)
    )
    rows = [cast("PairCounts", dict(row._mapping)) for row in connection.execute(query)]
    # Sorted here: databases order text each in its own way.
    return sorted(rows, key=lambda row: (row["src"], row["hrc_a"], row["hrc_b"], row["kind"]))


def _scalar(connection: Connection, query: Select[int]) -> int:
    return connection.execute(query).scalar_one()
