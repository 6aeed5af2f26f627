"""Results as tables of the report: a row each, and what the analyses remark beside them."""

import re
from collections.abc import Sequence

from qualab.report.data import ReportData
from qualab.report.document import Block, Column, Facts, Paragraph, TableBlock
from qualab.stats.analysis import Role
from qualab.stats.findings.roles import role_of, title_of
from qualab.stats.findings.wording import p_text, percent, percent_range, pluralize
from qualab.stats.result import Result
from qualab.study.terms import ESTIMANDS

_REACH = {"E1": "these clips (E1)", "E2": "clips like these (E2)"}
# What tables tell in columns of their own.
_IN_COLUMNS = re.compile(r"\d+ (tie|ties|votes?) .*left out.*|one of \d+ .*Holm.*")


def name_of(data: ReportData, row: Result) -> str:
    """Return what a result is about: a group, a clip, all clips."""
    if row.group is not None:
        return row.group
    return "All clips" if row.src is None else data.titles.get(row.src, row.src)


def claims(data: ReportData, caption: str, results: Sequence[Result]) -> TableBlock:
    """Return estimates over all clips, each with what it speaks of."""
    several = any(row.p_adjusted is not None for row in results)
    columns = (
        Column("Analysis"),
        Column("Speaks of"),
        Column("Votes (n)", numeric=True),
        Column("Viewers", numeric=True),
        Column("Clips", numeric=True),
        Column("Share", numeric=True),
        Column(f"{data.level} interval", numeric=True),
        Column("p", numeric=True),
        *([Column("p, Holm", numeric=True)] if several else []),
    )
    rows = tuple(
        (
            title_of(row) + (" (sensitivity)" if role_of(row) is Role.SENSITIVITY else ""),
            _REACH.get(row.estimand, row.estimand),
            f"{row.n_votes:,}",
            f"{row.n_subjects:,}",
            f"{row.n_srcs:,}",
            percent(row.estimate),
            percent_range(row.ci),
            p_text(row.p_value),
            *([p_text(row.p_adjusted)] if several else []),
        )
        for row in results
    )
    return TableBlock(caption, columns, rows)


def parts(data: ReportData, caption: str, results: Sequence[Result], *, first: str = "Clip") -> TableBlock:
    """Return one row for each clip or group with its counts."""
    several = any(row.p_adjusted is not None for row in results)
    columns = (
        Column(first),
        Column("Votes (n)", numeric=True),
        Column("Viewers", numeric=True),
        Column("Baseline", numeric=True, group="Preferred"),
        Column("Tie", numeric=True, group="Preferred"),
        Column("Test", numeric=True, group="Preferred"),
        Column("Share", numeric=True),
        Column(f"{data.level} interval", numeric=True),
        Column("p", numeric=True),
        *([Column("p, Holm", numeric=True)] if several else []),
        Column("Analysis"),
    )
    rows = tuple(
        (
            name_of(data, row),
            f"{row.n_votes:,}",
            f"{row.n_subjects:,}",
            *(f"{row.counts.get(key, 0):,}" for key in ("n_a", "n_tie", "n_b")),
            percent(row.estimate),
            percent_range(row.ci),
            p_text(row.p_value),
            *([p_text(row.p_adjusted)] if several else []),
            row.analysis.replace("_", "\u00a0"),
        )
        for row in results
    )
    speaks = " and ".join(
        f"{estimand}, {ESTIMANDS.get(estimand, estimand)}" for estimand in sorted({row.estimand for row in results})
    )
    return TableBlock(f"{caption}; {speaks}", columns, rows)


def remarks(data: ReportData, results: Sequence[Result]) -> list[Block]:
    """Return what the analyses remark, each remark once with the rows it is about."""
    names_by_note: dict[str, list[str]] = {}
    for row in results:
        for note in (part for part in row.note.split("; ") if part and not _IN_COLUMNS.fullmatch(part)):
            is_whole = row.src is None and row.group is None
            name = title_of(row) if is_whole else name_of(data, row)
            names_by_note.setdefault(note, []).append(name)
    rows = []
    for note, about in names_by_note.items():
        named = list(dict.fromkeys(about))
        rows.append((", ".join(named) if len(named) < 4 else pluralize(len(named), "row"), note))
    return [Facts(tuple(rows))] if rows else []


def reading(results: Sequence[Result]) -> list[Block]:
    """Return how the tables are to be read: ties, and p of several; nothing where there are neither."""
    sentences = []
    if any(row.counts.get("n_tie") for row in results):
        sentences.append("In the share of all clips a tie counts half; the shares of single clips leave ties out.")
    if any(row.p_adjusted is not None for row in results):
        sentences.append(
            "“p, Holm” is corrected for testing several: all pairs, the clips of a pair, the groups of a kind."
        )
    return [Paragraph(" ".join(sentences))] if sentences else []
