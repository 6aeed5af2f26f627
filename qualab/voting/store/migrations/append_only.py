"""Triggers that refuse to change or remove a row, in the words of either database."""

from alembic import op

_REFUSE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def protect(*tables: str) -> None:
    """Make tables append-only; their triggers go when a table is dropped."""
    is_postgres = op.get_bind().dialect.name == "postgresql"
    if is_postgres:
        op.execute(_REFUSE)
    for table in tables:
        if is_postgres:
            _protect_on_postgres(table)
        else:
            _protect_on_sqlite(table)


def _protect_on_postgres(table: str) -> None:
    for name, when in (("change", "UPDATE OR DELETE"), ("truncate", "TRUNCATE")):
        each = "ROW" if name == "change" else "STATEMENT"
        statement = f"CREATE TRIGGER {table}_no_{name} BEFORE {when} ON {table}"
        op.execute(f"{statement} FOR EACH {each} EXECUTE FUNCTION refuse_change()")


def _protect_on_sqlite(table: str) -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
