"""The vote store: what viewers, the console and the command line may ask of the database."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from sqlalchemy import Connection, bindparam, func, insert, select

from qualab.errors import InputError, StorageError
from qualab.store import launches, progress, sessions
from qualab.store.answers import Answer, checked_answer, checked_json
from qualab.store.engine import Database, open_database
from qualab.store.records import (
    Launch,
    LinkUsedUp,
    OutOfOrder,
    Receipt,
    Side,
    StudyClosed,
    Trial,
    UnknownInvite,
    Viewer,
    now,
)
from qualab.store.schema import events, trials, votes

__all__ = [
    "Launch",
    "LinkUsedUp",
    "OutOfOrder",
    "Receipt",
    "StudyClosed",
    "Trial",
    "UnknownInvite",
    "Viewer",
    "VoteStore",
    "open_store",
]
_LARGEST_ID = 2**63 - 1

_OF_TRIAL = trials.outerjoin(votes, votes.c.trial_id == trials.c.id)
_HELD = (
    select(votes.c.id.label("vote_id"))
    .select_from(_OF_TRIAL)
    .where(trials.c.id == bindparam("trial"), trials.c.subject_id == bindparam("subject"))
)
_SAME_KEY = select(votes.c.id).where(
    votes.c.subject_id == bindparam("subject"), votes.c.idempotency_key == bindparam("key")
)
_INSERT = insert(votes)
_later = trials.alias()
_REMAINING = (
    select(func.count())
    .where(_later.c.subject_id == trials.c.subject_id, _later.c.position > trials.c.position)
    .correlate(trials)
    .scalar_subquery()
)
_RECEIPT = (
    select(votes.c.choice, votes.c.idempotency_key, trials.c.position, _REMAINING.label("remaining"))
    .select_from(trials.join(votes, votes.c.trial_id == trials.c.id))
    .where(trials.c.id == bindparam("trial"))
)


def open_store(url: str) -> "VoteStore":
    """Return the store at a database URL, made and migrated where needed.

    Raises:
        InputError: the URL does not name a SQLite file.
        StorageError: the database cannot be opened or written.
    """
    return VoteStore(open_database(url))


class VoteStore:
    """Launches, viewers and votes. Methods may be called from any thread and from several processes."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def close_connections(self) -> None:
        """Close the connections of this process; the store may be used again afterwards."""
        self.database.close()

    def launch(
        self,
        study_id: str,
        design: Mapping[str, Any],
        trials: pd.DataFrame,
        *,
        simulated: bool = False,
        is_open: bool = False,
    ) -> list[str]:
        """Freeze `design` and enrol the subjects of `trials`; return one invite token each, in order.

        An open launch with the same design takes the subjects in; simulated ones are marked for ever. With `is_open`
        the subjects share one token, and join in order until all are taken.

        Raises:
            InputError: another design is open, there are no trials, or a subject number is taken.
        """
        with self.database.writing() as connection:
            return launches.enrol(connection, study_id, design, trials, simulated=simulated, is_open=is_open)

    def launches(self, study_id: str) -> list[Launch]:
        """Return every launch of a study, oldest first."""
        with self.database.reading() as connection:
            return launches.all_launches(connection, study_id)

    def open_launch(self, study_id: str) -> Launch | None:
        """Return the launch of a study that takes votes now."""
        return launches.open_of(self.launches(study_id))

    def next_subject_number(self, launch_id: int) -> int:
        """Return the number for the next viewer of a launch, from 1."""
        with self.database.reading() as connection:
            return launches.next_number(connection, launch_id)

    def close(self, study_id: str) -> Launch:
        """End the voting on a study; InputError where none is open."""
        with self.database.writing() as connection:
            return launches.end(connection, study_id)

    def join(self, token: str, *, known: str = "") -> str:
        """Return the secret of a session for an invite token; a viewer may join again from another device.

        On an open link each new browser is a new viewer; one whose session `known` began there keeps that.

        Raises:
            UnknownInvite: nobody was given this token, whatever it looks like.
            StudyClosed: the launch it belongs to was closed.
            LinkUsedUp: an open link has all the viewers it takes.
        """
        with self.database.reading() as connection:
            if not sessions.is_invite(connection, token):
                raise UnknownInvite
            if known and sessions.began_by(connection, known, token):
                return known
        with self.database.writing() as connection:
            return sessions.begin(connection, token)

    def note_session(self, session_secret: str, conditions: Mapping[str, Any]) -> None:
        """Write down the viewing conditions of a session (screen, device pixel ratio, viewport), at most 4 kB."""
        text = checked_json("conditions", conditions)
        with self.database.writing() as connection:
            sessions.write_conditions(connection, session_secret, text)

    def viewer(self, session_secret: str) -> Viewer | None:
        """Return the viewer behind a session secret, of a closed launch too; None for an unknown secret."""
        with self.database.reading() as connection:
            return sessions.find_viewer(connection, session_secret)

    def next_trial(self, session_secret: str) -> Trial | None:
        """Return the first trial without a vote; None at the end, after closing and for an unknown secret."""
        with self.database.reading() as connection:
            visit = sessions.find_visit(connection, session_secret)
            if visit is None or not visit.is_open:
                return None
            return sessions.current_trial(connection, visit.subject_id)

    def trial_of_media(self, session_secret: str, media_token: str) -> Trial | None:
        """Return the viewer's own trial behind a media token; None for another's, and after closing."""
        with self.database.reading() as connection:
            visit = sessions.find_visit(connection, session_secret)
            if visit is None or not visit.is_open:
                return None
            return sessions.trial_of_token(connection, visit.subject_id, media_token)

    def vote(
        self,
        session_secret: str,
        trial_id: int,
        *,
        choice: Side,
        idempotency_key: str,
        response_ms: int,
        telemetry: Mapping[str, Any],
    ) -> Receipt:
        """Save the answer to the viewer's current trial and return what the database then holds.

        The status is `saved` for a new row, `repeated` for the same submit again (also after closing), and
        `already-voted` where another submit came first: the stored choice counts.

        Raises:
            InputError: a field is not what the player sends.
            UnknownInvite: nobody has this session secret.
            OutOfOrder: the trial is not this viewer's current one.
            StudyClosed: the launch was closed before this vote, which is logged and not saved.
        """
        answer = checked_answer(choice, idempotency_key, response_ms, telemetry)
        if type(trial_id) is not int or not 0 < trial_id <= _LARGEST_ID:
            raise OutOfOrder
        with self.database.writing() as connection:
            outcome = _cast(connection, session_secret, trial_id, answer)
        if outcome == "late":
            raise StudyClosed
        with self.database.reading() as connection:
            return _receipt(connection, trial_id, answer, is_new=outcome == "new")

    def votes(self, study_id: str) -> pd.DataFrame:
        """Return every vote on a study as a table of VOTE_COLUMNS, ordered by launch, viewer and position."""
        with self.database.reading() as connection:
            return progress.vote_table(connection, study_id)

    def progress(self, study_id: str) -> dict[str, Any]:
        """Return live counts over all launches of a study, real and simulated viewers apart; no preferences."""
        with self.database.reading() as connection:
            return progress.counts(connection, study_id)


