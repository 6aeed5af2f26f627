"""The rows of a study as records that may leave this machine, without any token, and back into a database."""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Integer, Table, insert, select
from sqlalchemy.exc import DataError, IntegrityError

from qualab.errors import InputError
from qualab.voting.store import schema
from qualab.voting.store.audit import faults
from qualab.voting.store.backup import of_study
from qualab.voting.store.hash_chain import ORIGIN, link, origin
from qualab.voting.store.launches import all_launches
from qualab.voting.store.records import canonical, digest

# Parents before their children, votes before the receipts that name them.
_ORDER = (
    *("launches", "closings", "reopenings", "open_links", "subjects", "trials", "sessions"),
    *("conditions", "consents", "steps", "votes", "events", "withdrawals", "voids"),
)
_TABLES: dict[str, Table] = {name: schema.metadata.tables[name] for name in _ORDER}
# What lets somebody in: never exported, made anew on import, so that old links open nothing.
_SECRETS: dict[str, Callable[[], str]] = {
    "invite_sha256": lambda: digest(secrets.token_urlsafe(16)),
    "link_sha256": lambda: digest(secrets.token_urlsafe(16)),
    "secret_sha256": lambda: digest(secrets.token_urlsafe(16)),
    "media_token": lambda: secrets.token_urlsafe(16),
}
_PARENTS = {
    "launch_id": "launches",
    "closing_id": "closings",
    "open_link_id": "open_links",
    "subject_id": "subjects",
    "trial_id": "trials",
    "session_id": "sessions",
    "vote_id": "votes",
    "withdrawal_id": "withdrawals",
}
_PLANNED = ("position", "src", "hrc_a", "hrc_b", "left", "kind")
_AT_ONCE = 2000
_LARGEST = 2**63 - 1
_MEND = "export the study again; the archive is damaged or was changed"


