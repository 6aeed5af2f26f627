"""One visit of one viewer: joining, and who is behind a session secret."""

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, func, insert, select

from qualab.voting.store.launches import frozen, open_closings
from qualab.voting.store.records import Launch, LinkUsedUp, StudyClosed, UnknownInvite, Viewer, digest, now
from qualab.voting.store.schema import (
    conditions,
    consents,
    launches,
    open_links,
    sessions,
    subjects,
    trials,
    votes,
    withdrawals,
)

# Queries are built once: building one costs more than a database takes to answer it.
_SUBJECTS = subjects.outerjoin(open_closings, open_closings.c.launch_id == subjects.c.launch_id)
_IS_OPEN = open_closings.c.closed_at.is_(None).label("is_open")
_INVITED = select(subjects.c.id, _IS_OPEN).select_from(_SUBJECTS).where(subjects.c.invite_sha256 == bindparam("invite"))
_free = (
    select(func.min(subjects.c.id))
    .select_from(subjects.outerjoin(sessions, sessions.c.subject_id == subjects.c.id))
    .where(subjects.c.open_link_id == open_links.c.id, sessions.c.id.is_(None))
    .correlate(open_links)
    .scalar_subquery()
)
_WAITING = (
    select(_free.label("id"), _IS_OPEN)
    .select_from(open_links.outerjoin(open_closings, open_closings.c.launch_id == open_links.c.launch_id))
    .where(open_links.c.link_sha256 == bindparam("invite"))
)
_BY_LINK = (
    select(sessions.c.id, _IS_OPEN)
    .select_from(_SUBJECTS.join(sessions, sessions.c.subject_id == subjects.c.id).join(open_links))
    .where(sessions.c.secret_sha256 == bindparam("secret"), open_links.c.link_sha256 == bindparam("invite"))
)
_IS_WITHDRAWN = exists().where(withdrawals.c.subject_id == subjects.c.id).label("is_withdrawn")
_OF_VISIT = (
    sessions.c.id.label("session_id"),
    sessions.c.subject_id,
    subjects.c.number,
    subjects.c.simulated,
    subjects.c.launch_id,
    launches.c.study_id,
    launches.c.design_sha256,
    launches.c.created_at,
    open_closings.c.closed_at,
    _IS_WITHDRAWN,
)
_VISIT = (
    select(*_OF_VISIT)
    .select_from(
        _SUBJECTS.join(sessions, sessions.c.subject_id == subjects.c.id).join(
            launches, launches.c.id == subjects.c.launch_id
        )
    )
    .where(sessions.c.secret_sha256 == bindparam("secret"))
)
_VIEWER = _VISIT.add_columns(
    select(func.count()).where(votes.c.subject_id == subjects.c.id).correlate(subjects).scalar_subquery().label("done"),
    select(func.count())
    .where(trials.c.subject_id == subjects.c.id)
    .correlate(subjects)
    .scalar_subquery()
    .label("total"),
    exists().where(consents.c.subject_id == subjects.c.id).label("consented"),
)


@dataclass(frozen=True)
class Visit:
    """The rows behind a session secret."""

    session_id: int
    subject_id: int
    number: int
    simulated: int
    launch_id: int
    study_id: str
    design_sha256: str
    created_at: str
    closed_at: str | None
    is_withdrawn: bool

    @property
    def is_open(self) -> bool:
        """Whether the launch is."""
        return self.closed_at is None

    @property
    def may_vote(self) -> bool:
        """Whether votes are taken."""
        return self.is_open and not self.is_withdrawn


def begin(connection: Connection, token: str, *, prefix: str = "") -> str:
    """Open a session for an invite or open link and return its secret, which begins with `prefix`.

    Raises:
        UnknownInvite, StudyClosed, LinkUsedUp: see VoteStore.join.
    """
    subject = _called(connection, token)
    if subject is None:
        raise UnknownInvite
    if not subject.is_open:
        raise StudyClosed
    if subject.id is None:
        raise LinkUsedUp
    secret = prefix + secrets.token_urlsafe(32)
    row = {"subject_id": subject.id, "secret_sha256": digest(secret), "created_at": now()}
    connection.execute(insert(sessions), row)
    return secret


def _called(connection: Connection, token: str) -> Row[Any] | None:
    """Return id and is_open of the subject that a token calls; the id is None on an open link that is used up."""
    hashed = {"invite": digest(token)}
    return connection.execute(_INVITED, hashed).one_or_none() or connection.execute(_WAITING, hashed).one_or_none()


def is_invite(connection: Connection, token: str) -> bool:
    """Say whether a token was issued, without writing anything."""
    return _called(connection, token) is not None


def is_open_link(connection: Connection, token: str) -> bool:
    """Say whether a token is an open link's, by which anybody joins."""
    return connection.execute(_WAITING, {"invite": digest(token)}).one_or_none() is not None


def began_by(connection: Connection, secret: str, token: str) -> bool:
    """Say whether a session began by this open link, in a launch that is open still."""
    row = connection.execute(_BY_LINK, {"secret": digest(secret), "invite": digest(token)}).one_or_none()
    return row is not None and bool(row.is_open)


def find_visit(connection: Connection, secret: str) -> Visit | None:
    """Return the visit behind a session secret."""
    row = connection.execute(_VISIT, {"secret": digest(secret)}).one_or_none()
    return None if row is None else Visit(**row._mapping)


def write_conditions(connection: Connection, secret: str, text: str) -> None:
    """Add the viewing conditions of a visit; a later note stands beside an earlier one."""
    visit = find_visit(connection, secret)
    if visit is None:
        raise UnknownInvite
    connection.execute(insert(conditions).values(session_id=visit.session_id, conditions=text, noted_at=now()))


def launch_of(connection: Connection, visit: Visit) -> Launch:
    """Return the launch that a visit belongs to."""
    design = frozen(connection, visit.launch_id, visit.design_sha256)
    return Launch(
        visit.launch_id, visit.study_id, design, visit.design_sha256, visit.created_at, closed_at=visit.closed_at
    )


def find_viewer(connection: Connection, secret: str) -> Viewer | None:
    """Return the viewer behind a session secret, with live counts."""
    row = connection.execute(_VIEWER, {"secret": digest(secret)}).one_or_none()
    if row is None:
        return None
    visit = Visit(*row[: len(_OF_VISIT)])
    return Viewer(
        subject_id=visit.subject_id,
        number=visit.number,
        simulated=bool(visit.simulated),
        study_id=visit.study_id,
        launch=launch_of(connection, visit),
        is_open=visit.is_open,
        done=row.done,
        total=row.total,
        consented=bool(row.consented),
        withdrawn=bool(visit.is_withdrawn),
    )
