"""The tables that rooms hand to each other: their columns, the reading of foreign CSV, the writing of safe CSV."""

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd

from qualab.errors import InputError
from qualab.terms import CHOICES, DIAGNOSTIC_TITLES

# One pooled value: which SRC, which HRC, which metric, pooled how; `value` is NaN where PSNR is lossless.
SCORE_COLUMNS = ("src", "hrc", "metric", "pooling", "value", "unit", "lossless")
# One frame's values by the usual metrics: `frame` counts from 0; psnr columns are +inf where the frame is identical. A
# study may ask for other metrics: each is a column of its own name.
FRAME_COLUMNS = ("frame", "vmaf", "vmaf_neg", "psnr_y", "psnr", "ssim")
# One frame of a PVS looked at alone: see terms.DIAGNOSTIC_TITLES.
DIAGNOSTIC_COLUMNS = ("frame", *DIAGNOSTIC_TITLES)
# One point of a rate-quality curve: `family` is what is compared, `label` the resolution (or what else tells points
# of one family apart), `bitrate_kbps` as measured, `quality` by one metric, higher is better.
RATE_COLUMNS = ("src", "family", "label", "bitrate_kbps", "quality")
# One vote: hrc_a is the baseline, hrc_b the test HRC, `choice` the one preferred, `left_hrc` the one shown left.
VOTE_COLUMNS = (
    "subject",
    "src",
    "hrc_a",
    "hrc_b",
    "choice",
    "left_hrc",
    "response_ms",
    "simulated",
    "launch",
    "position",
    "voted_at",
)
FOREIGN_VOTE_COLUMNS = VOTE_COLUMNS[:5]
# One planned trial: `subject` counts viewers from 1, `position` from 1; `left` says whether hrc_a or hrc_b is left.
TRIAL_COLUMNS = ("subject", "position", "src", "hrc_a", "hrc_b", "left")

_MAX_CSV_BYTES = 512 * 2**20
_MAX_CSV_COLUMNS = 1000


def empty(columns: tuple[str, ...]) -> pd.DataFrame:
    """Return a table of these columns and no rows."""
    return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table's rows as dictionaries by column name."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def csv_text(table: pd.DataFrame) -> str:
    """Return `table` as CSV that no spreadsheet runs: text starting with = + - @, tab or CR gets a leading quote.

    >>> csv_text(pd.DataFrame({"a": ["=cmd|' /C calc'!A0", "x"], "b": [-1.5, 2.0]}))
    "a,b\\n'=cmd|' /C calc'!A0,-1.5\\nx,2.0\\n"
    """
    return str(table.map(_inert).to_csv(index=False, lineterminator="\n"))


def _inert(value: Any) -> Any:
    return "'" + value if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def read_votes(path: Path) -> pd.DataFrame:
    """Read votes made elsewhere: CSV with the columns `subject,src,hrc_a,hrc_b,choice`, in any order.

    A byte order mark, `;` or tab as separator and CRLF line ends are accepted; further columns are dropped.
    Every pair is turned so that it reads like the first row's (its hrc_a is the baseline).

    Raises:
        InputError: the file cannot be read, a column is missing, or a value is not allowed; names the line.
    """
    header, rows = _read_csv(path)
    missing = [name for name in FOREIGN_VOTE_COLUMNS if name not in header]
    if missing:
        raise InputError(
            path.name,
            f"column {', '.join(missing)} missing, found {', '.join(header[:12])}",
            f"the first line must name {','.join(FOREIGN_VOTE_COLUMNS)}",
        )
    places = [header.index(name) for name in FOREIGN_VOTE_COLUMNS]
    records = []
    seen: dict[tuple[str, ...], int] = {}
    for number, row in rows:
        if len(row) != len(header):
            raise InputError(
                f"{path.name}: line {number}",
                f"{len(row)} values under {len(header)} columns",
                "give every line the same columns",
            )
        record = tuple(row[place].strip() for place in places)
        _check_vote(path, number, record, seen)
        records.append(record)
    return _oriented(pd.DataFrame(records, columns=list(FOREIGN_VOTE_COLUMNS), dtype=object))


def _read_csv(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    try:
        if not path.is_file():
            raise InputError(path.name, "is not a file", "give a CSV of votes or the id of a study")
        if path.stat().st_size > _MAX_CSV_BYTES:
            raise InputError(path.name, "is larger than 512 MiB", "split it")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(path.name, f"byte {error.start} is not UTF-8", "save it as UTF-8") from None
    except OSError as error:
        raise InputError(path.name, f"cannot be read ({error.strerror})", "check path and permission") from None
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    if first.count(separator) >= _MAX_CSV_COLUMNS:
        raise InputError(path.name, f"more than {_MAX_CSV_COLUMNS} columns", "keep the columns of votes only")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise InputError(f"{path.name}: line {reader.line_num}", str(error), "mend the quoting") from None
    return header, rows


def _check_vote(path: Path, number: int, record: tuple[str, ...], seen: dict[tuple[str, ...], int]) -> None:
    subject, src, hrc_a, hrc_b, choice = record
    where = f"{path.name}: line {number}"
    if not all((subject, src, hrc_a, hrc_b)):
        raise InputError(where, "an empty subject, src or hrc", "fill it in or delete the line")
    if hrc_a == hrc_b:
        raise InputError(where, f"hrc_a and hrc_b are both '{hrc_a}'", "compare two different HRCs")
    if choice not in CHOICES:
        raise InputError(where, f"choice is '{choice[:40]}'", f"use one of {', '.join(CHOICES)}")
    key = (subject, src, *sorted((hrc_a, hrc_b)))
    if key in seen:
        raise InputError(
            where,
            f"subject '{subject}' voted on this pair of '{src}' in line {seen[key]} already",
            "keep one of the two",
        )
    seen[key] = number


def _oriented(votes: pd.DataFrame) -> pd.DataFrame:
    """Turn rows whose pair stands the other way round than where that pair first occurs."""
    order: dict[frozenset[str], tuple[str, str]] = {}
    for first, second in zip(votes["hrc_a"], votes["hrc_b"], strict=True):
        order.setdefault(frozenset((first, second)), (first, second))
    turned = [
        order[frozenset((first, second))] != (first, second)
        for first, second in zip(votes["hrc_a"], votes["hrc_b"], strict=True)
    ]
    out = votes.copy()
    out.loc[turned, ["hrc_a", "hrc_b"]] = votes.loc[turned, ["hrc_b", "hrc_a"]].to_numpy()
    out.loc[turned, "choice"] = votes.loc[turned, "choice"].map({"a": "b", "b": "a", "tie": "tie"})
    return out
