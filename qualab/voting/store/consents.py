"""What a viewer agrees to, and takes back: consent with its questionnaire, and withdrawal, which voids every vote."""

from sqlalchemy import Connection, bindparam, insert, select

from qualab.voting.store.records import StudyClosed, UnknownInvite, Withdrawn, now
from qualab.voting.store.schema import consents, voids, votes, withdrawals
from qualab.voting.store.sessions import Visit, find_visit

_GIVEN = select(consents.c.id).where(
    consents.c.subject_id == bindparam("subject"), consents.c.text_sha256 == bindparam("text")
)
_VOTES = select(votes.c.id).where(votes.c.subject_id == bindparam("subject")).order_by(votes.c.id)


def give(connection: Connection, secret: str, text_sha256: str, answers: str) -> None:
    """Write a consent down, once a viewer and text; the first answers stay."""
    visit = _visit(connection, secret)
    if visit.is_withdrawn:
        raise Withdrawn
    if not visit.is_open:
        raise StudyClosed
    parameters = {"subject": visit.subject_id, "text": text_sha256}
    if connection.execute(_GIVEN, parameters).one_or_none() is None:
        row = {"subject_id": visit.subject_id, "session_id": visit.session_id, "text_sha256": text_sha256}
        connection.execute(insert(consents), {**row, "answers": answers, "given_at": now()})


def withdraw(connection: Connection, secret: str, reason: str) -> int:
    """Void every vote of a viewer and return how many; 0 where that was done before. A closed study allows it too."""
    visit = _visit(connection, secret)
    if visit.is_withdrawn:
        return 0
    row = {"subject_id": visit.subject_id, "session_id": visit.session_id, "reason": reason, "withdrawn_at": now()}
    withdrawal_id = connection.execute(insert(withdrawals).returning(withdrawals.c.id), row).scalar_one()
    voided = connection.execute(_VOTES, {"subject": visit.subject_id}).scalars().all()
    if voided:
        connection.execute(insert(voids), [{"vote_id": vote, "withdrawal_id": withdrawal_id} for vote in voided])
    return len(voided)


def _visit(connection: Connection, secret: str) -> Visit:
    visit = find_visit(connection, secret)
    if visit is None:
        raise UnknownInvite
    return visit
