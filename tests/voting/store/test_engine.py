"""The database itself: strict, append-only, migrated once, and clear about what is wrong with it."""

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
from sqlalchemy.exc import IntegrityError

from qualab.errors import InputError, StorageError
from qualab.voting.store import engine
from qualab.voting.store.schema import HEAD, metadata
from qualab.voting.store.votes import Receipt, StudyClosed, VoteStore, open_store

Answer = Callable[..., Receipt]


def test_the_migrations_make_the_tables_that_queries_use(store: VoteStore) -> None:
    with store.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_newest_migration_is_the_one_the_schema_names() -> None:
    config = Config()
    config.set_main_option("path_separator", "os")
    config.set_main_option("script_location", str(Path(engine.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


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
    store.note_conditions(secret, {})
    store.give_consent(secret, "0" * 64, {})
    answer(secret)
    shown = store.next_trial(secret)
    assert shown is not None
    store.close("demo")
    with pytest.raises(StudyClosed):
        answer(secret, shown.id)
    store.reopen("demo")
    store.withdraw(secret, "")
    for statement in (f"UPDATE {table} SET id = id + 1000", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError, match="append-only"), store.database.writing() as connection:
            connection.exec_driver_sql(statement)


def test_a_vote_belongs_to_the_subject_of_its_trial(store: VoteStore, tokens: list[str]) -> None:
    store.join(tokens[0])
    values = "(1, 2, 1, 1, 1, 1, 'left', NULL, '[]', '', NULL, 'k', 1, '{}', 'now', '')"
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), store.database.writing() as connection:
        connection.exec_driver_sql(f"INSERT INTO votes VALUES {values}")


def test_an_up_to_date_database_opens_without_alembic(store: VoteStore, url: str) -> None:
    code = (
        "import sys; from qualab.voting.store.votes import open_store; "
        f"open_store({url!r}); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_folder_with_odd_signs_in_its_name_works(tmp_path: Path) -> None:
    opened = open_store(f"sqlite:///{tmp_path / 'a b%20c é' / 'q.db'}")
    assert opened.launches("demo") == []
    opened.close_connections()


@pytest.mark.parametrize(
    "url", ["", "nonsense", "sqlite://", "sqlite:///:memory:", "postgresql://", "mysql://u:secret@h/db"]
)
def test_a_url_that_names_no_database_of_ours_is_an_input_error_without_the_password(url: str) -> None:
    with pytest.raises(InputError, match="QUALAB_DATABASE_URL") as caught:
        open_store(url)
    assert "secret" not in str(caught.value)


def test_a_newer_database_is_left_alone(store: VoteStore, url: str) -> None:
    with store.database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError, match="upgrade qualab"):
        open_store(url)