def records_of(connection: Connection, study_id: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a study, each as {"table": its name, **columns}, parents before children.

    A subject has its `origin`, the digest that its votes are chained to, in place of the digest of its invite.
    """
    designs = {launch.id: launch.design_sha256 for launch in all_launches(connection, study_id)}
    for name, table in _TABLES.items():
        last = 0
        while True:
            query = select(table).where(table.c.id > last, of_study(table, study_id)).order_by(table.c.id)
            rows = [row._asdict() for row in connection.execute(query.limit(_AT_ONCE))]
            for row in rows:
                if name == "subjects":
                    whose = {**row, "study_id": study_id, "design_sha256": designs[row["launch_id"]]}
                    row["origin"] = origin({key: whose[key] for key in ORIGIN})
                yield {"table": name, **{key: value for key, value in row.items() if key not in _SECRETS}}
            if len(rows) < _AT_ONCE:
                break
            last = rows[-1]["id"]


def write_records(connection: Connection, study_id: str, records: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Write what records_of gave as rows of the study `study_id`, which has none; return how many of each table.

    Every chain is checked as it was exported and then drawn anew, for it begins with the study and the invite.

    Raises:
        InputError: the study has votes here already, or the records are not what an export gives.
    """
    if all_launches(connection, study_id):
        hint = "give it another id here: --id NEW"
        raise InputError(f"study '{study_id}'", "has votes in this database already", hint)
    writer = _Writer(study_id)
    try:
        for name, rows in groupby(records, key=itemgetter("table")):
            writer.begin(name)
            batch: list[Mapping[str, Any]] = []
            for row in rows:
                batch.append(row)
                if len(batch) == _AT_ONCE:
                    writer.write(connection, name, batch)
                    batch = []
            writer.write(connection, name, batch)
    except (IntegrityError, DataError):
        raise _damaged("rows do not fit together") from None
    wrong = faults(connection, study_id)
    if wrong:
        raise _damaged(wrong[0])
    return writer.counts


class _Writer:
    """Old ids and chains with the new ones that stand for them."""

    def __init__(self, study_id: str) -> None:
        self.study_id = study_id
        self.counts = dict.fromkeys(_ORDER, 0)
        self.ids: dict[str, dict[int, int]] = {name: {} for name in _ORDER}
        self.designs: dict[int, str] = {}
        self.planned: dict[int, tuple[Any, ...]] = {}
        self.chains: dict[str, str] = {}
        # By old subject id: the last link as exported, and as drawn anew.
        self.ends: dict[int, tuple[str, str]] = {}
        self.begun: list[str] = []

    def begin(self, name: object) -> None:
        if not isinstance(name, str) or name not in _TABLES or name in self.begun:
            raise _damaged(f"{str(name)[:40]!r} is out of place")
        self.begun.append(name)

    def write(self, connection: Connection, name: str, rows: list[Mapping[str, Any]]) -> None:
        if not rows:
            return
        table = _TABLES[name]
        prepared = [self._row(name, table, row) for row in rows]
        query = insert(table).returning(table.c.id, sort_by_parameter_order=True)
        new = connection.execute(query, prepared).scalars().all()
        self.ids[name].update(zip((row["id"] for row in rows), new, strict=True))
        self.counts[name] += len(rows)

    def _row(self, name: str, table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
        _check_row(name, table, row)
        values = {column.name: row[column.name] for column in table.c if column.name in row and column.name != "id"}
        for key, parent in _PARENTS.items():
            if key in values and values[key] is not None:
                values[key] = self._new_id(parent, values[key])
        values |= {column.name: _SECRETS[column.name]() for column in table.c if column.name in _SECRETS}
        if name == "launches":
            values["study_id"] = self.study_id
            self.designs[row["id"]] = _checked_design(row)
        elif name == "subjects":
            whose = {**values, "study_id": self.study_id, "design_sha256": self.designs[row["launch_id"]]}
            self.ends[row["id"]] = (row["origin"], origin(whose))
        elif name == "trials":
            self.planned[row["id"]] = tuple(row[key] for key in _PLANNED)
        elif name == "votes":
            values["chain"] = self._chained(row)
        elif name == "events" and row["kind"] == "receipt":
            if row["detail"] not in self.chains:
                raise _damaged("a receipt was given for a vote that is not there")
            values["detail"] = self.chains[row["detail"]]
        return values

    def _new_id(self, parent: str, old: int) -> int:
        new = self.ids[parent].get(old)
        if new is None:
            raise _damaged(f"a row names a row of {parent} that is not there")
        return new

    def _chained(self, row: Mapping[str, Any]) -> str:
        trial = dict(zip(_PLANNED, self.planned[row["trial_id"]], strict=True))
        before, before_here = self.ends[row["subject_id"]]
        if link(before, {**row, **trial}) != row["chain"]:
            raise _damaged(f"vote {row['sequence']} of a viewer is not what was saved")
        chain = link(before_here, {**row, **trial})
        self.ends[row["subject_id"]] = (row["chain"], chain)
        self.chains[row["chain"]] = chain
        return chain


def _check_row(name: str, table: Table, row: Mapping[str, Any]) -> None:
    """Refuse a row of other columns or other types than the table's."""
    wanted = {column.name for column in table.c if column.name not in _SECRETS} | {"table"}
    if set(row) != wanted | ({"origin"} if name == "subjects" else set()):
        raise _damaged(f"a row of {name} has other columns")
    for key, value in row.items():
        column = table.c.get(key)
        if value is None and column is not None and column.nullable:
            continue
        is_number = column is not None and isinstance(column.type, Integer)
        if not (_is_int(value) if is_number else _is_text(value)):
            raise _damaged(f"{key} of a row of {name} is not what it should be")


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _is_text(value: object) -> bool:
    """Say whether a value is text that every database takes: no NUL, no half of a surrogate pair."""
    return isinstance(value, str) and "\0" not in value and not any("\ud800" <= char <= "\udfff" for char in value)


def _checked_design(row: Mapping[str, Any]) -> str:
    try:
        design = json.loads(row["design"])
        is_whole = isinstance(design, dict) and digest(canonical(design)) == row["design_sha256"]
    except (ValueError, RecursionError):
        is_whole = False
    if not is_whole or not isinstance(design.get("pairs"), list):
        raise _damaged(f"launch {row['id']}: its design is not the one that was frozen")
    return str(row["design_sha256"])


def _damaged(what: str) -> InputError:
    return InputError("votes.ndjson", what, _MEND)
