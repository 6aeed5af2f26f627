"""What an HRC gains over its baseline, clip by clip, as chapters of the report need it."""

import pandas as pd

from qualab.report.data import ReportData
from qualab.stats.objective.gains import NEG_OF, SHARPER, gains


def pooled(data: ReportData, metric: str, *, pooling: str = "mean") -> pd.DataFrame:
    """Return values of one metric: a row per clip in the study's order, a column per HRC, the baseline first."""
    rows = data.scores[(data.scores["metric"] == metric) & (data.scores["pooling"] == pooling)]
    values = rows.assign(value=pd.to_numeric(rows["value"], errors="coerce")).drop_duplicates(["src", "hrc"])
    table = values.pivot(index="src", columns="hrc", values="value")
    srcs = [src.id for src in data.study.src if src.id in table.index]
    return table.reindex(index=srcs, columns=data.hrcs).astype(float)


def gain(data: ReportData, metric: str, test: str) -> "pd.Series[float]":
    """Return value minus its baseline's for each clip that has both, by SRC id; empty where it has no baseline."""
    table, base = pooled(data, metric), data.study.baselines().get(test)
    return (table[test] - table[base]).dropna() if base is not None else pd.Series(dtype=float)


def lossless(data: ReportData, metric: str) -> set[tuple[str, str]]:
    """Return the (src, hrc) whose pooled value is infinite: picture and reference are identical."""
    rows = data.scores[(data.scores["metric"] == metric) & data.scores["lossless"].eq(True)]
    return set(zip(rows["src"], rows["hrc"], strict=True))


def main_vmaf(data: ReportData) -> str:
    """Return the VMAF that the study was scored by first: of its display's model, never two of them."""
    there = set(data.scores["metric"])
    return next((name for name in NEG_OF if name in there), "vmaf")


def all_gains(data: ReportData) -> pd.DataFrame:
    """Return values, gains and flags of all clips and HRCs in the study's order, as the console shows them."""
    table = gains(data.scores, data.study.baselines())
    places = {src.id: place for place, src in enumerate(data.study.src)}
    ranks = {hrc: rank for rank, hrc in enumerate(data.hrcs)}
    order = sorted(range(len(table)), key=lambda row: (places[table["src"][row]], ranks[table["hrc"][row]]))
    return table.iloc[order].reset_index(drop=True)


def flagged(data: ReportData, flag: str) -> dict[str, list[str]]:
    """Return by HRC the clips on which its gain carries a flag of qualab.stats.objective.gains."""
    srcs_of_hrc: dict[str, list[str]] = {}
    for src, hrc, flags in all_gains(data)[["src", "hrc", "flags"]].itertuples(index=False):
        if flag in flags:
            srcs_of_hrc.setdefault(hrc, []).append(src)
    return srcs_of_hrc


def sharper_not_closer(data: ReportData, test: str) -> list[str]:
    """Return the clips where VMAF rose and PSNR-Y fell: more to the eye's liking, further from the reference."""
    return flagged(data, SHARPER).get(test, [])
