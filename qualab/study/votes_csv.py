"""Votes made elsewhere, as CSV."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from qualab.study.csv_files import Check, CsvTable, csv_bytes, numbers, read_csv
from qualab.study.tables import FOREIGN_VOTE_COLUMNS
from qualab.study.terms import CHOICES, TEST

# What of further columns a CSV of votes is read for, in VOTE_COLUMNS' sense.
_TEXTS, _NUMBERS = ("left_hrc", "kind", "voted_at"), ("response_ms", "position", "score")
_FLAG_COLUMNS = {"simulated": False, "valid": True, "voided": False, "finished": True}
_KEPT_COLUMNS = (*_TEXTS, *_NUMBERS, *_FLAG_COLUMNS)
_FLAGS = {"": None, "True": True, "False": False, "true": True, "false": False, "1": True, "0": False}


def read_votes(path: Path) -> pd.DataFrame:
    """Return votes made elsewhere: CSV with the columns `subject,src,hrc_a,hrc_b,choice`, in any order.

    A byte order mark, `;` or tab as separator and CRLF line ends are accepted. Further columns that analyses read, as
    `qualab votes --csv` writes them, are kept, others dropped. Every pair is turned so that it reads like the first
    row's (its hrc_a is the baseline).

    Raises:
        InputError: the file cannot be read, a column is missing, or a value is not allowed; names the line.
    """
    table = read_csv(path.name, csv_bytes(path, "votes"), FOREIGN_VOTE_COLUMNS, optional=_KEPT_COLUMNS)
    pairs, is_turned = _pairs(table.rows)
    table.check(*_checks(table, pairs))
    return _turn(_typed(table.rows), is_turned)


def _pairs(votes: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return a number for every row's pair, whichever way round, and whether it is not the way of its first row."""
    codes, names = pd.factorize(pd.concat([votes["hrc_a"], votes["hrc_b"]], ignore_index=True))
    a, b = codes[: len(votes)].astype(np.int64), codes[len(votes) :].astype(np.int64)
    pairs = np.minimum(a, b) * len(names) + np.maximum(a, b)
    _, first_rows, places = np.unique(pairs, return_index=True, return_inverse=True)
    return pairs, a != a[first_rows][places]


def _checks(table: CsvTable, pairs: np.ndarray) -> Iterator[Check]:
    votes = table.rows
    is_empty = (votes[list(FOREIGN_VOTE_COLUMNS[:4])] == "").any(axis=1).to_numpy()
    yield Check(is_empty, lambda row: ("an empty subject, src or hrc", "fill it in or delete the line"))
    yield _check_of_values(votes["choice"], CHOICES, f"use one of {', '.join(CHOICES)}")
    for name in (name for name in _NUMBERS if name in votes):
        yield table.check_of_numbers(name, optional=True)
    for name in (name for name in _FLAG_COLUMNS if name in votes):
        yield _check_of_values(votes[name], tuple(_FLAGS), "write True or False")
    is_test = votes["kind"].isin(("", TEST)).to_numpy() if "kind" in votes else np.ones(len(votes), dtype=bool)
    yield Check(
        is_test & (votes["hrc_a"] == votes["hrc_b"]).to_numpy(),
        lambda row: (f"hrc_a and hrc_b are both '{votes['hrc_a'][row]}'", "compare two different HRCs"),
    )
    yield _check_of_repeats(table, votes[["subject", "src"]].assign(pair=pairs)[is_test])


def _check_of_values(column: pd.Series, allowed: tuple[str, ...], hint: str) -> Check:
    return Check(~column.isin(allowed).to_numpy(), lambda row: (f"{column.name} is '{column[row][:40]}'", hint))


def _check_of_repeats(table: CsvTable, keys: pd.DataFrame) -> Check:
    """Return the rule that a viewer votes once on a pair of a clip; `keys` are those of the votes it holds for."""
    is_repeated = np.zeros(len(table.rows), dtype=bool)
    is_repeated[keys.index] = keys.duplicated()

    def problem(row: int) -> tuple[str, str]:
        subject, src, _ = keys.loc[row]
        first = int(keys.index.to_numpy()[(keys == keys.loc[row]).all(axis=1)][0])
        what = f"subject '{subject}' voted on this pair of '{src}' in line {table.line(first)} already"
        return what, "keep one of the two"

    return Check(is_repeated, problem)


def _typed(votes: pd.DataFrame) -> pd.DataFrame:
    """Return the votes with numbers and truth values as the store gives them; empty is not a number, or the default."""
    out = votes.copy()
    for name in (name for name in _NUMBERS if name in out):
        out[name] = numbers(out[name])
    for name, default in ((name, default) for name, default in _FLAG_COLUMNS.items() if name in out):
        values = out[name].map(_FLAGS).fillna(default)
        out[name] = values.astype(int if name == "simulated" else bool)
    for name in (name for name in _TEXTS if name in out):
        out[name] = out[name].replace("", TEST if name == "kind" else None)
    return out


def _turn(votes: pd.DataFrame, is_turned: np.ndarray) -> pd.DataFrame:
    """Return the votes with both HRCs and the answer turned round where `is_turned`."""
    out = votes.copy()
    out.loc[is_turned, ["hrc_a", "hrc_b"]] = votes.loc[is_turned, ["hrc_b", "hrc_a"]].to_numpy()
    out.loc[is_turned, "choice"] = votes.loc[is_turned, "choice"].map({"a": "b", "b": "a", "tie": "tie"})
    if "score" in out:
        out.loc[is_turned, "score"] = -out.loc[is_turned, "score"]
    return out
