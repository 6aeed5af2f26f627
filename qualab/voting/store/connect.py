"""Which database a URL names."""

from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from qualab.errors import InputError
from qualab.voting.store.engine import Database
from qualab.voting.store.postgres import PostgresDatabase
from qualab.voting.store.sqlite import SqliteDatabase


def open_database(url: str) -> Database:
    """Open the database at `url`, making and migrating its tables where needed; two processes may do so at once.

    Raises:
        InputError: the URL names neither a SQLite file nor a PostgreSQL database.
        StorageError: it cannot be opened, written or understood.
        ToolMissing: a PostgreSQL URL without psycopg installed.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise _unusable("is not a database URL") from None
    kind = parsed.get_backend_name()
    if kind not in ("sqlite", "postgresql"):
        raise _unusable("names neither SQLite nor PostgreSQL")
    if not parsed.database or parsed.database == ":memory:":
        raise _unusable("names no file" if kind == "sqlite" else "names no database")
    return PostgresDatabase(parsed) if kind == "postgresql" else SqliteDatabase(Path(parsed.database).absolute())


def _unusable(what: str) -> InputError:
    hint = "use sqlite:////absolute/path/qualab.db or postgresql://user@host/database"
    return InputError("QUALAB_DATABASE_URL", what, hint)
