"""One visit of one viewer: who is behind a session secret, and which trial comes next."""

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, Select, func, insert, select

from qualab.store.launches import find_launch
from qualab.store.records import StudyClosed, Trial, UnknownInvite, Viewer, digest, now
from qualab.store.schema import closings, conditions, sessions, subjects, trials, votes

_TRIAL = (
    trials.c.id,
    trials.c.position,
    trials.c.src,
    trials.c.hrc_a,
    trials.c.hrc_b,
    trials.c.left,
    trials.c.media_token,
)


@dataclass(frozen=True)
class Visit:
    """The rows behind a session secret."""

    session_id: int
    subject_id: int
    is_open: bool


def begin(connection: Connection, token: str) -> str:
    """Open a session for an invite token and return its secret; UnknownInvite or StudyClosed otherwise."""
    query = (
        select(subjects.c.id, closings.c.closed_at)
        .select_from(subjects.outerjoin(closings, closings.c.launch_id == subjects.c.launch_id))
        .where(subjects.c.invite_sha256 == digest(token))
    )
    found = connection.execute(query).one_or_none()
    if found is None:
        raise UnknownInvite
    if found.closed_at is not None:
        raise StudyClosed
    secret = secrets.token_urlsafe(32)
    row = {"subject_id": found.id, "secret_sha256": digest(secret), "created_at": now()}
    connection.execute(insert(sessions), row)
    return secret


def is_invite(connection: Connection, token: str) -> bool:
    """Say whether a token was issued, without writing anything."""
    query = select(subjects.c.id).where(subjects.c.invite_sha256 == digest(token))
    return connection.execute(query).one_or_none() is not None


def find_visit(connection: Connection, secret: str) -> Visit | None:
    """Return the visit behind a session secret."""
    query = (
        select(sessions.c.id, sessions.c.subject_id, closings.c.closed_at)
        .select_from(
            sessions.join(subjects, subjects.c.id == sessions.c.subject_id).outerjoin(
                closings, closings.c.launch_id == subjects.c.launch_id
            )
        )
        .where(sessions.c.secret_sha256 == digest(secret))
    )
    found = connection.execute(query).one_or_none()
    return None if found is None else Visit(found.id, found.subject_id, found.closed_at is None)


def write_conditions(connection: Connection, secret: str, text: str) -> None:
    """Add the viewing conditions of a visit; a later note stands beside an earlier one."""
    visit = find_visit(connection, secret)
    if visit is None:
        raise UnknownInvite
    connection.execute(insert(conditions).values(session_id=visit.session_id, conditions=text, noted_at=now()))


def find_viewer(connection: Connection, secret: str) -> Viewer | None:
    """Return the viewer behind a session secret, with live counts."""
    visit = find_visit(connection, secret)
    if visit is None:
        return None
    row = connection.execute(select(subjects).where(subjects.c.id == visit.subject_id)).one()
    launch = find_launch(connection, row.launch_id)
    return Viewer(
        subject_id=row.id,
        number=row.number,
        simulated=bool(row.simulated),
        study_id=launch.study_id,
        launch=launch,
        is_open=launch.is_open,
        done=_count(connection, select(func.count()).select_from(votes).where(votes.c.subject_id == row.id)),
        total=_total(connection, row.id),
    )


def current_trial(connection: Connection, subject_id: int) -> Trial | None:
    """Return the first trial of a subject that has no vote."""
    query = (
        select(*_TRIAL)
        .select_from(trials.outerjoin(votes, votes.c.trial_id == trials.c.id))
        .where(trials.c.subject_id == subject_id, votes.c.id.is_(None))
        .order_by(trials.c.position)
        .limit(1)
    )
    return _one_trial(connection, subject_id, query)


def trial_of_token(connection: Connection, subject_id: int, media_token: object) -> Trial | None:
    """Return the subject's own trial with this media token."""
    if not isinstance(media_token, str) or not media_token.isascii():
        return None
    query = select(*_TRIAL).where(trials.c.media_token == media_token, trials.c.subject_id == subject_id)
    return _one_trial(connection, subject_id, query)


def count_after(connection: Connection, subject_id: int, position: int) -> int:
    """Return how many trials of a subject come after a position."""
    return _total(connection, subject_id, after=position)


def _one_trial(connection: Connection, subject_id: int, query: Select[*tuple[object, ...]]) -> Trial | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else Trial(**row._mapping, total=_total(connection, subject_id))


def _total(connection: Connection, subject_id: int, *, after: int = 0) -> int:
    these = (trials.c.subject_id == subject_id, trials.c.position > after)
    return _count(connection, select(func.count()).select_from(trials).where(*these))


def _count(connection: Connection, query: Select[int]) -> int:
    return connection.execute(query).scalar_one()
