"""The database itself: strict, append-only, migrated once, and clear about what is wrong with it."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import IntegrityError

from qualab.errors import InputError, StorageError
from qualab.store import engine
from qualab.store.schema import HEAD, metadata
from qualab.store.votes import Receipt, StudyClosed, VoteStore, open_store

Answer = Callable[..., Receipt]


def database(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def test_the_migrations_make_the_tables_that_queries_use(store: VoteStore) -> None:
    with store.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_newest_migration_is_the_one_the_schema_names() -> None:
    config = Config()
    config.set_main_option("path_separator", "os")
    config.set_main_option("script_location", str(Path(engine.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_checks_and_strict_types_are_those_of_the_schema(store: VoteStore, tmp_path: Path) -> None:
    fresh = create_engine(f"sqlite:///{tmp_path / 'fresh.db'}")
    metadata.create_all(fresh)
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name != 'alembic_version'"
    with fresh.connect() as wanted, store.database.reading() as made:
        expected, found = (dict(list(each.exec_driver_sql(query))) for each in (wanted, made))
    fresh.dispose()
    assert {name: sorted(sql.split()) for name, sql in found.items()} == {
        name: sorted(sql.split()) for name, sql in expected.items()
    }
    assert all(sql.rstrip().endswith("STRICT") for sql in found.values())


def test_each_connection_is_wal_synced_and_checks_foreign_keys(store: VoteStore) -> None:
    with store.database.reading() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert found == ["wal", 2, 1]


@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_nothing_is_updated_or_deleted(
    store: VoteStore,
    tokens: list[str],
    answer: Answer,
    design: dict[str, Any],
    trial_list: Callable[..., pd.DataFrame],
    table: str,
) -> None:
    store.launch("demo", design, trial_list(range(90, 92)), is_open=True)
    secret = store.join(tokens[0])
    store.note_session(secret, {})
    answer(secret)
    shown = store.next_trial(secret)
    assert shown is not None
    store.close("demo")
    with pytest.raises(StudyClosed):
        answer(secret, shown.id)
    for statement in (f"UPDATE {table} SET id = id + 1000", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError, match="append-only"), store.database.writing() as connection:
            connection.exec_driver_sql(statement)


def test_replacing_a_vote_is_refused_as_well(store: VoteStore, tokens: list[str], answer: Answer) -> None:
    answer(store.join(tokens[0]))
    with pytest.raises(IntegrityError, match="append-only"), store.database.writing() as connection:
        connection.exec_driver_sql("INSERT OR REPLACE INTO votes SELECT * FROM votes")


def test_a_vote_belongs_to_the_subject_of_its_trial(store: VoteStore, tokens: list[str]) -> None:
    store.join(tokens[0])
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), store.database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO votes VALUES (1, 2, 1, 1, 'left', 'k', 1, '{}', 'now')")


def test_an_up_to_date_database_opens_without_alembic(store: VoteStore, url: str) -> None:
    code = (
        "import sys; from qualab.store.votes import open_store; "
        f"open_store({url!r}); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_folder_with_odd_signs_in_its_name_works(tmp_path: Path) -> None:
    opened = open_store(f"sqlite:///{tmp_path / 'a b%20c é' / 'q.db'}")
    assert opened.launches("demo") == []
    opened.close_connections()


@pytest.mark.parametrize("url", ["", "nonsense", "sqlite://", "sqlite:///:memory:", "postgresql://u:secret@h/db"])
def test_a_url_that_names_no_sqlite_file_is_an_input_error_without_the_password(url: str) -> None:
    with pytest.raises(InputError, match="QUALAB_DATABASE_URL") as caught:
        open_store(url)
    assert "secret" not in str(caught.value)


def test_a_newer_database_is_left_alone(store: VoteStore, url: str) -> None:
    with sqlite3.connect(database(url)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StorageError, match="upgrade qualab"):
        open_store(url)


def test_what_is_no_database_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "q.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(StorageError, match="is not a database"):
        open_store(f"sqlite:///{tmp_path / 'q.db'}")
    assert (tmp_path / "q.db").read_bytes() == b"not a database" * 1000


def test_a_place_where_nothing_can_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "q.db").mkdir()
    for path in (tmp_path / "file" / "q.db", tmp_path / "q.db", Path("/proc/nowhere/q.db")):
        with pytest.raises(StorageError):
            open_store(f"sqlite:///{path}")


def test_a_database_held_by_another_program_is_a_storage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_WAIT_S", 0.1)
    store = open_store(f"sqlite:///{tmp_path / 'q.db'}")
    holder = sqlite3.connect(tmp_path / "q.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="held by another program"):
        store.close("demo")
    assert store.launches("demo") == []
    holder.execute("ROLLBACK")
    holder.close()
    with pytest.raises(InputError, match="no open launch"):
        store.close("demo")
    store.close_connections()


def test_another_process_that_never_lets_go_is_a_storage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_WAIT_S", 0.1)
    first, second = (open_store(f"sqlite:///{tmp_path / 'q.db'}") for _ in range(2))
    with first.database.writing(), pytest.raises(StorageError, match="held by another program"):
        second.close("demo")
    for store in (first, second):
        store.close_connections()
