"""A store on a fresh database of either kind, and trial lists small enough to read."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest

from qualab.study.tables import TRIAL_COLUMNS
from qualab.voting.store.answer import Answer
from qualab.voting.store.schema import HEAD, metadata
from qualab.voting.store.votes import Receipt, Trial, VoteStore, open_store

DESIGN = {"study": "demo", "seed": 1, "question": "Which one looks better?", "pairs": []}


class Cluster:
    """A PostgreSQL server of our own, on a socket in a temporary folder."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs, self.folder, self.made = programs, folder, 0
        # PostgreSQL refuses to run as root.
        self.user = next((name for name in ("postgres", "nobody") if _is_user(name)), None) if _is_root() else None
        if self.user:
            shutil.chown(folder, self.user)
        self.run("initdb", "-D", str(folder / "data"), "-U", "qualab", "-A", "trust", "-N", "--locale=C.UTF-8")

    def run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        subprocess.run(command, check=True, user=self.user, cwd=self.folder, stdout=subprocess.DEVNULL)

    def start(self) -> None:
        # The machine itself never stops in a test, so nothing needs to reach the disk.
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off -c max_connections=200"
        log = str(self.folder / "log")
        self.run("pg_ctl", "start", "-w", "-D", str(self.folder / "data"), "-l", log, "-o", options)

    def stop(self) -> None:
        """End the server as if it was killed."""
        self.run("pg_ctl", "stop", "-w", "-D", str(self.folder / "data"), "-m", "immediate")

    def url(self, database: str) -> str:
        return f"postgresql://qualab@/{database}?host={self.folder}"

    def create(self) -> str:
        """Make a database and return its name."""
        self.made += 1
        self.run("createdb", "-h", str(self.folder), "-U", "qualab", "-T", "template0", f"test{self.made}")
        return f"test{self.made}"


def _is_root() -> bool:
    return os.geteuid() == 0


def _is_user(name: str) -> bool:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(name) is not None
    return False


def installed() -> Path | None:
    """Return the folder of the newest PostgreSQL server's programs."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Start a PostgreSQL server; without one the test skips, or fails where QUALAB_REQUIRE names postgres."""
    programs = installed()
    if programs is None:
        if "postgres" in os.environ.get("QUALAB_REQUIRE", "").split(","):
            pytest.fail("QUALAB_REQUIRE names postgres, and there is no PostgreSQL server")
        pytest.skip("no PostgreSQL server is installed")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        made = Cluster(programs, Path(folder))
        made.start()
        yield made
        made.stop()


@pytest.fixture(scope="session")
def migrated(cluster: Cluster) -> str:
    """Return the URL of a database that has the tables."""
    url = cluster.url(cluster.create())
    open_store(url).close_connections()
    return url


@pytest.fixture
def postgres_url(migrated: str) -> str:
    """Return the URL of a database without rows; emptied, because making one writes megabytes."""
    with psycopg.connect(migrated, autocommit=True) as connection:
        # In this role triggers rest, those that refuse it too.
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY".encode())
        connection.execute(f"UPDATE alembic_version SET version_num = '{HEAD}'".encode())
    return migrated


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'studies' / 'qualab.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a database of each kind; a file of tests for one kind defines its own."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
def store(url: str) -> Iterator[VoteStore]:
    opened = open_store(url)
    yield opened
    opened.close_connections()


@pytest.fixture
def trial_list() -> Callable[..., pd.DataFrame]:
    def make(viewers: range = range(1, 3), clips: int = 3) -> pd.DataFrame:
        rows = [
            (viewer, clip, f"clip-{clip}", "bicubic", "sr", "ab"[(viewer + clip) % 2], "test")
            for viewer in viewers
            for clip in range(1, clips + 1)
        ]
        return pd.DataFrame(rows, columns=list(TRIAL_COLUMNS))

    return make


@pytest.fixture
def design() -> dict[str, Any]:
    return dict(DESIGN)


@pytest.fixture
def tokens(store: VoteStore, trial_list: Callable[..., pd.DataFrame], design: dict[str, Any]) -> list[str]:
    return store.launch("demo", design, trial_list())


@pytest.fixture
def played(store: VoteStore) -> Callable[[str], Trial]:
    """Return a function that plays the current trial of a viewer and returns it."""

    def show(secret: str) -> Trial:
        trial = store.next_trial(secret)
        assert trial is not None
        for step in ("ready", "played"):
            store.step(secret, trial.id, trial.attempt, step, {})
        return trial

    return show


@pytest.fixture
def answer(store: VoteStore, played: Callable[[str], Trial]) -> Callable[..., Receipt]:
    """Return a function that plays the current trial, where no other is named, and votes on it."""

    def vote(secret: str, trial_id: int | None = None, *, invalid: str | None = None, **sent: Any) -> Receipt:
        if (due := store.next_trial(secret)) is not None and trial_id in (None, due.id):
            trial_id = played(secret).id
        assert trial_id is not None
        filled = {"choice": "left", "idempotency_key": f"key-{trial_id}", "response_ms": 2500, "telemetry": {}}
        return store.vote(secret, trial_id, Answer.checked(**({"attempt": 1} | filled | sent)), invalid=invalid)

    return vote
