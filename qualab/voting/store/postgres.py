"""The vote database on a PostgreSQL server, for several app processes: viewers write beside each other."""

from collections.abc import Iterator
from contextlib import contextmanager
from select import POLLIN, poll
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError

from qualab.errors import ToolMissing
from qualab.voting.store import engine
from qualab.voting.store.engine import HELD, Database
from qualab.voting.store.records import digest

# One key for the whole database, and its first half for the viewers: launching, closing and enrolling hold the first
# alone, whatever one viewer does shares it and holds the viewer's own.
_ALL, _VIEWERS = 0x7175616C6162, 0x71756C62
# All that a transaction begins with goes out as one message, to wait for one answer.
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
_LATER = "SET LOCAL synchronous_commit = off"
_LOCK_ALL = f"SELECT pg_advisory_xact_lock({_ALL})"
_LOCK_VIEWER = (
    f"SELECT pg_advisory_xact_lock_shared({_ALL}), "
    f"pg_advisory_xact_lock({_VIEWERS}, (SELECT subject_id FROM sessions WHERE secret_sha256 = '%s'))"
)
_CONNECT_S = 5
_UNREACHABLE = ("cannot be reached", "check that the server runs and the address is right, then repeat")
_FULL = ("the disk is full", "free space on the server, then repeat")
_REFUSED = ("refuses this user", "check user, password and rights")
# By SQLSTATE, or its first two characters.
_MEANINGS = {
    "08": _UNREACHABLE,
    "57P": _UNREACHABLE,
    "28": _REFUSED,
    "42501": _REFUSED,
    "3D": ("does not exist", "create it: createdb"),
    "53100": _FULL,
    "53200": ("memory is used up", "give the server more memory, then repeat"),
    "53300": ("has too many connections", "raise max_connections, then repeat"),
    "53": _FULL,
    "25006": ("is read-only", "use the primary server"),
    "55P03": HELD,
    "57014": HELD,
    "40P01": HELD,
    "58": ("the disk refuses to read or write", "check the server's disk, then repeat"),
    "XX001": ("is damaged", "restore it from a backup"),
    "XX002": ("is damaged", "restore it from a backup"),
}


class PostgresDatabase(Database):
    """A database on a PostgreSQL server, migrated where needed; a server that comes back is used again."""

    def __init__(self, url: URL) -> None:
        self.name = f"database '{url.database}' on {url.host or 'this machine'}"
        try:
            self.engine = create_engine(
                url.set(drivername="postgresql+psycopg"),
                connect_args={"connect_timeout": _CONNECT_S},
                # Transactions begin as we say; what is one statement needs none.
                isolation_level="AUTOCOMMIT",
                # The connection used last has its statements prepared and planned.
                pool_use_lifo=True,
                pool_size=8,
                max_overflow=24,
                pool_timeout=engine.WAIT_S,
            )
        except ModuleNotFoundError:
            hint = "pip install 'qualab[postgres]'"
            raise ToolMissing("psycopg", "is not installed, and QUALAB_DATABASE_URL needs it", hint) from None
        event.listen(self.engine, "connect", _prepare)
        event.listen(self.engine, "checkout", self._look)
        self.migrate()

    @contextmanager
    def reading(self, *, snapshot: bool = True) -> Iterator[Connection]:
        """Give a connection for queries; see Database.reading."""
        with self.explained(), self.engine.begin() as connection:
            if snapshot:
                connection.exec_driver_sql(_SNAPSHOT)
            yield connection

    @contextmanager
    def writing(self, *, of: str | None = None, durable: bool = True) -> Iterator[Connection]:
        """Give a connection that holds an advisory lock until its transaction ends; see Database.writing."""
        # A digest is hex: nothing to escape.
        lock = _LOCK_ALL if of is None else _LOCK_VIEWER % digest(of)
        with self.explained(), self.engine.begin() as connection:
            connection.exec_driver_sql("; ".join((_BEGIN, *(() if durable else (_LATER,)), lock)))
            yield connection

    def _look(self, connection: Any, _record: object, _proxy: object) -> None:
        """Refuse a pooled connection that the server ended. Its socket has something to say then, and else nothing."""
        waiting = poll()
        waiting.register(connection.fileno(), POLLIN)
        if waiting.poll(0):
            try:
                self.engine.dialect.do_ping(connection)
            except self.engine.dialect.loaded_dbapi.Error:
                raise DisconnectionError from None

    def meaning_of(self, error: DBAPIError) -> tuple[str, str] | None:
        """Return what is wrong and how to fix it; None where the error is a bug."""
        state = getattr(error.orig, "sqlstate", None)
        if state is None:
            # Without a code it never came to the server, or the server went away.
            lost = error.connection_invalidated or type(error.orig).__name__ == "OperationalError"
            return self._unreachable(error) if lost else None
        return next((_MEANINGS[state[:length]] for length in (5, 3, 2) if state[:length] in _MEANINGS), None)

    def _unreachable(self, error: DBAPIError) -> tuple[str, str]:
        message = str(error.orig)
        if "does not exist" in message and "database" in message:
            return _MEANINGS["3D"]
        return _REFUSED if "authentication failed" in message or "role" in message else _UNREACHABLE


def _prepare(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{engine.WAIT_S:.3f}s'")
