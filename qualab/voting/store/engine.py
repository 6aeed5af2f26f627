"""A vote database of either kind: migrating, reading and writing it, and what its errors mean to a user."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from qualab.errors import StorageError
from qualab.voting.store.schema import HEAD

# How long a writer waits for its turn before it says that the database is held.
WAIT_S = 30.0
HELD = ("is held by another program", "end that program or wait, then repeat")


class Database(ABC):
    """A migrated database. Safe to share between threads; other processes may have it open too."""

    name: str
    engine: Engine

    @abstractmethod
    def writing(self, *, of: str | None = None, durable: bool = True) -> AbstractContextManager[Connection]:
        """Give a connection whose transaction is committed when the block ends, else rolled back.

        Args:
            of: secret of a session; then only writers for the same viewer wait for each other (on SQLite all do).
            durable: whether the commit waits for the disk. Where not, a crash of this process loses nothing, one of
                the machine at most what no later durable commit followed.

        Raises:
            StorageError: the database fails.
        """

    @abstractmethod
    def meaning_of(self, error: DBAPIError) -> tuple[str, str] | None:
        """Return what is wrong and how to fix it; None where the error is a bug."""

    @abstractmethod
    def reading(self, *, snapshot: bool = True) -> AbstractContextManager[Connection]:
        """Give a connection for queries; raises StorageError where the database fails.

        Args:
            snapshot: whether all queries see one moment. Where not, each may see what was committed since the one
                before, which spares PostgreSQL two round trips: for one query, or where later rows do no harm.
        """

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def migrate(self) -> None:
        """Bring the tables up to date; of several processes one does. Where that fails, no connection stays open."""
        try:
            with self.writing() as connection:
                if _revision(connection) != HEAD:
                    _upgrade(connection, self.name)
        except BaseException:
            self.close()
            raise

    def held(self) -> StorageError:
        """Return what a writer says whose turn does not come."""
        return StorageError(self.name, *HELD)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn what the disk or the database refuses into StorageError; bugs keep their traceback."""
        try:
            yield
        except DBAPIError as error:
            meaning = self.meaning_of(error)
            if meaning is None:
                raise
            raise StorageError(self.name, *meaning) from error
        except PoolTimeout:
            raise self.held() from None
        except OSError as error:
            what = f"cannot be written ({error.strerror})"
            raise StorageError(self.name, what, "free space or permission, then repeat") from error


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
