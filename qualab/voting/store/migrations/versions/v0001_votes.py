"""Launches, viewers, trials, sessions and votes, all append-only.

Revision ID: 0001
"""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, ForeignKeyConstraint, Integer, Text
from sqlalchemy import UniqueConstraint as Unique

from qualab.voting.store.migrations.append_only import protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = ("launches", "closings", "open_links", "subjects", "trials", "sessions", "conditions", "votes", "events")


def upgrade() -> None:
    """Make the tables and the triggers that refuse UPDATE and DELETE."""
    _make_launches()
    _make_subjects()
    _make_sessions()
    _make_votes()
    protect(*_TABLES)


def _make_launches() -> None:
    op.create_table(
        "launches",
        Column("id", Integer, primary_key=True),
        Column("study_id", Text, nullable=False, index=True),
        Column("design", Text, nullable=False),
        Column("design_sha256", Text, nullable=False),
        Column("created_at", Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "closings",
        Column("id", Integer, primary_key=True),
        Column("launch_id", Integer, ForeignKey("launches.id"), nullable=False, unique=True),
        Column("closed_at", Text, nullable=False),
        sqlite_strict=True,
    )


def _make_subjects() -> None:
    op.create_table(
        "open_links",
        Column("id", Integer, primary_key=True),
        Column("launch_id", Integer, ForeignKey("launches.id"), nullable=False),
        Column("link_sha256", Text, nullable=False, unique=True),
        Column("created_at", Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "subjects",
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
    op.create_table(
        "trials",
        Column("id", Integer, primary_key=True),
        Column("subject_id", Integer, ForeignKey("subjects.id"), nullable=False),
        Column("position", Integer, nullable=False),
        Column("src", Text, nullable=False),
        Column("hrc_a", Text, nullable=False),
        Column("hrc_b", Text, nullable=False),
        Column("left", Text, nullable=False),
        Column("media_token", Text, nullable=False, unique=True),
        Unique("subject_id", "position"),
        Unique("subject_id", "id"),
        CheckConstraint("position >= 1", name="position_from_1"),
        CheckConstraint("\"left\" IN ('a', 'b')", name="left_is_a_or_b"),
        sqlite_strict=True,
    )


def _make_sessions() -> None:
    op.create_table(
        "sessions",
        Column("id", Integer, primary_key=True),
        Column("subject_id", Integer, ForeignKey("subjects.id"), nullable=False, index=True),
        Column("secret_sha256", Text, nullable=False, unique=True),
        Column("created_at", Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "conditions",
        Column("id", Integer, primary_key=True),
        Column("session_id", Integer, ForeignKey("sessions.id"), nullable=False, index=True),
        Column("conditions", Text, nullable=False),
        Column("noted_at", Text, nullable=False),
        sqlite_strict=True,
    )


def _make_votes() -> None:
    op.create_table(
        "votes",
        Column("id", Integer, primary_key=True),
        Column("subject_id", Integer, nullable=False),
        Column("trial_id", Integer, nullable=False, unique=True),
        Column("session_id", Integer, ForeignKey("sessions.id"), nullable=False),
        Column("choice", Text, nullable=False),
        Column("idempotency_key", Text, nullable=False),
        Column("response_ms", Integer, nullable=False),
        Column("telemetry", Text, nullable=False),
        Column("voted_at", Text, nullable=False),
        ForeignKeyConstraint(["subject_id", "trial_id"], ["trials.subject_id", "trials.id"]),
        Unique("subject_id", "idempotency_key"),
        CheckConstraint("choice IN ('left', 'right')", name="choice_is_a_side"),
        CheckConstraint("response_ms >= 0", name="response_not_negative"),
        sqlite_strict=True,
    )
    op.create_table(
        "events",
        Column("id", Integer, primary_key=True),
        Column("subject_id", Integer, ForeignKey("subjects.id"), nullable=False),
        Column("trial_id", Integer, ForeignKey("trials.id"), nullable=False),
        Column("kind", Text, nullable=False),
        Column("noted_at", Text, nullable=False),
        Unique("subject_id", "trial_id", "kind"),
        sqlite_strict=True,
    )
