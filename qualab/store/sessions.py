"""One visit of one viewer: who is behind a session secret, and which trial comes next."""

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, func, insert, select

from qualab.store.launches import find_launch, shut
from qualab.store.records import LinkUsedUp, StudyClosed, Trial, UnknownInvite, Viewer, digest, now
from qualab.store.schema import (
    conditions,
    consents,
    events,
    open_links,
    sessions,
    subjects,
    trials,
    votes,
    withdrawals,
)

# Queries are built once: building one costs more than SQLite takes to answer it.
_every = trials.alias()
_SUBJECTS = subjects.outerjoin(shut, shut.c.launch_id == subjects.c.launch_id)
_IS_OPEN = shut.c.closed_at.is_(None).label("is_open")
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
    .select_from(open_links.outerjoin(shut, shut.c.launch_id == open_links.c.launch_id))
    .where(open_links.c.link_sha256 == bindparam("invite"))
)
_BY_LINK = (
    select(sessions.c.id, _IS_OPEN)
    .select_from(_SUBJECTS.join(sessions, sessions.c.subject_id == subjects.c.id).join(open_links))
    .where(sessions.c.secret_sha256 == bindparam("secret"), open_links.c.link_sha256 == bindparam("invite"))
)
_IS_WITHDRAWN = exists().where(withdrawals.c.subject_id == subjects.c.id).label("is_withdrawn")
_VISIT = (
    select(sessions.c.id.label("session_id"), sessions.c.subject_id, subjects.c.simulated, _IS_OPEN, _IS_WITHDRAWN)
    .select_from(_SUBJECTS.join(sessions, sessions.c.subject_id == subjects.c.id))
    .where(sessions.c.secret_sha256 == bindparam("secret"))
)
_TOTAL = select(func.count()).where(_every.c.subject_id == bindparam("subject")).scalar_subquery()
_again = events.c.trial_id == trials.c.id, events.c.kind == "again"
_AGAIN = (
    select(events.c.detail)
    .where(*_again)
    .order_by(events.c.attempt.desc())
    .limit(1)
    .correlate(trials)
    .scalar_subquery()
)
_ATTEMPT = select(func.count() + 1).where(*_again).correlate(trials).scalar_subquery()
_TRIAL = select(
    trials.c.id,
    trials.c.position,
    trials.c.src,
    trials.c.hrc_a,
    trials.c.hrc_b,
    trials.c.left,
    trials.c.media_token,
    trials.c.kind,
    _ATTEMPT.label("attempt"),
    _AGAIN.label("again"),
    _TOTAL.label("total"),
).where(trials.c.subject_id == bindparam("subject"))
_WAITING_TRIALS = (
    _TRIAL.select_from(trials.outerjoin(votes, votes.c.trial_id == trials.c.id))
    .where(votes.c.id.is_(None))
    .order_by(trials.c.position)
    .limit(1)
)
_CURRENT, _FOLLOWING = _WAITING_TRIALS, _WAITING_TRIALS.offset(1)
_OWN = _TRIAL.where(trials.c.id == bindparam("trial"))
_BY_TOKEN = _TRIAL.where(trials.c.media_token == bindparam("media_token"))
_DONE = select(func.count()).where(votes.c.subject_id == bindparam("subject")).scalar_subquery()
_SUBJECT = select(
    subjects,
    _DONE.label("done"),
    _TOTAL.label("total"),
    exists().where(consents.c.subject_id == subjects.c.id).label("consented"),
    _IS_WITHDRAWN,
).where(subjects.c.id == bindparam("subject"))


@dataclass(frozen=True)
class Visit:
    """The rows behind a session secret."""

    session_id: int
    subject_id: int
    simulated: bool
    is_open: bool
    is_withdrawn: bool

    @property
    def may_vote(self) -> bool:
        """Whether votes are taken."""
        return self.is_open and not self.is_withdrawn


def begin(connection: Connection, token: str, *, prefix: str = "") -> str:
    """Open a session for an invite or open link and return its secret, which begins with `prefix`.

    Raises:
        UnknownInvite, StudyClosed, LinkUsedUp: see VoteStore.join.
    """
    found = _called(connection, token)
    if found is None:
        raise UnknownInvite
    if not found.is_open:
        raise StudyClosed
    if found.id is None:
        raise LinkUsedUp
    secret = prefix + secrets.token_urlsafe(32)
    row = {"subject_id": found.id, "secret_sha256": digest(secret), "created_at": now()}
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


def find_viewer(connection: Connection, secret: str) -> Viewer | None:
    """Return the viewer behind a session secret, with live counts."""
    visit = find_visit(connection, secret)
    if visit is None:
        return None
    row = connection.execute(_SUBJECT, {"subject": visit.subject_id}).one()
    launch = find_launch(connection, row.launch_id)
    return Viewer(
        subject_id=row.id,
        number=row.number,
        simulated=bool(row.simulated),
        study_id=launch.study_id,
        launch=launch,
        is_open=launch.is_open,
        done=row.done,
        total=row.total,
        consented=bool(row.consented),
        withdrawn=bool(row.is_withdrawn),
    )


def current_trial(connection: Connection, subject_id: int) -> Trial | None:
    """Return the first trial of a subject that has no vote."""
    row = connection.execute(_CURRENT, {"subject": subject_id}).one_or_none()
    return None if row is None else Trial(**row._mapping)


def following_trial(connection: Connection, subject_id: int) -> Trial | None:
    """Return the trial without a vote that comes after the current one."""
    row = connection.execute(_FOLLOWING, {"subject": subject_id}).one_or_none()
    return None if row is None else Trial(**row._mapping)


def own_trial(connection: Connection, subject_id: int, trial_id: int) -> Trial | None:
    """Return the subject's own trial with this id."""
    row = connection.execute(_OWN, {"subject": subject_id, "trial": trial_id}).one_or_none()
    return None if row is None else Trial(**row._mapping)


def trial_of_token(connection: Connection, subject_id: int, media_token: object) -> Trial | None:
    """Return the subject's own trial with this media token."""
    # PostgreSQL takes no NUL in a text.
    if not isinstance(media_token, str) or not media_token.isascii() or "\0" in media_token:
        return None
    row = connection.execute(_BY_TOKEN, {"subject": subject_id, "media_token": media_token}).one_or_none()
    return None if row is None else Trial(**row._mapping)
