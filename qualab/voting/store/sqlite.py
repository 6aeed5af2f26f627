"""The vote database as one SQLite file in WAL mode: writers take turns, over all processes."""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from qualab.voting.store import engine
from qualab.voting.store.engine import HELD, Database

_MEANINGS = {
    sqlite3.SQLITE_FULL: ("the disk is full", "free space, then repeat"),
    sqlite3.SQLITE_READONLY: ("is read-only", "give write permission, then repeat"),
    sqlite3.SQLITE_PERM: ("permission is denied", "give write permission, then repeat"),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "check that its folder exists and can be written"),
    sqlite3.SQLITE_IOERR: ("the disk refuses to read or write", "check free space and the disk, then repeat"),
    sqlite3.SQLITE_BUSY: HELD,
    sqlite3.SQLITE_LOCKED: HELD,
    sqlite3.SQLITE_CORRUPT: ("is damaged", "restore it from a backup"),
    sqlite3.SQLITE_NOTADB: ("is not a database", "move it away, or restore it from a backup"),
    sqlite3.SQLITE_NOMEM: ("memory is used up", "free memory, then repeat"),
}


class SqliteDatabase(Database):
    """A SQLite file, made and migrated where needed."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        self.engine = _engine(path, "FULL")
        self._durable = self.engine.execution_options(writes=True)
        self._swift_engine = _engine(path, "NORMAL")
        self._swift = self._swift_engine.execution_options(writes=True)
        self._turn = threading.Lock()
        with self.explained():
            path.parent.mkdir(parents=True, exist_ok=True)
        self.migrate()

    @contextmanager
    def reading(self, *, snapshot: bool = True) -> Iterator[Connection]:
        """Give a connection that sees one snapshot, which costs nothing here; see Database.reading."""
        with self.explained(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, *, of: str | None = None, durable: bool = True) -> Iterator[Connection]:
        """Give a connection in BEGIN IMMEDIATE; see Database.writing."""
        writer = self._durable if durable else self._swift
        with self.explained(), self._alone(), writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        super().close()
        self._swift_engine.dispose()

    def meaning_of(self, error: DBAPIError) -> tuple[str, str] | None:
        """Return what is wrong and how to fix it; None where the error is a bug."""
        return _MEANINGS.get(getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the write lock of all qualab processes.

        SQLite before 3.51.3 may damage a WAL database when one connection checkpoints while another commits
        (the WAL-reset bug). A commit checkpoints on its own connection, so writers taking turns are safe.
        """
        deadline = time.monotonic() + engine.WAIT_S
        if not self._turn.acquire(timeout=engine.WAIT_S):
            raise self.held()
        try:
            handle = os.open(self.path.with_name(self.path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
            try:
                while not _locked(handle):
                    if time.monotonic() > deadline:
                        raise self.held()
                    time.sleep(0.001)
                yield
            finally:
                os.close(handle)
        finally:
            self._turn.release()


def sqlite_version() -> str:
    """Return the version of the SQLite library in use."""
    return sqlite3.sqlite_version


def _engine(path: Path, synchronous: str) -> Engine:
    created = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": engine.WAIT_S, "isolation_level": None},
        pool_size=24,
        max_overflow=24,
        pool_timeout=engine.WAIT_S,
    )

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        # INSERT OR REPLACE deletes the old row; only with recursive triggers do delete triggers see it.
        pragmas = ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON", "recursive_triggers=ON")
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    event.listen(created, "connect", prepare)
    event.listen(created, "begin", _begin)
    return created


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
