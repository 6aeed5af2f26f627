"""What an HRC gains over the baseline, clip by clip."""

import pandas as pd

from qualab.report.data import ReportData


def pooled(data: ReportData, metric: str, *, pooling: str = "mean") -> pd.DataFrame:
    """Return values of one metric: a row per clip in the study's order, a column per HRC, the baseline first."""
    rows = data.scores[(data.scores["metric"] == metric) & (data.scores["pooling"] == pooling)]
    values = rows.assign(value=pd.to_numeric(rows["value"], errors="coerce")).drop_duplicates(["src", "hrc"])
    table = values.pivot(index="src", columns="hrc", values="value")
    srcs = [src.id for src in data.study.src if src.id in table.index]
    return table.reindex(index=srcs, columns=data.hrcs).astype(float)


def gain(data: ReportData, metric: str, test: str) -> pd.Series:
    """Return value minus the baseline's for each clip that has both, by SRC id."""
    table = pooled(data, metric)
    return (table[test] - table[data.study.baseline]).dropna()


def lossless(data: ReportData, metric: str) -> set[tuple[str, str]]:
    """Return the (src, hrc) whose pooled value is infinite: picture and reference are identical."""
    rows = data.scores[(data.scores["metric"] == metric) & data.scores["lossless"].eq(True)]
    return set(zip(rows["src"], rows["hrc"], strict=True))


def sharper_not_closer(data: ReportData, test: str) -> list[str]:
    """Return the clips where VMAF rose and PSNR-Y fell: more to the eye's liking, further from the reference."""
    up, down = gain(data, "vmaf", test), gain(data, "psnr_y", test)
    return [src for src in up.index if up[src] > 0 and down.get(src, 0.0) < 0]
