"""The tables of the vote database, as queries see them; migrations/ holds how they came to be.

Every table is append-only: triggers refuse UPDATE and DELETE, so closing, reopening and withdrawing are rows, and a
late vote is an event. Columns are Text and Integer only, which SQLite's STRICT tables and PostgreSQL both take. Times
are ISO 8601 in UTC, digests lower-case hex.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Table,
    Text,
)
from sqlalchemy import UniqueConstraint as Unique

HEAD = "0002"

# SQLite's INTEGER has 64 bits, PostgreSQL's 32.
_LARGE = Integer().with_variant(BigInteger(), "postgresql")

metadata = MetaData()

launches = Table(
    "launches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("study_id", Text, nullable=False, index=True),
    Column("design", Text, nullable=False),
    Column("design_sha256", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    sqlite_strict=True,
)

closings = Table(
    "closings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("launch_id", Integer, ForeignKey("launches.id"), nullable=False, index=True),
    Column("closed_at", Text, nullable=False),
    sqlite_strict=True,
)

reopenings = Table(
    "reopenings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("closing_id", Integer, ForeignKey("closings.id"), nullable=False, unique=True),
    Column("reopened_at", Text, nullable=False),
    sqlite_strict=True,
)

open_links = Table(
    "open_links",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("launch_id", Integer, ForeignKey("launches.id"), nullable=False),
    Column("link_sha256", Text, nullable=False, unique=True),
    Column("created_at", Text, nullable=False),
    sqlite_strict=True,
)

subjects = Table(
    "subjects",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("launch_id", Integer, ForeignKey("launches.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("simulated", Integer, nullable=False),
    Column("invite_sha256", Text, nullable=False, unique=True),
    Column("open_link_id", Integer, ForeignKey("open_links.id"), index=True),
    Column("created_at", Text, nullable=False),
    Unique("launch_id", "number"),
    CheckConstraint("number >= 1", name="number_from_1"),
    CheckConstraint("simulated IN (0, 1)", name="simulated_is_flag"),
    sqlite_strict=True,
)

trials = Table(
    "trials",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject_id", Integer, ForeignKey("subjects.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("src", Text, nullable=False),
    Column("hrc_a", Text, nullable=False),
    Column("hrc_b", Text, nullable=False),
    Column("left", Text, nullable=False),
    Column("media_token", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False, server_default="test"),
    Unique("subject_id", "position"),
    Unique("subject_id", "id"),
    CheckConstraint("position >= 1", name="position_from_1"),
    CheckConstraint("\"left\" IN ('a', 'b')", name="left_is_a_or_b"),
    sqlite_strict=True,
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject_id", Integer, ForeignKey("subjects.id"), nullable=False, index=True),
    Column("secret_sha256", Text, nullable=False, unique=True),
    Column("created_at", Text, nullable=False),
    sqlite_strict=True,
)

conditions = Table(
    "conditions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_id", Integer, ForeignKey("sessions.id"), nullable=False, index=True),
    Column("conditions", Text, nullable=False),
    Column("noted_at", Text, nullable=False),
    sqlite_strict=True,
)

consents = Table(
    "consents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject_id", Integer, ForeignKey("subjects.id"), nullable=False),
    Column("session_id", Integer, ForeignKey("sessions.id"), nullable=False),
    Column("text_sha256", Text, nullable=False),
    Column("answers", Text, nullable=False),
    Column("given_at", Text, nullable=False),
    Unique("subject_id", "text_sha256"),
    sqlite_strict=True,
)

# How far the showing number `attempt` of a trial came; a vote stands for the last step.
steps = Table(
    "steps",
    metadata,
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

# `sequence` counts a subject's votes from 1 and `chain` binds each to all before it (store.chain). `attempt` is 0 for
# votes of revision 0001, which knew no steps.
votes = Table(
    "votes",
    metadata,
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
    Column("response_ms", _LARGE, nullable=False),
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

# What happened beside the votes, told by `detail`: `receipt` (the chain of a vote that was promised to be saved),
# `again` (why showing `attempt` did not count), `late-vote` (it came after closing).
events = Table(
    "events",
    metadata,
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

withdrawals = Table(
    "withdrawals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject_id", Integer, ForeignKey("subjects.id"), nullable=False, unique=True),
    Column("session_id", Integer, ForeignKey("sessions.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("withdrawn_at", Text, nullable=False),
    sqlite_strict=True,
)

voids = Table(
    "voids",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("vote_id", Integer, ForeignKey("votes.id"), nullable=False, unique=True),
    Column("withdrawal_id", Integer, ForeignKey("withdrawals.id"), nullable=False),
    sqlite_strict=True,
)
