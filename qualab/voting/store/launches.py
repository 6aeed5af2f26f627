"""Launching and closing: freezing a design, enrolling viewers, writing down their trials."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Row, bindparam, exists, func, insert, select

from qualab.errors import InputError
from qualab.study.terms import TEST
from qualab.voting.store.records import Launch, canonical, digest, now
from qualab.voting.store.schema import closings, launches, open_links, reopenings, subjects, trials

# The closings that hold: those that no reopening followed.
open_closings = (
    select(closings.c.id, closings.c.launch_id, closings.c.closed_at)
    .select_from(closings.outerjoin(reopenings))
    .where(reopenings.c.id.is_(None))
    .subquery("open_closings")
)
_LAUNCH = (
    launches.c.id,
    launches.c.study_id,
    launches.c.design,
    launches.c.design_sha256,
    launches.c.created_at,
    open_closings.c.closed_at,
    # An open link has its places made at launch, so that it counts too.
    exists().where(subjects.c.launch_id == launches.c.id, subjects.c.simulated == 0).label("has_viewers"),
)
_LAUNCHES = select(*_LAUNCH).select_from(launches.outerjoin(open_closings, open_closings.c.launch_id == launches.c.id))
_OF_STUDY = _LAUNCHES.where(launches.c.study_id == bindparam("study")).order_by(launches.c.id)
_BY_ID = _LAUNCHES.where(launches.c.id == bindparam("launch"))
_DESIGN = select(launches.c.design).where(launches.c.id == bindparam("launch"))
_MOST_DESIGNS = 32
# Simulated viewers are numbered from here: real ones follow on real ones, and stay balanced among themselves.
SIMULATED_FROM = 100_000
# By digest: whichever database asks, what is under it is that design.
_designs: dict[str, str] = {}


def all_launches(connection: Connection, study_id: str) -> list[Launch]:
    """Return the launches of a study, oldest first."""
    return [_as_launch(row) for row in connection.execute(_OF_STUDY, {"study": study_id})]


def find_launch(connection: Connection, launch_id: int) -> Launch:
    """Return a launch that exists."""
    return _as_launch(connection.execute(_BY_ID, {"launch": launch_id}).one())


def frozen(connection: Connection, launch_id: int, sha256: str) -> str:
    """Return the design of a launch as JSON, read once: every request of every viewer asks for it."""
    text = _designs.get(sha256)
    if text is None:
        text = str(connection.execute(_DESIGN, {"launch": launch_id}).scalar_one())
        if digest(text) == sha256:
            if len(_designs) >= _MOST_DESIGNS:
                _designs.clear()
            _designs[sha256] = text
    return text


def open_of(launches: Iterable[Launch]) -> Launch | None:
    """Return the launch that is open; there is at most one a study."""
    return next((launch for launch in launches if launch.is_open), None)


def launch(
    connection: Connection,
    study_id: str,
    design: Mapping[str, object],
    table: pd.DataFrame,
    *,
    simulated: bool,
    is_open: bool = False,
) -> list[str]:
    """Enrol the subjects of a trial table in the open launch, or in a new one; return their invite tokens, in order.

    With `is_open` one token is returned that each of them, whoever comes, joins by: their number is its cap.

    Raises:
        InputError: another design is open, the table is empty, or a subject number is taken.
    """
    if table.empty:
        raise InputError(study_id, "has no trials to launch", "build a study with at least one clip and two HRCs")
    launch_id = _launch_for(connection, study_id, canonical(design))
    table = table.assign(subject=table["subject"] + SIMULATED_FROM) if simulated else table
    numbers = sorted({int(number) for number in table["subject"]})
    query = select(subjects.c.number).where(subjects.c.launch_id == launch_id)
    taken = set(connection.execute(query).scalars()) & set(numbers)
    if taken:
        raise InputError(study_id, f"has a viewer {min(taken)} already", "launch again to add the next viewers")
    tokens = {number: secrets.token_urlsafe(16) for number in numbers}
    link, at = secrets.token_urlsafe(16), now()
    link_id = _write_link(connection, launch_id, link, at) if is_open else None
    rows = [
        {
            "launch_id": launch_id,
            "number": number,
            "simulated": int(simulated),
            "invite_sha256": digest(token),
            "open_link_id": link_id,
            "created_at": at,
        }
        for number, token in tokens.items()
    ]
    connection.execute(insert(subjects), rows)
    _write_trials(connection, launch_id, table)
    return [link] if is_open else list(tokens.values())


def close(connection: Connection, study_id: str) -> Launch:
    """Close the open launch of a study; InputError where none is open."""
    current = open_of(all_launches(connection, study_id))
    if current is None:
        raise InputError(study_id, "has no open launch", f"launch it first: qualab launch {study_id}")
    connection.execute(insert(closings).values(launch_id=current.id, closed_at=now()))
    return find_launch(connection, current.id)


def reopen(connection: Connection, study_id: str) -> Launch:
    """Open the latest launch of a study again; InputError where one is open or there is none."""
    earlier = all_launches(connection, study_id)
    if not earlier:
        raise InputError(study_id, "was never launched", f"launch it: qualab launch {study_id}")
    if open_of(earlier) is not None:
        raise InputError(study_id, "is open", "nothing to do")
    closing = connection.execute(
        select(open_closings.c.id).where(open_closings.c.launch_id == earlier[-1].id)
    ).scalar_one()
    connection.execute(insert(reopenings).values(closing_id=closing, reopened_at=now()))
    return find_launch(connection, earlier[-1].id)


def next_number(connection: Connection, launch_id: int, *, simulated: bool = False) -> int:
    """Return the number of the next viewer of a launch, from 1; simulated ones are counted by themselves."""
    first = SIMULATED_FROM if simulated else 0
    # Launches of earlier versions have simulated viewers among the real ones.
    in_range = subjects.c.number > first if simulated else subjects.c.number < SIMULATED_FROM
    query = select(func.max(subjects.c.number)).where(subjects.c.launch_id == launch_id, in_range)
    return int(connection.execute(query).scalar() or first) + 1 - first


def _launch_for(connection: Connection, study_id: str, design: str) -> int:
    sha256 = hashlib.sha256(design.encode("utf-8")).hexdigest()
    current = open_of(all_launches(connection, study_id))
    if current is None:
        row = {"study_id": study_id, "design": design, "design_sha256": sha256, "created_at": now()}
        return int(connection.execute(insert(launches).returning(launches.c.id), row).scalar_one())
    if current.design_sha256 != sha256:
        raise InputError(study_id, "is launched with another design", f"close it first: qualab close {study_id}")
    return current.id


def _write_link(connection: Connection, launch_id: int, link: str, at: str) -> int:
    row = {"launch_id": launch_id, "link_sha256": digest(link), "created_at": at}
    return int(connection.execute(insert(open_links).returning(open_links.c.id), row).scalar_one())


def _write_trials(connection: Connection, launch_id: int, table: pd.DataFrame) -> None:
    query = select(subjects.c.number, subjects.c.id).where(subjects.c.launch_id == launch_id)
    ids = {row.number: row.id for row in connection.execute(query)}
    names = ["position", "src", "hrc_a", "hrc_b", "left", *(["kind"] if "kind" in table else [])]
    planned = ({"kind": TEST, **row} for row in table[names].to_dict("records"))
    rows = [
        {
            **{str(name): value for name, value in row.items()},
            "subject_id": ids[int(subject)],
            "position": int(row["position"]),
            "media_token": secrets.token_urlsafe(16),
        }
        for subject, row in zip(table["subject"].tolist(), planned, strict=True)
    ]
    connection.execute(insert(trials), rows)


def _as_launch(row: Row[*tuple[Any, ...]]) -> Launch:
    return Launch(**{**row._mapping, "has_viewers": bool(row.has_viewers)})
