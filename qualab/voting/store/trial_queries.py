"""The trials of one viewer: which one is due, which comes next, which one an address or a number means."""

from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, select

from qualab.voting.store.records import Trial
from qualab.voting.store.schema import events, trials, votes

# Queries are built once: building one costs more than a database takes to answer it.
_every = trials.alias()
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
TRIAL = select(
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
# A vote on a trial is its subject's: said twice, so that PostgreSQL looks at no votes but those.
_own_vote = and_(votes.c.trial_id == trials.c.id, votes.c.subject_id == bindparam("subject"))
_WAITING = TRIAL.select_from(trials.outerjoin(votes, _own_vote)).where(votes.c.id.is_(None)).order_by(trials.c.position)
_CURRENT, _NEXT_TWO = _WAITING.limit(1), _WAITING.limit(2)
_SUBJECT_TRIAL = TRIAL.where(trials.c.id == bindparam("trial"))
_BY_TOKEN = TRIAL.where(trials.c.media_token == bindparam("media_token"))


def as_trial(row: Row[*tuple[Any, ...]]) -> Trial:
    """Return the trial in a row that has the columns of TRIAL first."""
    return Trial(**{name: row._mapping[name] for name in Trial.__dataclass_fields__})


def current_trial(connection: Connection, subject_id: int) -> Trial | None:
    """Return the first trial of a subject that has no vote."""
    return _one(connection.execute(_CURRENT, {"subject": subject_id}).one_or_none())


def next_trials(connection: Connection, subject_id: int) -> tuple[Trial | None, Trial | None]:
    """Return the first two trials of a subject that have no vote."""
    rows = connection.execute(_NEXT_TWO, {"subject": subject_id}).all()
    first, second, *_ = [*rows, None, None]
    return _one(first), _one(second)


def trial_of_subject(connection: Connection, subject_id: int, trial_id: int) -> Trial | None:
    """Return the subject's own trial with this id."""
    return _one(connection.execute(_SUBJECT_TRIAL, {"subject": subject_id, "trial": trial_id}).one_or_none())


def trial_of_token(connection: Connection, subject_id: int, media_token: object) -> Trial | None:
    """Return the subject's own trial with this media token."""
    # PostgreSQL takes no NUL in a text.
    if not isinstance(media_token, str) or not media_token.isascii() or "\0" in media_token:
        return None
    row = connection.execute(_BY_TOKEN, {"subject": subject_id, "media_token": media_token}).one_or_none()
    return _one(row)


def _one(row: Row[*tuple[Any, ...]] | None) -> Trial | None:
    return None if row is None else Trial(**row._mapping)