def _cast(connection: Connection, secret: str, trial_id: int, answer: Answer) -> str:
    """Write a vote where it may be written; return 'new', 'held' (a vote was there) or 'late'."""
    visit = sessions.find_visit(connection, secret)
    if visit is None:
        raise UnknownInvite
    subject = {"subject": visit.subject_id, "trial": trial_id, "key": answer.idempotency_key}
    held = connection.execute(_HELD, subject).one_or_none()
    if held is None:
        raise OutOfOrder
    if held.vote_id is not None:
        return "held"
    if not visit.is_open:
        _log_late(connection, visit.subject_id, trial_id)
        return "late"
    current = sessions.current_trial(connection, visit.subject_id)
    if current is None or current.id != trial_id:
        raise OutOfOrder
    if connection.execute(_SAME_KEY, subject).one_or_none() is not None:
        raise InputError("vote", "idempotency_key was used on another trial", "make a new key for every trial")
    row = {"subject_id": visit.subject_id, "trial_id": trial_id, "session_id": visit.session_id, "voted_at": now()}
    connection.execute(_INSERT, {**row, **vars(answer)})
    return "new"


def _log_late(connection: Connection, subject_id: int, trial_id: int) -> None:
    row = {"subject_id": subject_id, "trial_id": trial_id, "kind": "late-vote"}
    logged = select(events.c.id).filter_by(**row)
    if connection.execute(logged).one_or_none() is None:
        connection.execute(insert(events), {**row, "noted_at": now()})


def _receipt(connection: Connection, trial_id: int, answer: Answer, *, is_new: bool) -> Receipt:
    row = connection.execute(_RECEIPT, {"trial": trial_id}).one_or_none()
    if row is None:
        raise StorageError("vote", "was not found after saving it", "vote again; the disk may be failing")
    same = (row.choice, row.idempotency_key) == (answer.choice, answer.idempotency_key)
    return Receipt(
        status="saved" if is_new else "repeated" if same else "already-voted",
        choice_stored=row.choice,
        position=row.position,
        remaining=row.remaining,
    )
