"""CSV: reading it strictly, every wrong row named by its line; writing it so that no spreadsheet runs it."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.csv as arrow_csv

from qualab.errors import InputError

_MAX_BYTES, _MAX_COLUMNS = 512 * 2**20, 1000
_Value = TypeVar("_Value")


def csv_text(table: pd.DataFrame) -> str:
    r"""Return `table` as CSV that no spreadsheet runs: text starting with = + - @, tab or CR gets a leading quote.

    >>> csv_text(pd.DataFrame({"a": ["=cmd|' /C calc'!A0", "x"], "b": [-1.5, 2.0]}))
    "a,b\n'=cmd|' /C calc'!A0,-1.5\nx,2.0\n"
    """
    return str(table.map(_inert).to_csv(index=False, lineterminator="\n"))


def _inert(value: _Value) -> _Value | str:
    return "'" + value if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


class Check(NamedTuple):
    """A rule for the rows of a CSV.

    Attributes:
        failed: bool of every row, True where the row breaks the rule.
        problem: what is wrong with the row of that number, and the hint.
    """

    failed: np.ndarray
    problem: Callable[[int], tuple[str, str]]


@dataclass(frozen=True)
class CsvTable:
    """A CSV as text.

    Attributes:
        name: what messages call the file.
        rows: the columns asked for that are there, in that order, as trimmed text; rows without any text are left out.
    """

    name: str
    rows: pd.DataFrame
    _text: str
    _separator: str

    def line(self, row: int) -> int:
        """Return the line of the file, from 1, on which the row of that number begins."""
        return next(islice(_records(self.name, self._text, self._separator), row + 1, None))[0]

    def check(self, *checks: Check) -> None:
        """Raise InputError for the first row that breaks a rule, by the first rule that it breaks; names its line."""
        broken = [(int(np.argmax(check.failed)), place) for place, check in enumerate(checks) if check.failed.any()]
        if broken:
            row, place = min(broken)
            raise InputError(f"{self.name}: line {self.line(row)}", *checks[place].problem(row))

    def check_of_numbers(self, column: str, *, optional: bool = False) -> Check:
        """Return the rule that a column holds finite numbers, or where it is `optional` nothing."""
        texts = self.rows[column]
        failed = ~np.isfinite(numbers(texts)) & ~(optional & (texts == "").to_numpy())
        return Check(failed, lambda row: _not_a_number(column, str(texts[row])))


def numbers(texts: pd.Series) -> np.ndarray:
    """Return a column of texts as float64, NaN where a text is empty or no number."""
    return np.asarray(pd.to_numeric(texts.where(texts != "", None), errors="coerce"), dtype=np.float64)


def _not_a_number(column: str, text: str) -> tuple[str, str]:
    hint = "write a decimal point and no thousands separator: 812.5" if "," in text else "give a number"
    return f"{column} is '{text[:40]}'", hint


def csv_bytes(path: Path, what: str) -> bytes:
    """Return what a CSV of `what` holds; raises InputError where it is no file, too large, or cannot be read."""
    try:
        if not path.is_file():
            raise InputError(path.name, "is not a file", f"give a CSV of {what} or the id of a study")
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(path.name, "is larger than 512 MiB", "split it")
        return path.read_bytes()
    except OSError as error:
        raise InputError(path.name, f"cannot be read ({error.strerror})", "check path and permission") from None


def read_csv(name: str, data: bytes, columns: Sequence[str], *, optional: Sequence[str] = ()) -> CsvTable:
    """Return `columns` of a CSV, in any order there, and those of `optional` that it has.

    A byte order mark, `;` or tab as separator, quotes, CRLF line ends and other columns are accepted.

    Raises:
        InputError: it is not UTF-8 or not rectangular, or one of `columns` is missing.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(name, f"byte {error.start} is not UTF-8", "save it as UTF-8") from None
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    if first.count(separator) >= _MAX_COLUMNS:
        raise InputError(name, f"more than {_MAX_COLUMNS} columns", f"keep the columns {','.join(columns)}")
    header = [cell.strip().lower() for cell in next(_records(name, text, separator), (1, [""]))[1]]
    _check_header(name, header, columns)
    places = {column: header.index(column) for column in (*columns, *optional) if column in header}
    try:
        read = _read(data, len(header), separator)
    except pa.ArrowInvalid as error:
        _check_rectangular(name, text, separator, len(header))
        raise InputError(name, f"cannot be read ({error})", "fix the quoting") from None
    return CsvTable(name, _rows(read, places), text, separator)


def _check_header(name: str, header: Sequence[str], columns: Sequence[str]) -> None:
    hint = f"the first line must name {','.join(columns)}"
    missing = [column for column in columns if column not in header]
    if missing:
        present = ", ".join(header[:12]) or "nothing"
        raise InputError(name, f"column {', '.join(missing)} missing, found {present}", hint)
    twice = next((column for column in columns if header.count(column) > 1), None)
    if twice:
        raise InputError(name, f"column {twice} stands twice", hint)


def _read(data: bytes, n_columns: int, separator: str) -> pa.Table:
    """Return all columns as text, named by their number."""

    def on_other_length(row: arrow_csv.InvalidRow) -> str:
        return "error" if row.text.strip(f'{separator}" \t\r\n') else "skip"

    names = [str(place) for place in range(n_columns)]
    return arrow_csv.read_csv(
        io.BytesIO(data if data.endswith(b"\n") else data + b"\n"),
        arrow_csv.ReadOptions(column_names=names, skip_rows_after_names=1),
        arrow_csv.ParseOptions(delimiter=separator, newlines_in_values=True, invalid_row_handler=on_other_length),
        arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )


def _rows(read: pa.Table, places: dict[str, int]) -> pd.DataFrame:
    columns = [compute.utf8_trim_whitespace(read.column(place)).dictionary_encode() for place in places.values()]
    rows: pd.DataFrame = pa.table(columns, names=list(places)).to_pandas()
    is_blank = (rows == "").all(axis=1).to_numpy(copy=True)
    if is_blank.any():
        others = read.filter(pa.array(is_blank)).to_pandas().astype(object)
        is_blank[is_blank] = (others.map(str.strip) == "").all(axis=1)
    return rows[~is_blank].reset_index(drop=True).astype(dict.fromkeys(rows.columns, object))


def _records(name: str, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the header, then every row that holds text, with the line on which it begins."""
    reader, begin = csv.reader(io.StringIO(text, newline=""), delimiter=separator), 1
    try:
        for row in reader:
            if begin == 1 or any(cell.strip() for cell in row):
                yield begin, row
            begin = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{name}: line {begin}", str(error), "fix the quoting") from None


def _check_rectangular(name: str, text: str, separator: str, n_columns: int) -> None:
    for line, row in _records(name, text, separator):
        if len(row) != n_columns:
            hint = "give every line the same columns; a decimal comma splits a number, a point does not"
            raise InputError(f"{name}: line {line}", f"{len(row)} values under {n_columns} columns", hint)
