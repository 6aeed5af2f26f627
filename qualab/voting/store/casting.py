"""Casting a vote: which may be written, and the receipt of what then is in the database."""

from typing import Literal

from sqlalchemy import Connection, bindparam, exists, func, insert, select

from qualab.errors import InputError, StorageError
from qualab.voting.store.answer import Answer
from qualab.voting.store.hash_chain import link, origin
from qualab.voting.store.records import OutOfOrder, Receipt, Trial, UnknownInvite, Withdrawn, now
from qualab.voting.store.schema import events, launches, subjects, trials, votes
from qualab.voting.store.sessions import Visit, find_visit
from qualab.voting.store.steps import steps_of, was_played
from qualab.voting.store.trial_queries import TRIAL, as_trial, current_trial, trial_of_subject

Outcome = Literal["new", "held", "late", "again"]

_HELD = select(votes.c.id).where(votes.c.trial_id == bindparam("trial"))
_same = votes.alias()
_IS_KEY_USED = exists().where(_same.c.subject_id == bindparam("subject"), _same.c.idempotency_key == bindparam("key"))
_LAST = (
    select(votes.c.sequence, votes.c.chain, _IS_KEY_USED.label("is_key_used"))
    .where(votes.c.subject_id == bindparam("subject"))
    .order_by(votes.c.sequence.desc())
    .limit(1)
)
_ORIGIN = (
    select(subjects, launches.c.study_id, launches.c.design_sha256)
    .select_from(subjects.join(launches))
    .where(subjects.c.id == bindparam("subject"))
)
_INSERT = insert(votes)
_EVENT = insert(events)
_LOGGED = select(events.c.detail).where(
    events.c.trial_id == bindparam("trial"),
    events.c.kind == bindparam("kind"),
    events.c.attempt == bindparam("attempt"),
)
_later = trials.alias()
_REMAINING = (
    select(func.count())
    .where(_later.c.subject_id == trials.c.subject_id, _later.c.position > trials.c.position)
    .correlate(trials)
    .scalar_subquery()
)
_STORED = (
    TRIAL.add_columns(votes.c.choice, votes.c.idempotency_key, votes.c.invalid, _REMAINING.label("remaining"))
    .select_from(trials.outerjoin(votes, votes.c.trial_id == trials.c.id))
    .where(trials.c.id == bindparam("trial"))
)


def cast_vote(
    connection: Connection, secret: str, trial_id: int, answer: Answer, *, invalid: str | None, most_repeats: int
) -> tuple[Outcome, int]:
    """Write a vote where it may be written; return 'new', 'held' (one was there), 'late' or 'again', and the subject.

    Raises:
        UnknownInvite, OutOfOrder, Withdrawn, InputError: see VoteStore.vote.
    """
    visit = find_visit(connection, secret)
    if visit is None:
        raise UnknownInvite
    current = current_trial(connection, visit.subject_id)
    is_due = current is not None and current.id == trial_id
    trial = current if is_due else trial_of_subject(connection, visit.subject_id, trial_id)
    if trial is None:
        raise OutOfOrder
    if not is_due and connection.execute(_HELD, {"trial": trial_id}).one_or_none() is not None:
        return "held", visit.subject_id
    if visit.is_withdrawn:
        raise Withdrawn
    if not visit.is_open:
        _log(connection, visit, trial, "late-vote", 0, "")
        return "late", visit.subject_id
    if not is_due:
        raise OutOfOrder
    if _is_again(connection, visit, trial, answer.attempt, invalid=invalid, most_repeats=most_repeats):
        return "again", visit.subject_id
    _write(connection, visit, trial, answer, invalid)
    return "new", visit.subject_id


def receipt(connection: Connection, subject_id: int, trial_id: int, answer: Answer, outcome: Outcome) -> Receipt:
    """Return what the database holds for a trial now.

    Raises:
        StorageError: what was written is not there.
    """
    parameters = {"subject": subject_id, "trial": trial_id}
    stored = connection.execute(_STORED, parameters).one_or_none()
    why = _why(connection, trial_id, answer.attempt) if outcome == "again" else None
    if stored is None or (why if outcome == "again" else stored.choice) is None:
        raise StorageError("vote", "was not found after saving it", "vote again; the disk may be failing")
    trial = as_trial(stored)
    if stored.choice is None:
        return Receipt("again", None, trial.position, stored.remaining, why, trial)
    same = (stored.choice, stored.idempotency_key) == (answer.choice, answer.idempotency_key)
    status: Literal["saved", "repeated", "already-voted"] = (
        "saved" if outcome == "new" else "repeated" if same else "already-voted"
    )
    return Receipt(status, stored.choice, trial.position, stored.remaining, stored.invalid, trial)


def _is_again(
    connection: Connection, visit: Visit, trial: Trial, attempt: int, *, invalid: str | None, most_repeats: int
) -> bool:
    """Say whether this showing of the current trial did not count, which is then written down.

    Raises:
        OutOfOrder: it is not due, or was not played.
    """
    if attempt > trial.attempt:
        raise OutOfOrder
    if attempt < trial.attempt:
        return True
    if not was_played(steps_of(connection, trial.id, attempt)):
        raise OutOfOrder("is not on a trial that was played")
    if invalid is None or attempt > most_repeats:
        return False
    _log(connection, visit, trial, "again", attempt, invalid)
    return True


def _write(connection: Connection, visit: Visit, trial: Trial, answer: Answer, invalid: str | None) -> None:
    subject = {"subject": visit.subject_id}
    last = connection.execute(_LAST, {**subject, "key": answer.idempotency_key}).one_or_none()
    if last is not None and last.is_key_used:
        raise InputError("vote", "idempotency_key was used on another trial", "make a new key for every trial")
    before = last.chain if last else origin(connection.execute(_ORIGIN, subject).one()._asdict())
    sequence = last.sequence + 1 if last else 1
    row = {**answer.columns(), "invalid": invalid, "sequence": sequence, "voted_at": now()}
    ids = {"subject_id": visit.subject_id, "trial_id": trial.id, "session_id": visit.session_id}
    # vars(trial) has an attempt too: the answer's is the one that is stored.
    chain = link(before, {**vars(trial), **row})
    connection.execute(_INSERT, {**ids, **row, "chain": chain})
    event = {"subject_id": visit.subject_id, "trial_id": trial.id, "kind": "receipt", "attempt": answer.attempt}
    connection.execute(_EVENT, {**event, "detail": chain, "noted_at": now()})


def _log(connection: Connection, visit: Visit, trial: Trial, kind: str, attempt: int, detail: str) -> None:
    parameters = {"trial": trial.id, "kind": kind, "attempt": attempt}
    if connection.execute(_LOGGED, parameters).one_or_none() is None:
        row = {"subject_id": visit.subject_id, "trial_id": trial.id, "kind": kind, "attempt": attempt}
        connection.execute(_EVENT, {**row, "detail": detail, "noted_at": now()})


def _why(connection: Connection, trial_id: int, attempt: int) -> str | None:
    parameters = {"trial": trial_id, "kind": "again", "attempt": attempt}
    return connection.execute(_LOGGED, parameters).scalar_one_or_none()
