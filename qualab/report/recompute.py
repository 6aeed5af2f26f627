"""Checking an exported report: every file as it was written, every result from its own tables once more."""

import hashlib
import json
import math
import tomllib
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from qualab.errors import InputError
from qualab.report.data import context_of
from qualab.stats.findings.find import Context, analyse_by_origin
from qualab.study.config import Study
from qualab.study.csv_files import csv_text
from qualab.study.tables import SCORE_COLUMNS, VOTE_COLUMNS
from qualab.voting.design.frozen import Design
from qualab.voting.store.records import Launch, same_design

_SUMS = "sha256sums.txt"
_NEEDED = ("study.toml", "scores.json", "votes.json", "viewers.json", "results.json", "provenance.json", _SUMS)
_CSVS = ("votes.csv", "scores.csv")
_TABLES = {"votes": VOTE_COLUMNS, "scores": SCORE_COLUMNS}
_MOST_FILES = 200_000
_MOST_BYTES = 1 << 30
_CHUNK = 1 << 20
_OF_LAUNCH = ("id", "design_sha256", "created_at", "closed_at", "has_viewers")
# What another machine's arithmetic may change.
_TOLERANCE = 1e-9
_MEND = "export the report again, and copy the whole file"
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Recomputed:
    """How many results were computed once more and how many files looked at, and what is wrong, a line each."""

    results: int
    files: int
    faults: tuple[str, ...]


def recompute(path: Path) -> Recomputed:
    """Return what a report's zip holds computed once more. Nothing is unpacked to disk.

    Raises:
        InputError: it is no zip of a report, or too large.
    """
    with _opened(path) as packed:
        infos = _checked(packed, path)
        sums = _listed(_read(packed, infos[_SUMS], path).decode("utf-8", "replace"))
        faults = [f"{name} is not as exported" for name in infos if name != _SUMS and not _is(packed, name, sums, path)]
        faults += [f"{name} is missing" for name in sums if name not in infos]
        held = {name: _read(packed, infos[name], path) for name in (*_NEEDED, *_CSVS) if name in infos}
    files = {name: _json(held[name], name, path) for name in held if name.endswith(".json")}
    for name, columns in _TABLES.items():
        if csv_text(_table(files[f"{name}.json"], columns, path)).encode() != held.get(f"{name}.csv"):
            faults.append(f"{name}.csv and {name}.json say different things")
    stored, rows = files["results.json"], _recomputed(files, _study(held["study.toml"], path), path)
    if not isinstance(stored, list):
        faults.append("results.json holds no rows")
    elif len(stored) != len(rows):
        faults.append(f"results.json holds {len(stored)} rows, the tables give {len(rows)}")
    else:
        faults += [
            _differing(before, after)
            for before, after in zip(stored, rows, strict=True)
            if not _are_equal(before, after)
        ]
    return Recomputed(len(rows), len(infos), tuple(faults))


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as packed:
            yield packed
    except _BROKEN as error:
        raise InputError(path.name, f"is no whole zip file ({error})", _MEND) from None
    except OSError as error:
        raise InputError(path.name, f"cannot be read ({error.strerror})", "check path and permission") from None


