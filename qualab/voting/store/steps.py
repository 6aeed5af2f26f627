"""How far the pending_trial of a trial came: issued, ready, played; each step is one row a pending_trial."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from qualab.voting.store.records import OutOfOrder, PendingTrial, StudyClosed, Trial, UnknownInvite, Withdrawn, now
from qualab.voting.store.schema import steps
from qualab.voting.store.sessions import Visit, find_viewer, find_visit, launch_of
from qualab.voting.store.trial_queries import current_trial, next_trials

# From a frozen design (JSON) and a trial of it to the shortest time in which that can have been played.
LeastMs = Callable[[str, Trial], float]
STEPS = ("issued", "ready", "played")
_INSERT = insert(steps)
_OF_SHOWING = select(steps.c.step, steps.c.noted_at).where(
    steps.c.trial_id == bindparam("trial"), steps.c.attempt == bindparam("attempt")
)


def steps_of(connection: Connection, trial_id: int, attempt: int) -> dict[str, str]:
    """Return the steps of a pending_trial and when each was noted."""
    rows = connection.execute(_OF_SHOWING, {"trial": trial_id, "attempt": attempt})
    return {row.step: row.noted_at for row in rows}


def pending_trial(connection: Connection, secret: str) -> PendingTrial | None:
    """Return who asks and what is due; see VoteStore.pending_trial."""
    viewer = find_viewer(connection, secret)
    if viewer is None:
        return None
    if not viewer.is_open or viewer.withdrawn:
        return PendingTrial(viewer, None, None, is_issued=False)
    trial, following = next_trials(connection, viewer.subject_id)
    is_issued = trial is not None and bool(steps_of(connection, trial.id, trial.attempt))
    return PendingTrial(viewer, trial, following, is_issued)


def issue(connection: Connection, secret: str) -> Trial | None:
    """Return the current trial, issued: one row a pending_trial says so; None where none is due."""
    visit = find_visit(connection, secret)
    if visit is None or not visit.may_vote:
        return None
    trial = current_trial(connection, visit.subject_id)
    if trial is not None and not steps_of(connection, trial.id, trial.attempt):
        _write(connection, visit, trial, "issued", "{}")
    return trial


def note(
    connection: Connection, secret: str, trial_id: int, attempt: int, step: str, detail: str, *, least_ms: LeastMs
) -> None:
    """Write `ready` or `played` once; OutOfOrder where it is not due. See VoteStore.step."""
    visit = find_visit(connection, secret)
    if visit is None:
        raise UnknownInvite
    trial = current_trial(connection, visit.subject_id)
    if trial is None or (trial.id, trial.attempt) != (trial_id, attempt):
        raise OutOfOrder
    done = steps_of(connection, trial_id, attempt)
    if step in done:
        return
    if visit.is_withdrawn:
        raise Withdrawn
    if not visit.is_open:
        raise StudyClosed
    if STEPS[STEPS.index(step) - 1] not in done:
        raise OutOfOrder(f"is not {step} before it was {STEPS[STEPS.index(step) - 1]}")
    if step == "played" and not visit.simulated:
        least = least_ms(launch_of(connection, visit).design, trial)
        if _ms_since(done["ready"]) < least:
            raise OutOfOrder("cannot be played yet")
    _write(connection, visit, trial, step, detail)


def was_played(done: Sequence[str] | dict[str, str]) -> bool:
    """Say whether a pending_trial went through every step."""
    return all(step in done for step in STEPS)


def _write(connection: Connection, visit: Visit, trial: Trial, step: str, detail: str) -> None:
    row = {"subject_id": visit.subject_id, "trial_id": trial.id, "session_id": visit.session_id}
    connection.execute(_INSERT, {**row, "attempt": trial.attempt, "step": step, "detail": detail, "noted_at": now()})


def _ms_since(noted_at: str) -> float:
    return (datetime.fromisoformat(now()) - datetime.fromisoformat(noted_at)).total_seconds() * 1000
