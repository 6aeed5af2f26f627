"""What a study has so far: the table of votes, and counts that reveal no preference."""

from typing import Any

import pandas as pd
from sqlalchemy import Connection, Select, case, func, select

from qualab.store.launches import all_launches, open_of
from qualab.store.schema import events, launches, sessions, subjects, trials, votes
from qualab.tables import VOTE_COLUMNS, empty

_OF_STUDY = trials.join(subjects, subjects.c.id == trials.c.subject_id).join(
    launches, launches.c.id == subjects.c.launch_id
)
_IS_LEFT_CHOSEN = votes.c.choice == "left"
_LEFT_HRC = case((trials.c.left == "a", trials.c.hrc_a), else_=trials.c.hrc_b)
_CHOICE = case(
    (_IS_LEFT_CHOSEN, trials.c.left),
    else_=case((trials.c.left == "a", "b"), else_="a"),
)


def vote_table(connection: Connection, study_id: str) -> pd.DataFrame:
    """Return the votes on a study as a table of VOTE_COLUMNS; a subject reads `L1-S007`, unique over launches."""
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
        )
        .select_from(_OF_STUDY.join(votes, votes.c.trial_id == trials.c.id))
        .where(launches.c.study_id == study_id)
        .order_by(launches.c.id, subjects.c.number, trials.c.position)
    )
    rows = connection.execute(query).all()
    if not rows:
        return empty(VOTE_COLUMNS)
    table = pd.DataFrame(rows, columns=list(VOTE_COLUMNS))
    names = {pair: f"L{pair[0]}-S{pair[1]:03d}" for pair in {(row.id, row.number) for row in rows}}
    table["subject"] = [names[row.id, row.number] for row in rows]
    return table


def counts(connection: Connection, study_id: str) -> dict[str, Any]:
    """Return the state of a study and its live counts, real and simulated viewers apart.

    {"study", "state": "none" | "open" | "closed", "launch": id or None, "launches": n, "real": {...},
    "simulated": {...}}; each of the two holds viewers `invited`, `joined`, `finished`, then `votes`, `planned`,
    `late_votes`, and `pairs`: one {"src", "hrc_a", "hrc_b", "votes", "planned"} each.
    """
    found = all_launches(connection, study_id)
    current = open_of(found)
    return {
        "study": study_id,
        "state": "open" if current else "closed" if found else "none",
        "launch": current.id if current else found[-1].id if found else None,
        "launches": len(found),
        "real": _side(connection, study_id, simulated=0),
        "simulated": _side(connection, study_id, simulated=1),
    }


def _side(connection: Connection, study_id: str, *, simulated: int) -> dict[str, Any]:
    these = (launches.c.study_id == study_id, subjects.c.simulated == simulated)
    per_subject = (
        select(func.count(trials.c.id).label("planned"), func.count(votes.c.id).label("votes"))
        .select_from(_OF_STUDY.outerjoin(votes, votes.c.trial_id == trials.c.id))
        .where(*these)
        .group_by(subjects.c.id)
    )
    viewers = connection.execute(per_subject).all()
    return {
        "invited": len(viewers),
        "joined": _scalar(
            connection,
            select(func.count(sessions.c.subject_id.distinct()))
            .select_from(sessions.join(subjects).join(launches))
            .where(*these),
        ),
        "finished": sum(row.votes == row.planned for row in viewers),
        "votes": sum(row.votes for row in viewers),
        "planned": sum(row.planned for row in viewers),
        "late_votes": _scalar(
            connection,
            select(func.count(events.c.id)).select_from(events.join(subjects).join(launches)).where(*these),
        ),
        "pairs": _pairs(connection, these),
    }


def _pairs(connection: Connection, these: tuple[Any, ...]) -> list[dict[str, Any]]:
    pair = (trials.c.src, trials.c.hrc_a, trials.c.hrc_b)
    query = (
        select(*pair, func.count(votes.c.id).label("votes"), func.count(trials.c.id).label("planned"))
        .select_from(_OF_STUDY.outerjoin(votes, votes.c.trial_id == trials.c.id))
        .where(*these)
        .group_by(*pair)
        .order_by(*pair)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def _scalar(connection: Connection, query: Select[int]) -> int:
    return connection.execute(query).scalar_one()