def _checked(packed: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    infos = packed.infolist()
    entries = {info.filename: info for info in infos}
    if len(infos) > _MOST_FILES or sum(info.file_size for info in infos) > _MOST_BYTES:
        raise InputError(path.name, "is too large for a report", _MEND)
    if len(entries) != len(infos):
        raise InputError(path.name, "holds a file twice", _MEND)
    missing = [name for name in _NEEDED if name not in entries]
    if missing:
        raise InputError(path.name, f"is no report: {missing[0]} is missing", "give a zip that qualab report wrote")
    return entries


def _read(packed: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> bytes:
    """Return a file's content; one that unpacks to more than it says is refused."""
    parts, size = [], 0
    with packed.open(info) as opened:
        while part := opened.read(_CHUNK):
            size += len(part)
            if size > info.file_size:
                raise InputError(path.name, f"{info.filename[:80]} unpacks to more than it says", _MEND)
            parts.append(part)
    return b"".join(parts)


def _listed(text: str) -> dict[str, str]:
    return {name: sha256 for sha256, _, name in (line.partition("  ") for line in text.splitlines())}


def _is(packed: zipfile.ZipFile, name: str, sums: Mapping[str, str], path: Path) -> bool:
    return hashlib.sha256(_read(packed, packed.getinfo(name), path)).hexdigest() == sums.get(name)


def _json(content: bytes, name: str, path: Path) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise InputError(path.name, f"{name} is no JSON", _MEND) from None


def _study(content: bytes, path: Path) -> Study:
    try:
        values = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        raise InputError(path.name, "study.toml is no TOML", _MEND) from None
    return Study.checked(f"{path.name}: study.toml", **values)


def _table(rows: object, columns: tuple[str, ...], path: Path) -> pd.DataFrame:
    if not isinstance(rows, list) or not all(isinstance(row, dict) and set(row) == set(columns) for row in rows):
        raise InputError(path.name, f"a table has other columns than {', '.join(columns)}", _MEND)
    return pd.DataFrame([[row[name] for name in columns] for row in rows], columns=list(columns), dtype=object)


def _recomputed(files: Mapping[str, object], study: Study, path: Path) -> list[dict[str, object]]:
    try:
        return _results(files, study, path)
    except (TypeError, ValueError, KeyError, AttributeError):
        raise InputError(path.name, "its tables are not those of a report", _MEND) from None


def _results(files: Mapping[str, object], study: Study, path: Path) -> list[dict[str, object]]:
    """Return the rows of results.json, from the tables, the study and the frozen rules."""
    votes = _table(files["votes.json"], VOTE_COLUMNS, path).astype({"score": float})
    scores = _table(files["scores.json"], SCORE_COLUMNS, path).astype({"value": float})
    launches, alpha = _launches(files["provenance.json"], path), _alpha(files["results.json"])
    viewers = files["viewers.json"]
    if not isinstance(viewers, list):
        raise TypeError("viewers are a list")
    context: Context = context_of(study, scores, launches, pd.DataFrame(viewers, dtype=object))
    eligible = same_design(votes, launches) if launches else votes
    sides = analyse_by_origin(eligible, alpha=alpha, context=context)
    results = [
        {**row, "simulated": side.is_simulated} for side in sides for result in side.results for row in result.rows()
    ]
    again: list[dict[str, object]] = json.loads(json.dumps(results))
    return again


def _launches(origins: object, path: Path) -> list[Launch]:
    launches = origins.get("launches") if isinstance(origins, dict) else None
    try:
        if not isinstance(launches, list):
            raise TypeError("launches are a list")
        designs = [Design.model_validate(item["design"]).model_dump_json() for item in launches]
        return [
            Launch(study_id="", design=design, **{name: item[name] for name in _OF_LAUNCH})
            for design, item in zip(designs, launches, strict=True)
        ]
    except (KeyError, TypeError, ValueError):
        raise InputError(path.name, "provenance.json names no launches", _MEND) from None


def _alpha(rows: object) -> float:
    first = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}
    alpha = first.get("alpha", 0.05)
    return float(alpha) if isinstance(alpha, int | float) and 0 < alpha < 1 else 0.05


def _are_equal(first: object, second: object) -> bool:
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(_are_equal(first[name], second[name]) for name in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(_are_equal, first, second))
    if isinstance(first, float) or isinstance(second, float):
        if not isinstance(first, int | float) or not isinstance(second, int | float):
            return False
        return math.isclose(first, second, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
    return bool(first == second)


def _differing(first: object, second: object) -> str:
    about = second if isinstance(second, dict) else {}
    what = [str(about[name]) for name in ("analysis", "pair", "src", "group", "hrc") if about.get(name)]
    names = [name for name in about if not isinstance(first, dict) or not _are_equal(first.get(name), about[name])]
    return f"results.json: {' '.join(what)}: {', '.join(names) or 'its fields'} recomputed differently"
