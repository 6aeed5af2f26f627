"""Trial kinds, steps, consent, withdrawal, reopening, and votes with score, validity and a hash chain.

Revision ID: 0002
"""

from typing import Any

from alembic import op
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    Row,
    Table,
    Text,
    text,
)
from sqlalchemy import UniqueConstraint as Unique

from qualab.voting.store.hash_chain import link, origin
from qualab.voting.store.migrations.append_only import protect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_REBUILT = ("closings", "votes", "events")
_NEW = ("reopenings", "consents", "steps", "withdrawals", "voids")
_OLD_VOTES = text(
    """
    SELECT v.*, t.position, t.src, t.hrc_a, t.hrc_b, t."left", t.kind, s.number, s.simulated, s.invite_sha256,
           l.study_id, l.design_sha256
    FROM votes_0001 v JOIN trials t ON t.id = v.trial_id JOIN subjects s ON s.id = v.subject_id
         JOIN launches l ON l.id = s.launch_id
    ORDER BY v.subject_id, v.id
    """
)


def upgrade() -> None:
    """Make the new tables, and those with other columns or constraints anew, with their rows."""
    op.execute("ALTER TABLE trials ADD COLUMN kind TEXT DEFAULT 'test' NOT NULL")
    for table in _REBUILT:
        op.rename_table(table, f"{table}_0001")
    _make_closings()
    _make_steps()
    votes = _make_votes()
    _make_events()
    _make_withdrawals()
    op.execute("INSERT INTO closings SELECT id, launch_id, closed_at FROM closings_0001")
    op.execute("INSERT INTO events SELECT id, subject_id, trial_id, kind, 0, '', noted_at FROM events_0001")
    _copy_votes(votes)
    for table in _REBUILT:
        op.drop_table(f"{table}_0001")
    protect(*_REBUILT, *_NEW)


def _copy_votes(votes: Table) -> None:
    """Write the votes of revision 0001 again, each subject's chained in the order they came."""
    connection = op.get_bind()
    rows: list[dict[str, Any]] = []
    for old in connection.execute(_OLD_VOTES):
        before = rows[-1] if rows and rows[-1]["subject_id"] == old.subject_id else None
        rows.append(_chained(old, before))
    columns = [column.name for column in votes.c]
    if rows:
        connection.execute(votes.insert(), [{name: row[name] for name in columns} for row in rows])
        op.execute(
            "INSERT INTO events (subject_id, trial_id, kind, attempt, detail, noted_at) "
            "SELECT subject_id, trial_id, 'receipt', 0, chain, voted_at FROM votes"
        )


def _chained(old: Row[Any], before: dict[str, Any] | None) -> dict[str, Any]:
    row: dict[str, Any] = {**old._mapping, "attempt": 0, "score": None, "reasons": "[]", "comment": "", "invalid": None}
    row["sequence"] = before["sequence"] + 1 if before else 1
    return row | {"chain": link(before["chain"] if before else origin(row), row)}


def _make_closings() -> None:
    op.create_table(
        "closings",
        Column("id", Integer, primary_key=True),
        Column("launch_id", Integer, ForeignKey("launches.id"), nullable=False, index=True),
        Column("closed_at", Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "reopenings",
        Column("id", Integer, primary_key=True),
        Column("closing_id", Integer, ForeignKey("closings.id"), nullable=False, unique=True),
        Column("reopened_at", Text, nullable=False),
        sqlite_strict=True,
    )


def _make_steps() -> None:
    op.create_table(
        "consents",
        Column("id", Integer, primary_key=True),
        Column("subject_id", Integer, ForeignKey("subjects.id"), nullable=False),
        Column("session_id", Integer, ForeignKey("sessions.id"), nullable=False),
        Column("text_sha256", Text, nullable=False),
        Column("answers", Text, nullable=False),
        Column("given_at", Text, nullable=False),
        Unique("subject_id", "text_sha256"),
        sqlite_strict=True,
    )
    op.create_table(
        "steps",
        Column("id", Integer, primary_key=True),
        Column("subject_id", Integer, nullable=False),
        Column("trial_id", Integer, nullable=False),
        Column("session_id", Integer, ForeignKey("sessions.id"), nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("step", Text, nullable=False),
        Column("detail", Text, nullable=False),
        Column("noted_at", Text, nullable=False, index=True),
        ForeignKeyConstraint(["subject_id", "trial_id"], ["trials.subject_id", "trials.id"]),
        Unique("trial_id", "attempt", "step"),
        CheckConstraint("attempt >= 1", name="attempt_from_1"),
        CheckConstraint("step IN ('issued', 'ready', 'played')", name="step_is_known"),
        sqlite_strict=True,
    )


def _make_votes() -> Table:
    return op.create_table(
        "votes",
        Column("id", Integer, primary_key=True),
        Column("subject_id", Integer, nullable=False),
        Column("trial_id", Integer, nullable=False, unique=True),
        Column("session_id", Integer, ForeignKey("sessions.id"), nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("sequence", Integer, nullable=False),
        Column("choice", Text, nullable=False),
        Column("score", Integer),
        Column("reasons", Text, nullable=False),
        Column("comment", Text, nullable=False),
        Column("invalid", Text),
        Column("idempotency_key", Text, nullable=False),
        Column("response_ms", Integer().with_variant(BigInteger(), "postgresql"), nullable=False),
        Column("telemetry", Text, nullable=False),
        Column("voted_at", Text, nullable=False),
        Column("chain", Text, nullable=False),
        ForeignKeyConstraint(["subject_id", "trial_id"], ["trials.subject_id", "trials.id"]),
        Unique("subject_id", "idempotency_key"),
        Unique("subject_id", "sequence"),
        CheckConstraint("attempt >= 0", name="attempt_from_0"),
        CheckConstraint("sequence >= 1", name="sequence_from_1"),
        CheckConstraint("choice IN ('left', 'right', 'tie')", name="choice_is_known"),
        CheckConstraint("score BETWEEN -3 AND 3", name="score_of_7"),
        CheckConstraint("response_ms >= 0", name="response_not_negative"),
        sqlite_strict=True,
    )


def _make_events() -> None:
    op.create_table(
        "events",
        Column("id", Integer, primary_key=True),
        Column("subject_id", Integer, ForeignKey("subjects.id"), nullable=False),
        Column("trial_id", Integer, ForeignKey("trials.id"), nullable=False),
        Column("kind", Text, nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("detail", Text, nullable=False),
        Column("noted_at", Text, nullable=False),
        Unique("trial_id", "kind", "attempt"),
        sqlite_strict=True,
    )


def _make_withdrawals() -> None:
    op.create_table(
        "withdrawals",
        Column("id", Integer, primary_key=True),
        Column("subject_id", Integer, ForeignKey("subjects.id"), nullable=False, unique=True),
        Column("session_id", Integer, ForeignKey("sessions.id"), nullable=False),
        Column("reason", Text, nullable=False),
        Column("withdrawn_at", Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "voids",
        Column("id", Integer, primary_key=True),
        Column("vote_id", Integer, ForeignKey("votes.id"), nullable=False, unique=True),
        Column("withdrawal_id", Integer, ForeignKey("withdrawals.id"), nullable=False),
        sqlite_strict=True,
    )
