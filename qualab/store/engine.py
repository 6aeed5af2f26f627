"""One SQLite database: opening, migrating, reading and writing it, and what its errors mean to a user."""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from qualab.errors import InputError, StorageError
from qualab.store.schema import HEAD

_WAIT_S = 30.0
_MEANINGS = {
    sqlite3.SQLITE_FULL: ("the disk is full", "free space, then repeat"),
    sqlite3.SQLITE_READONLY: ("is read-only", "give write permission, then repeat"),
    sqlite3.SQLITE_PERM: ("permission is denied", "give write permission, then repeat"),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "check that its folder exists and can be written"),
    sqlite3.SQLITE_IOERR: ("the disk refuses to read or write", "check free space and the disk, then repeat"),
    sqlite3.SQLITE_BUSY: ("is held by another program", "end that program or wait, then repeat"),
    sqlite3.SQLITE_LOCKED: ("is held by another program", "end that program or wait, then repeat"),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "restore it from a backup"),
    sqlite3.SQLITE_NOTADB: ("is not a database", "move it away, or restore it from a backup"),
    sqlite3.SQLITE_NOMEM: ("memory is used up", "free memory, then repeat"),
}


class Database:
    """A migrated SQLite file. Safe to share between threads; other processes may have it open too."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.engine = _engine(path)
        self._writer = self.engine.execution_options(writes=True)
        self._turn = threading.Lock()
        self._migrate()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one snapshot; raises StorageError where the database fails."""
        with self._explained(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in BEGIN IMMEDIATE; it is committed and synced when the block ends, else rolled back."""
        with self._explained(), self._alone(), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _migrate(self) -> None:
        with self._explained():
            self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.writing() as connection:
            found = _revision(connection)
            if found != HEAD:
                _upgrade(connection, self.path.name)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the write lock of all qualab processes.

        SQLite before 3.51.3 may damage a WAL database when one connection checkpoints while another commits
        (the WAL-reset bug). A commit checkpoints on its own connection, so writers taking turns are safe.
        """
        deadline = time.monotonic() + _WAIT_S
        if not self._turn.acquire(timeout=_WAIT_S):
            raise self._busy()
        try:
            handle = os.open(self.path.with_name(self.path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
            try:
                while not _locked(handle):
                    if time.monotonic() > deadline:
                        raise self._busy()
                    time.sleep(0.001)
                yield
            finally:
                os.close(handle)
        finally:
            self._turn.release()

    def _busy(self) -> StorageError:
        return StorageError(self.path.name, *_MEANINGS[sqlite3.SQLITE_BUSY])

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what the disk or the database refuses into StorageError; bugs keep their traceback."""
        try:
            yield
        except DBAPIError as error:
            code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
            if code not in _MEANINGS:
                raise
            raise StorageError(self.path.name, *_MEANINGS[code]) from error
        except PoolTimeout:
            raise self._busy() from None
        except OSError as error:
            raise StorageError(
                self.path.name, f"cannot be written ({error.strerror})", "free space or permission, then repeat"
            ) from error


def open_database(url: str) -> Database:
    """Open the database at `url`, making and migrating it where needed; two processes may do so at once.

    Raises:
        InputError: the URL does not name a SQLite file.
        StorageError: it cannot be opened, written or understood.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise _unusable("is not a database URL") from None
    if parsed.get_backend_name() != "sqlite":
        raise _unusable("does not name a SQLite file")
    if not parsed.database or parsed.database == ":memory:":
        raise _unusable("names no file")
    return Database(Path(parsed.database).absolute())


def _unusable(what: str) -> InputError:
    return InputError("QUALAB_DATABASE_URL", what, "use sqlite:////absolute/path/qualab.db")


def _engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": _WAIT_S, "isolation_level": None},
        pool_size=8,
        max_overflow=24,
        pool_timeout=_WAIT_S,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        # INSERT OR REPLACE deletes the old row; only with this do delete triggers see it.
        "recursive_triggers=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection, name: str) -> None:
    # Imported here: the web process opens databases that are up to date and never needs Alembic.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config(attributes={"connection": connection})
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise StorageError(name, "was made by a newer qualab", "upgrade qualab") from None


def sqlite_version() -> str:
    """Return the version of the SQLite library in use."""
    return sqlite3.sqlite_version
