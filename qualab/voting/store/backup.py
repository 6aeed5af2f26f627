"""Copies of the rows of a vote database into a new SQLite file, while viewers go on voting."""

from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Table, func, insert, select, true

from qualab.errors import StorageError
from qualab.voting.store.audit import faults
from qualab.voting.store.engine import Database
from qualab.voting.store.schema import launches, metadata, subjects
from qualab.voting.store.sqlite import SqliteDatabase

_AT_ONCE = 2000
_DAMAGED = "list what is wrong: qualab verify {}; an older backup may be whole"


def copy_rows(
    source: Database,
    path: Path,
    *,
    study_id: str | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, int]:
    """Copy what one moment holds, of one study or of all, into a new file; return the number of rows of each table.

    The copy is checked when this returns: its rows are counted and every hash chain is recomputed. `on_progress` gets
    rows copied and rows to copy.

    Raises:
        StorageError: either database fails, or what is stored is not what was voted.
    """
    target = SqliteDatabase(path)
    try:
        with source.reading() as origin:
            counts = {table.name: _count(origin, table, study_id) for table in metadata.sorted_tables}
            with target.writing() as target_connection:
                done, total = 0, sum(counts.values())
                for table in metadata.sorted_tables:
                    for number in _copy(origin, target_connection, table, study_id):
                        done += number
                        on_progress(done, total)
        _check(target, counts, path.name)
    finally:
        target.close()
        # It belongs to writers, and a copy has none yet.
        path.with_name(f"{path.name}.lock").unlink(missing_ok=True)
    return counts


def _copy(origin: Connection, target: Connection, table: Table, study_id: str | None) -> Iterator[int]:
    """Copy a table in pieces, by its ids, and yield how many rows each had."""
    last = 0
    while True:
        query = select(table).where(table.c.id > last, of_study(table, study_id)).order_by(table.c.id).limit(_AT_ONCE)
        rows = [row._asdict() for row in origin.execute(query)]
        if not rows:
            return
        target.execute(insert(table), rows)
        last = rows[-1]["id"]
        yield len(rows)


def _check(target: Database, counts: dict[str, int], name: str) -> None:
    with target.reading() as connection:
        copied = {table.name: _count(connection, table, None) for table in metadata.sorted_tables}
        if copied != counts:
            raise StorageError(name, "holds another number of rows than was copied", "repeat; the disk may be failing")
        for study in connection.execute(select(launches.c.study_id).distinct()).scalars().all():
            wrong = faults(connection, study)
            if wrong:
                raise StorageError(study, f"is not as it was voted ({wrong[0]})", _DAMAGED.format(study))


def _count(connection: Connection, table: Table, study_id: str | None) -> int:
    query = select(func.count()).select_from(table).where(of_study(table, study_id))
    return connection.execute(query).scalar_one()


def of_study(table: Table, study_id: str | None) -> ColumnElement[bool]:
    """Return which rows of a table are of a study; all without one."""
    if study_id is None:
        return true()
    if table is launches:
        return launches.c.study_id == study_id
    near = {"subject_id": subjects.c.id, "launch_id": launches.c.id}
    for name, parent in near.items():
        if name in table.c:
            return table.c[name].in_(select(parent).where(of_study(parent.table, study_id)))
    key = next(key for column in table.c for key in column.foreign_keys)
    return key.parent.in_(select(key.column).where(of_study(key.column.table, study_id)))
