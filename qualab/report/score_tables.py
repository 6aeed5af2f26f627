"""Tables of scores: clips by HRCs where there are few, a row each where there are many."""

import math

import pandas as pd

from qualab.report.data import ReportData
from qualab.report.document import Block, Column, Fold, Heading, TableBlock
from qualab.report.gains import all_gains, lossless, pooled
from qualab.report.numbers import signed, value_of
from qualab.stats.findings.wording import NONE, pluralize
from qualab.study.families import METRICS

_MOST_COLUMNS = 6


def is_wide(data: ReportData) -> bool:
    """Say whether HRCs stand beside each other: they are few, and one of them is the baseline of all others."""
    return len(data.hrcs) <= _MOST_COLUMNS and data.study.baseline in data.hrcs


def long_tables(data: ReportData, metrics: list[str]) -> list[Block]:
    """Return the means by HRC, and a fold with the rows of each clip."""
    table = all_gains(data)
    rates = data.manifest.bitrates()
    rate = [rates.get((src, hrc)) for src, hrc in zip(table["src"], table["hrc"], strict=True)]
    table = table.assign(kbps=pd.Series(rate, dtype=float))
    shown = [metric for metric in metrics if metric in table]
    folds = [
        Fold(data.titles[str(src)], (_long(part, shown, f"{pluralize(len(part), 'HRC')} on this clip"),))
        for src, part in table.groupby("src", sort=False)
    ]
    return [Heading("By HRC"), _long_means(data, table, shown), Heading("By clip"), *folds]


def _long_means(data: ReportData, table: pd.DataFrame, metrics: list[str]) -> TableBlock:
    """Return a row an HRC, over the clips on which it has a number by the first metric."""
    numbers = [*metrics, *(f"{metric}_gain" for metric in metrics), "kbps"]
    means = table.groupby("hrc", sort=False)[numbers].mean().reset_index()
    means["baseline"] = means["hrc"].map(data.study.baselines())
    counts = table.dropna(subset=metrics[:1]).groupby("hrc").size()
    means["flags"] = [(pluralize(int(counts.get(hrc, 0)), "clip"),) for hrc in means["hrc"]]
    return _long(means, metrics, f"Means over clips; {pluralize(len(means), 'HRC')}", last="Over")


def _long(table: pd.DataFrame, metrics: list[str], caption: str, *, last: str = "Second look") -> TableBlock:
    has_rate = bool(table["kbps"].notna().any())
    columns = [Column("HRC"), *([Column("kb/s", numeric=True)] if has_rate else []), Column("Against")]
    for metric in metrics:
        columns += [Column(part, numeric=True, group=METRICS[metric].title) for part in ("value", "difference")]
    rows = []
    for row in table.to_dict("records"):
        cells = [str(row["hrc"]), *([_rate(row["kbps"])] if has_rate else [])]
        cells.append(row["baseline"] if isinstance(row["baseline"], str) else NONE)
        for metric in metrics:
            cells += [value_of(row[metric], metric), signed(row[f"{metric}_gain"], metric)]
        rows.append((*cells, "; ".join(row["flags"])))
    return TableBlock(caption, (*columns, Column(last)), tuple(rows))


def _rate(kbps: float) -> str:
    return NONE if math.isnan(kbps) else f"{kbps:,.0f}"


def wide_table(data: ReportData, metric: str) -> TableBlock:
    """Return clips x HRCs: the value, and for all but the baseline the difference to it."""
    values, infinite = pooled(data, metric), lossless(data, metric)
    columns = [Column("Clip"), Column("value", numeric=True, group=data.study.baseline)]
    for hrc in data.hrcs[1:]:
        columns += [Column("value", numeric=True, group=hrc), Column("difference", numeric=True, group=hrc)]
    rows = []
    for src, numbers in zip(values.index, values.to_numpy(), strict=True):
        row = [data.titles[src]]
        for hrc, value in zip(data.hrcs, numbers, strict=True):
            row.append("lossless" if (src, hrc) in infinite and math.isnan(value) else value_of(value, metric))
            if hrc != data.study.baseline:
                row.append(signed(value - numbers[0], metric))
        rows.append(tuple(row))
    means = _means(data, metric)
    unit = METRICS[metric].unit.name.replace("-", "–")
    caption = f"{pluralize(len(values), 'clip')} with a reference; {unit}"
    return TableBlock(caption, tuple(columns), (*rows, *means), total=bool(means))


def _means(data: ReportData, metric: str) -> list[tuple[str, ...]]:
    """Return the row of means, over the clips for which every HRC has a number, so that columns compare."""
    values = pooled(data, metric)
    complete = values.dropna(axis="columns", how="all").dropna()
    if len(complete) < 2:
        return []
    partly = f" of {len(values)}" if len(complete) < len(values) else ""
    row = [f"Mean of {len(complete)}{partly} clips"]
    for hrc in data.hrcs:
        mean = float(complete[hrc].mean()) if hrc in complete else math.nan
        row.append(value_of(mean, metric))
        if hrc != data.study.baseline:
            base = float(complete[data.study.baseline].mean()) if data.study.baseline in complete else math.nan
            row.append(signed(mean - base, metric))
    return [tuple(row)]
