"""CSV: reading it strictly, writing it so that no spreadsheet runs it."""

import csv
import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from qualab.errors import InputError
from qualab.study.tables import RATE_COLUMNS

_MAX_CSV_BYTES = 512 * 2**20


MAX_CSV_COLUMNS = 1000


def csv_text(table: pd.DataFrame) -> str:
    r"""Return `table` as CSV that no spreadsheet runs: text starting with = + - @, tab or CR gets a leading quote.

    >>> csv_text(pd.DataFrame({"a": ["=cmd|' /C calc'!A0", "x"], "b": [-1.5, 2.0]}))
    "a,b\n'=cmd|' /C calc'!A0,-1.5\nx,2.0\n"
    """
    return str(table.map(_inert).to_csv(index=False, lineterminator="\n"))


def _inert(value: Any) -> Any:
    return "'" + value if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def read_rates(source: Path | tuple[str, bytes]) -> pd.DataFrame:
    """Read rate-quality points made elsewhere: CSV with the columns `family,label,bitrate_kbps,quality[,src]`.

    As votes_csv reads votes; bitrate and quality are numbers with a decimal point, `src` None where there is none.

    Args:
        source: a file, or a name with the bytes that a file of that name would hold.

    Returns:
        A table of RATE_COLUMNS with at least two families.

    Raises:
        InputError: as there; also for a rate that is not above zero, and fewer than two families.
    """
    name, data = source if isinstance(source, tuple) else (source.name, csv_bytes(source, "rate-quality points"))
    records = []
    for number, record in csv_rows(name, data, RATE_COLUMNS[1:], optional=RATE_COLUMNS[:1]):
        family, label, rate, quality, src = record
        where = f"{name}: line {number}"
        if not family:
            raise InputError(where, "family is empty", "name what the point belongs to, such as an upscaler")
        kbps, value = number_of(where, "bitrate_kbps", rate), number_of(where, "quality", quality)
        if kbps <= 0:
            raise InputError(where, f"bitrate_kbps is {rate}", "give a bitrate above zero, in kb/s")
        records.append((src or None, family, label, kbps, value))
    found = pd.DataFrame(records, columns=list(RATE_COLUMNS)).astype({"src": object})
    families = list(dict.fromkeys(found["family"]))
    if len(families) < 2:
        what = f"holds one family, '{families[0]}'" if families else "holds no points"
        raise InputError(name, what, "two families are needed: those to compare")
    if 0 < found["src"].isna().sum() < len(found):
        raise InputError(name, "src is empty in some lines", "name the clip in every line, or in none")
    return found


def number_of(where: str, column: str, text: str) -> float:
    """Return a finite number as a CSV writes it; raises InputError naming `where` and `column`."""
    try:
        value = math.nan if "_" in text else float(text)
    except ValueError:
        value = math.nan
    if math.isfinite(value):
        return value
    if "," in text:
        raise InputError(where, f"{column} is '{text[:40]}'", "write a decimal point and no thousands separator: 812.5")
    raise InputError(where, f"{column} is '{text[:40]}'", "give a number")


def csv_bytes(path: Path, what: str) -> bytes:
    """Return what a CSV of `what` holds; raises InputError where it is no file, too large, or cannot be read."""
    try:
        if not path.is_file():
            raise InputError(path.name, "is not a file", f"give a CSV of {what} or the id of a study")
        if path.stat().st_size > _MAX_CSV_BYTES:
            raise InputError(path.name, "is larger than 512 MiB", "split it")
        return path.read_bytes()
    except OSError as error:
        raise InputError(path.name, f"cannot be read ({error.strerror})", "check path and permission") from None


def csv_rows(
    name: str, data: bytes, columns: tuple[str, ...], *, optional: tuple[str, ...] = ()
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield line number and values of `columns`, then of `optional` ones, empty where there is no such column."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(name, f"byte {error.start} is not UTF-8", "save it as UTF-8") from None
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    if first.count(separator) >= MAX_CSV_COLUMNS:
        raise InputError(name, f"more than {MAX_CSV_COLUMNS} columns", f"keep the columns {','.join(columns)}")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        places = _places(name, header, columns) + [header.index(one) if one in header else -1 for one in optional]
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(header):
                what = f"{len(row)} values under {len(header)} columns"
                hint = "give every line the same columns; a decimal comma splits a number, a point does not"
                raise InputError(f"{name}: line {reader.line_num}", what, hint)
            yield reader.line_num, tuple("" if place < 0 else row[place].strip() for place in places)
    except csv.Error as error:
        raise InputError(f"{name}: line {reader.line_num}", str(error), "fix the quoting") from None


def _places(name: str, header: list[str], columns: tuple[str, ...]) -> list[int]:
    hint = f"the first line must name {','.join(columns)}"
    missing = [column for column in columns if column not in header]
    if missing:
        found = ", ".join(header[:12]) or "nothing"
        raise InputError(name, f"column {', '.join(missing)} missing, found {found}", hint)
    twice = next((column for column in columns if header.count(column) > 1), None)
    if twice:
        raise InputError(name, f"column {twice} stands twice", hint)
    return [header.index(column) for column in columns]
