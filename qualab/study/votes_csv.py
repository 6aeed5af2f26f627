"""Votes made elsewhere, as CSV: read all at once where every line is plain, else line by line, naming what is wrong."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.csv as arrow_csv

from qualab.errors import InputError
from qualab.study.csv_files import MAX_CSV_COLUMNS, csv_bytes, csv_rows, number_of
from qualab.study.tables import FOREIGN_VOTE_COLUMNS
from qualab.study.terms import CHOICES, TEST

# What of further columns a CSV of votes is read for, in VOTE_COLUMNS' sense.
_TEXTS, _NUMBERS = ("left_hrc", "kind", "voted_at"), ("response_ms", "position", "score")
_FLAG_COLUMNS = {"simulated": False, "valid": True, "voided": False, "finished": True}
_KEPT_COLUMNS = (*_TEXTS, *_NUMBERS, *_FLAG_COLUMNS)
_FLAGS = {"": None, "True": True, "False": False, "true": True, "false": False, "1": True, "0": False}
_KEY = ("subject", "src", "hrc_a", "hrc_b")


def read_votes(path: Path) -> pd.DataFrame:
    """Read votes made elsewhere: CSV with the columns `subject,src,hrc_a,hrc_b,choice`, in any order.

    A byte order mark, `;` or tab as separator and CRLF line ends are accepted. Further columns that analyses read, as
    `qualab votes --csv` writes them, are kept, others dropped. Every pair is turned so that it reads like the first
    row's (its hrc_a is the baseline).

    Raises:
        InputError: the file cannot be read, a column is missing, or a value is not allowed; names the line.
    """
    data = csv_bytes(path, "votes")
    votes = _all_at_once(data)
    return _oriented(votes if votes is not None else _line_by_line(path.name, data))


def _all_at_once(data: bytes) -> pd.DataFrame | None:
    """Return the votes of a plain CSV; None where lines must be looked at one by one, to read them or to name one."""
    head, _, rest = data.partition(b"\n")
    if b'"' in data or not rest.strip():
        return None
    separator = max(b",;\t", key=head.count)
    header = [cell.strip().lower() for cell in head.decode("utf-8-sig", "replace").split(chr(separator))]
    names = [name for name in (*FOREIGN_VOTE_COLUMNS, *_KEPT_COLUMNS) if name in header]
    if len(header) > MAX_CSV_COLUMNS or [header.count(name) for name in FOREIGN_VOTE_COLUMNS] != [1] * 5:
        return None
    places = {str(header.index(name)): name for name in names}
    try:
        read = arrow_csv.read_csv(
            io.BytesIO(rest),
            arrow_csv.ReadOptions(column_names=[str(place) for place in range(len(header))]),
            arrow_csv.ParseOptions(delimiter=chr(separator), quote_char=False),
            arrow_csv.ConvertOptions(include_columns=list(places), column_types=dict.fromkeys(places, pa.string())),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return None
    columns = [compute.utf8_trim_whitespace(read.column(place)).dictionary_encode() for place in places]
    votes = pa.table(columns, names=list(places.values())).to_pandas()
    votes = votes.astype(dict.fromkeys(votes.columns, object))
    return _typed(votes) if _is_fine(votes) else None


def _is_fine(votes: pd.DataFrame) -> bool:
    """Say whether every value may stand, as `_check_vote` does line by line."""
    asked = votes[votes["kind"].isin(("", TEST))] if "kind" in votes else votes
    if any((votes[name] == "").any() for name in FOREIGN_VOTE_COLUMNS[:4]) or not votes["choice"].isin(CHOICES).all():
        return False
    if any(not votes[name].isin(tuple(_FLAGS)).all() for name in _FLAG_COLUMNS if name in votes):
        return False
    numbers = (pd.to_numeric(votes[name].replace("", "0"), errors="coerce") for name in _NUMBERS if name in votes)
    if not all(np.isfinite(found.to_numpy(dtype=float)).all() for found in numbers):
        return False
    return bool((asked["hrc_a"] != asked["hrc_b"]).all()) and not _oriented(asked)[list(_KEY)].duplicated().any()


def _line_by_line(name: str, data: bytes) -> pd.DataFrame:
    """Return the votes of any CSV, each line checked."""
    records = []
    seen: dict[tuple[str, ...], int] = {}
    for number, record in csv_rows(name, data, FOREIGN_VOTE_COLUMNS, optional=_KEPT_COLUMNS):
        _check_vote(f"{name}: line {number}", number, record, seen)
        records.append(record)
    found = pd.DataFrame(records, columns=[*FOREIGN_VOTE_COLUMNS, *_KEPT_COLUMNS], dtype=object)
    # A column that is not there reads as an empty one.
    return _typed(found.drop(columns=[name for name in _KEPT_COLUMNS if (found[name] == "").all()]))


def _check_vote(where: str, number: int, record: tuple[str, ...], seen: dict[tuple[str, ...], int]) -> None:
    subject, src, hrc_a, hrc_b, choice = record[:5]
    more = dict(zip(_KEPT_COLUMNS, record[5:], strict=True))
    if not all((subject, src, hrc_a, hrc_b)):
        raise InputError(where, "an empty subject, src or hrc", "fill it in or delete the line")
    if choice not in CHOICES:
        raise InputError(where, f"choice is '{choice[:40]}'", f"use one of {', '.join(CHOICES)}")
    for name in (name for name in _NUMBERS if more[name]):
        number_of(where, name, more[name])
    for name in (name for name in _FLAG_COLUMNS if more[name] not in _FLAGS):
        raise InputError(where, f"{name} is '{more[name][:40]}'", "write True or False")
    if more["kind"] not in ("", TEST):
        return
    if hrc_a == hrc_b:
        raise InputError(where, f"hrc_a and hrc_b are both '{hrc_a}'", "compare two different HRCs")
    key = (subject, src, *sorted((hrc_a, hrc_b)))
    if key in seen:
        what = f"subject '{subject}' voted on this pair of '{src}' in line {seen[key]} already"
        raise InputError(where, what, "keep one of the two")
    seen[key] = number


def _typed(votes: pd.DataFrame) -> pd.DataFrame:
    """Return the votes with numbers and truth values as the store gives them; empty is not a number, or the default."""
    out = votes.copy()
    for name in (name for name in _NUMBERS if name in out):
        out[name] = pd.to_numeric(out[name].replace("", None)).astype(float)
    for name, default in ((name, default) for name, default in _FLAG_COLUMNS.items() if name in out):
        values = out[name].map(_FLAGS).fillna(default)
        out[name] = values.astype(int if name == "simulated" else bool)
    for name in (name for name in _TEXTS if name in out):
        out[name] = out[name].replace("", TEST if name == "kind" else None)
    return out


def _oriented(votes: pd.DataFrame) -> pd.DataFrame:
    """Turn rows whose pair stands the other way round than where that pair first occurs."""
    firsts, names = pd.factorize(pd.concat([votes["hrc_a"], votes["hrc_b"]], ignore_index=True))
    one, two = firsts[: len(votes)].astype(np.int64), firsts[len(votes) :].astype(np.int64)
    _, rows, pairs = np.unique(
        np.minimum(one, two) * len(names) + np.maximum(one, two), return_index=True, return_inverse=True
    )
    turned = one != one[rows][pairs]
    out = votes.copy()
    out.loc[turned, ["hrc_a", "hrc_b"]] = votes.loc[turned, ["hrc_b", "hrc_a"]].to_numpy()
    out.loc[turned, "choice"] = votes.loc[turned, "choice"].map({"a": "b", "b": "a", "tie": "tie"})
    if "score" in out:
        out.loc[turned, "score"] = -out.loc[turned, "score"].astype(float)
    return out
