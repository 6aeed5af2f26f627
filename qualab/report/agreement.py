"""The chapter of agreement: do the metrics see what viewers see, clip by clip?"""

import pandas as pd

from qualab.charts.agreement import preference_against_metric
from qualab.report.data import ReportData
from qualab.report.document import Block, Column, FigureBlock, Fold, Heading, Paragraph, Section, TableBlock
from qualab.report.gains import main_vmaf
from qualab.report.numbers import signed
from qualab.report.rows import remarks
from qualab.stats.analysis import Role
from qualab.stats.findings.find import Findings
from qualab.stats.findings.wording import NONE, decimal, percent, pluralize
from qualab.stats.result import Result
from qualab.study.families import METRICS, metric_row

_LEAD = (
    "Each clip with a reference has a difference by the metric, test HRC minus baseline, and a share of votes for the"
    " test HRC. Fewer than 8 clips support no correlation: then the points are shown and no number is claimed."
)
_NUMBERS = (("plcc", "PLCC"), ("srocc", "SROCC"), ("kendall", "Kendall"))
_PLAIN = (("auc_ds", "AUC different"), ("auc_bw", "AUC better"), ("c0", "C0"))
_MEANT = (
    "PLCC, SROCC and Kendall are correlations, with a bootstrap interval over clips. AUC different: how well the size"
    " of a difference tells clips on which viewers differ. AUC better and C0: how well its sign tells what they prefer."
)


def section(data: ReportData) -> Section | None:
    """Return the chapter of real votes; None where no clip has both votes and scores."""
    findings = data.findings_of(simulated=False)
    if findings is None or findings.points.empty:
        return None
    blocks: list[Block] = [Paragraph(_LEAD), *([Paragraph(_MEANT)] if findings.all(Role.AGREEMENT) else [])]
    pairs = list(dict.fromkeys(zip(findings.points["hrc_a"], findings.points["hrc_b"], strict=True)))
    for base, test in pairs:
        blocks += _pair(data, findings, (str(base), str(test)))
    return Section("agreement", "Votes against metrics", tuple(blocks))


def _pair(data: ReportData, findings: Findings, pair: tuple[str, str]) -> list[Block]:
    points = findings.points[(findings.points["hrc_a"] == pair[0]) & (findings.points["hrc_b"] == pair[1])]
    there = set(points["metric"])
    metrics = [metric for metric in dict.fromkeys([main_vmaf(data), "psnr_y", *METRICS]) if metric in there]
    if not metrics:
        return []
    name, first = f"{pair[1]} against {pair[0]}", points[points["metric"] == metrics[0]]
    rows = [
        row for row in findings.all(Role.AGREEMENT, pair=pair) if row.group in {f"metric: {name}" for name in metrics}
    ]
    result = next((row for row in rows if row.group == f"metric: {metrics[0]}"), None)
    figure = preference_against_metric(first, result=result, titles=data.titles)
    caption = (
        f"{METRICS[metrics[0]].title} against votes, {pluralize(len(first), 'clip')}. In the shaded quarters metric and"
        " viewers point the same way."
    )
    return [
        Heading(name),
        FigureBlock(caption, figure),
        *([_numbers(data, name, rows)] if any(map(_kept, rows)) else []),
        Fold(f"{name}, clip by clip", (_clips(data, name, points, metrics),)),
        *remarks(data, rows),
    ]


def _numbers(data: ReportData, name: str, rows: list[Result]) -> TableBlock:
    there = {key for row in rows for key in _kept(row)}
    correlations, plain = ([pair for pair in names if pair[0] in there] for names in (_NUMBERS, _PLAIN))
    columns = [Column("Metric"), Column("Clips (n)", numeric=True)]
    columns += [Column(title, numeric=True) for _, title in (*correlations, *plain)]
    cells = tuple(
        (
            metric_row(str(row.group).removeprefix("metric: ")).title,
            str(row.n_srcs),
            *(_with_interval(row, key) for key, _ in correlations),
            *(decimal(row.effects.get(key)) for key, _ in plain),
        )
        for row in rows
    )
    return TableBlock(f"Agreement on {name}, {data.level} intervals", tuple(columns), cells)


def _kept(row: Result) -> list[str]:
    """Return the names of the numbers that there are."""
    return [key for key, _ in (*_NUMBERS, *_PLAIN) if row.effects.get(key) is not None]


def _with_interval(row: Result, key: str) -> str:
    value, low, high = (row.effects.get(name) for name in (key, f"{key}_lo", f"{key}_hi"))
    if value is None:
        return NONE
    return decimal(value) + (f" ({decimal(low)} to {decimal(high)})" if low is not None and high is not None else "")


def _clips(data: ReportData, name: str, points: pd.DataFrame, metrics: list[str]) -> TableBlock:
    columns = [Column("Clip"), Column("Votes (n)", numeric=True), Column("Share", numeric=True)]
    columns += [Column(METRICS[metric].title, numeric=True) for metric in metrics]
    deltas = points.pivot_table(index="src", columns="metric", values="delta")
    shares = points.drop_duplicates("src").set_index("src")
    order = [src.id for src in data.study.src if src.id in shares.index]
    rows = tuple(
        (
            data.titles[src],
            f"{int(shares['n_votes'][src]):,}",
            percent(float(shares["share"][src])),
            *(signed(float(deltas[metric].get(src, float("nan"))), metric) for metric in metrics),
        )
        for src in order
    )
    return TableBlock(f"Share for the test HRC (a tie counts half) and differences, {name}", tuple(columns), rows)
