"""The vote store: what viewers, the console and the command line may ask of the database."""

import re
from collections.abc import Mapping

import pandas as pd

from qualab.errors import InputError
from qualab.voting.store import audit, consents, launches, progress, sessions, steps, trial_queries
from qualab.voting.store.answer import Answer, checked_json, plain_text
from qualab.voting.store.casting import cast_vote, receipt
from qualab.voting.store.connect import open_database
from qualab.voting.store.engine import Database
from qualab.voting.store.records import (
    Launch,
    LinkUsedUp,
    OutOfOrder,
    PendingTrial,
    Progress,
    Receipt,
    StudyClosed,
    Trial,
    UnknownInvite,
    Viewer,
    Withdrawn,
)

__all__ = [
    "Answer",
    "Launch",
    "LinkUsedUp",
    "OutOfOrder",
    "Receipt",
    "StudyClosed",
    "Trial",
    "UnknownInvite",
    "Viewer",
    "VoteStore",
    "Withdrawn",
    "open_store",
]
_LARGEST_ID = 2**63 - 1
_SHA256 = re.compile(r"[0-9a-f]{64}")


def open_store(url: str) -> "VoteStore":
    """Return the store at a database URL, made and migrated where needed.

    Raises:
        InputError: the URL names neither a SQLite file nor a PostgreSQL database.
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
        design: Mapping[str, object],
        trials: pd.DataFrame,
        *,
        simulated: bool = False,
        is_open: bool = False,
    ) -> list[str]:
        """Freeze `design` and enrol the subjects of `trials`; return one invite token each, in order.

        An open launch with the same design takes the subjects in; simulated ones are marked, and numbered apart. With
        `is_open` the subjects share one token, and join in order until all are taken.

        Raises:
            InputError: another design is open, there are no trials, or a subject number is taken.
        """
        with self.database.writing() as connection:
            return launches.launch(connection, study_id, design, trials, simulated=simulated, is_open=is_open)

    def launches(self, study_id: str) -> list[Launch]:
        """Return every launch of a study, oldest first."""
        with self.database.reading() as connection:
            return launches.all_launches(connection, study_id)

    def open_launch(self, study_id: str) -> Launch | None:
        """Return the launch of a study that takes votes now."""
        return launches.open_of(self.launches(study_id))

    def next_subject_number(self, launch_id: int, *, simulated: bool = False) -> int:
        """Return the number for the next viewer of a launch, from 1; real and simulated ones are counted apart."""
        with self.database.reading() as connection:
            return launches.next_number(connection, launch_id, simulated=simulated)

    def close(self, study_id: str) -> Launch:
        """End the voting on a study; InputError where none is open."""
        with self.database.writing() as connection:
            return launches.close(connection, study_id)

    def reopen(self, study_id: str) -> Launch:
        """Take votes on the latest launch of a study again; InputError where it is open or was never launched."""
        with self.database.writing() as connection:
            return launches.reopen(connection, study_id)

    def is_open_link(self, token: str) -> bool:
        """Say whether a token is an open link's, by which anybody joins."""
        with self.database.reading() as connection:
            return sessions.is_open_link(connection, token)

    def began_by(self, session_secret: str, token: str) -> bool:
        """Say whether a session began by this open link: its viewer is enrolled already."""
        with self.database.reading() as connection:
            return sessions.began_by(connection, session_secret, token)

    def join(self, token: str, *, known: str = "", prefix: str = "") -> str:
        """Return the secret of a session for an invite token, which begins with `prefix`.

        A viewer may join again from another device.

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
            return sessions.begin(connection, token, prefix=prefix)

    def note_conditions(self, session_secret: str, conditions: Mapping[str, object]) -> None:
        """Write down the viewing conditions of a session (screen, device pixel ratio, viewport), at most 4 kB."""
        text = checked_json("conditions", conditions)
        with self.database.writing(of=session_secret) as connection:
            sessions.write_conditions(connection, session_secret, text)

    def give_consent(self, session_secret: str, text_sha256: str, answers: Mapping[str, object]) -> None:
        """Write down that the viewer agreed to a text and what the questionnaire says; a second time changes nothing.

        Raises:
            InputError: the digest or the answers are not what the page sends.
            UnknownInvite, StudyClosed, Withdrawn: no consent is taken.
        """
        if not isinstance(text_sha256, str) or not _SHA256.fullmatch(text_sha256):
            raise InputError("consent", "text_sha256 is no SHA-256", "send the digest of the text in hex")
        text = checked_json("answers", answers)
        with self.database.writing(of=session_secret) as connection:
            consents.give(connection, session_secret, text_sha256, text)

    def withdraw(self, session_secret: str, reason: str) -> int:
        """Void every vote of the viewer and take no more; return how many. The rows stay, marked `voided`."""
        kept = plain_text("reason", reason)
        with self.database.writing(of=session_secret) as connection:
            return consents.withdraw(connection, session_secret, kept)

    def viewer(self, session_secret: str) -> Viewer | None:
        """Return the viewer behind a session secret, of a closed launch too; None for an unknown secret."""
        with self.database.reading(snapshot=False) as connection:
            return sessions.find_viewer(connection, session_secret)

    def pending_trial(self, session_secret: str) -> PendingTrial | None:
        """Return who asks and what is due, writing nothing; None for an unknown secret."""
        with self.database.reading(snapshot=False) as connection:
            return steps.pending_trial(connection, session_secret)

    def issue(self, session_secret: str) -> Trial | None:
        """Return the first trial without a vote, noted as issued; None where no vote would be taken."""
        with self.database.writing(of=session_secret, durable=False) as connection:
            return steps.issue(connection, session_secret)

    def next_trial(self, session_secret: str) -> Trial | None:
        """Return what `issue` does; where that was done before, nothing is written."""
        pending = self.pending_trial(session_secret)
        if pending is None or pending.trial is None or pending.is_issued:
            return pending.trial if pending else None
        return self.issue(session_secret)

    def following_trial(self, session_secret: str) -> Trial | None:
        """Return the trial after the current one, for fetching its clips ahead; None where there is none."""
        pending = self.pending_trial(session_secret)
        return pending.following if pending else None

    def step(
        self,
        session_secret: str,
        trial_id: int,
        attempt: int,
        step: str,
        detail: Mapping[str, object],
        *,
        least_ms: steps.LeastMs = lambda design, trial: 0,
    ) -> None:
        """Note that the current trial is `ready` or was `played`; the same again changes nothing.

        Raises:
            InputError: a field is not what the player sends.
            UnknownInvite, StudyClosed, Withdrawn: no step is taken.
            OutOfOrder: another trial or showing is due, it was not ready, or is played sooner than
                `least_ms(design, trial)` after that (which simulated viewers may).
        """
        text = checked_json("detail", detail)
        if step not in steps.STEPS[1:]:
            raise InputError("step", "is neither ready nor played", "send ready, then played")
        if not (_is_id(trial_id) and _is_id(attempt)):
            raise OutOfOrder
        with self.database.writing(of=session_secret, durable=False) as connection:
            steps.note(connection, session_secret, trial_id, attempt, step, text, least_ms=least_ms)

    def trial_of_media(self, session_secret: str, media_token: str) -> tuple[Launch, Trial] | None:
        """Return the viewer's own trial behind a media token, and its launch; None for another's, and after closing."""
        with self.database.reading(snapshot=False) as connection:
            visit = sessions.find_visit(connection, session_secret)
            if visit is None or not visit.may_vote:
                return None
            trial = trial_queries.trial_of_token(connection, visit.subject_id, media_token)
            return None if trial is None else (sessions.launch_of(connection, visit), trial)

    def vote(
        self,
        session_secret: str,
        trial_id: int,
        answer: Answer,
        *,
        invalid: str | None = None,
        most_repeats: int = 2,
    ) -> Receipt:
        """Save the answer to a played showing of the current trial and return what the database then holds.

        The status is `saved` for a new row, `repeated` for the same submit again (also after closing), and
        `already-voted` where another submit came first: the stored choice counts. Where the showing broke the rule
        `invalid`, it is `again`: up to `most_repeats` times nothing is stored and the trial is shown again; after that
        the vote is stored and marked.

        Raises:
            InputError: the idempotency key was used on another trial.
            UnknownInvite: nobody has this session secret.
            OutOfOrder: the trial is not this viewer's current one, or this showing of it was not played.
            Withdrawn: the viewer withdrew.
            StudyClosed: the launch was closed before this vote, which is logged and not saved.
        """
        if not _is_id(trial_id):
            raise OutOfOrder
        with self.database.writing(of=session_secret) as connection:
            outcome, subject_id = cast_vote(
                connection, session_secret, trial_id, answer, invalid=invalid, most_repeats=most_repeats
            )
        if outcome == "late":
            raise StudyClosed
        with self.database.reading(snapshot=False) as connection:
            return receipt(connection, subject_id, trial_id, answer, outcome)

    def votes(self, study_id: str) -> pd.DataFrame:
        """Return every vote on a study as a table of VOTE_COLUMNS, ordered by launch, viewer and position."""
        with self.database.reading() as connection:
            return progress.vote_table(connection, study_id)

    def progress(self, study_id: str) -> Progress:
        """Return live counts over all launches of a study, real and simulated viewers apart; no preferences."""
        with self.database.reading() as connection:
            return progress.counts(connection, study_id)

    def conditions(self, study_id: str) -> pd.DataFrame:
        """Return the viewing conditions of every page load of a study: whose, when, and a column for each value."""
        with self.database.reading() as connection:
            return progress.condition_table(connection, study_id)

    def verify(self, study_id: str) -> list[str]:
        """Return what is wrong with the stored votes of a study (see audit), one sentence each; else nothing."""
        with self.database.reading() as connection:
            return audit.faults(connection, study_id)


def _is_id(number: object) -> bool:
    return type(number) is int and 0 < number <= _LARGEST_ID
