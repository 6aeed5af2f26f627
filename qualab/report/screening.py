"""The chapter of screening: who was left out, by which rule, and what the results would be with everybody."""

import pandas as pd

from qualab.report.data import ReportData
from qualab.report.document import Block, Column, Fold, Paragraph, Section, TableBlock
from qualab.stats.analysis import Role
from qualab.stats.findings.find import Findings
from qualab.stats.findings.wording import p_text, percent, percent_range, pluralize
from qualab.stats.screening.rules import RULES, excluded

_LEAD = (
    "Rules were frozen at launch; none looks at what was preferred. Checks whose rule leaves nobody out are shown all"
    " the same."
)


def section(data: ReportData) -> Section | None:
    """Return the chapter of the real viewers; None where nothing was checked."""
    findings = data.findings_of(simulated=False)
    if findings is None or (findings.checks.empty and not findings.all(Role.SCREENING)):
        return None
    left_out = [] if findings.checks.empty else excluded(findings.checks)
    blocks: list[Block] = [Paragraph(f"{_LEAD} {_left_out_sentence(findings, left_out)}")]
    if not findings.checks.empty:
        blocks.append(_rules(findings.checks))
    blocks += _with_and_without(data, findings)
    if not findings.checks.empty and (failed := _failed(findings.checks)):
        blocks.append(Fold("Every failed check", (failed,)))
    return Section("screening", "Screening of viewers", tuple(blocks))


def _left_out_sentence(findings: Findings, left_out: list[str]) -> str:
    viewers = findings.checks["subject"].nunique() if not findings.checks.empty else 0
    if not left_out:
        return f"Nobody of {pluralize(viewers, 'viewer')} is left out."
    return f"{len(left_out)} of {pluralize(viewers, 'viewer')} left out: {', '.join(left_out)}."


def _rules(checks: pd.DataFrame) -> TableBlock:
    columns = (
        Column("Check"),
        Column("What it looks at"),
        Column("Viewers (n)", numeric=True),
        Column("Passed", numeric=True),
        Column("Failed", numeric=True),
        Column("Leaves out who fails"),
    )
    rows = []
    for rule, part in checks.groupby("rule", sort=False):
        applies = part[part["passed"].notna()]
        failed = int(applies["passed"].eq(False).sum())
        leaves = "yes" if part["excludes"].eq(True).any() else "no"
        counts = (str(len(applies)), str(len(applies) - failed), str(failed))
        rows.append((_title(rule), _meaning(rule), *counts, leaves))
    return TableBlock("Checks of viewers; those to whom one does not apply are not counted", columns, tuple(rows))


def _title(rule: object) -> str:
    known = RULES.get(str(rule))
    return known.title if known else str(rule)


def _meaning(rule: object) -> str:
    known = RULES.get(str(rule))
    return known.meaning if known else ""


def _with_and_without(data: ReportData, findings: Findings) -> list[Block]:
    """Return the headline of each pair without those left out, and with everybody."""
    rows = []
    for row in findings.all(Role.SCREENING):
        if not row.pair or row.estimate is None:
            continue
        name, effects = f"{row.pair[1]} against {row.pair[0]}", row.effects
        rows.append(
            (name, "without", str(row.n_subjects), percent(row.estimate), percent_range(row.ci), p_text(row.p_value))
        )
        low, high = effects.get("low_all"), effects.get("high_all")
        ends = None if low is None or high is None else (low, high)
        viewers, share = f"{effects.get('n_subjects_all') or 0:.0f}", percent(effects.get("estimate_all"))
        rows.append((name, "with", viewers, share, percent_range(ends), p_text(effects.get("p_all"))))
    if not rows:
        return []
    columns = (
        Column("Pair"),
        Column("Viewers left out"),
        Column("Viewers (n)", numeric=True),
        Column("Share", numeric=True),
        Column(f"{data.level} interval", numeric=True),
        Column("p", numeric=True),
    )
    return [TableBlock("Results without and with the viewers left out", columns, tuple(rows))]


def _failed(checks: pd.DataFrame) -> TableBlock | None:
    rows = checks[checks["passed"].eq(False)]
    if rows.empty:
        return None
    columns = (Column("Viewer"), Column("Check"), Column("What was seen"), Column("Left out"))
    cells = tuple(
        (str(row["subject"]), _title(row["rule"]), str(row["value"]), _yes(row["excludes"]))
        for row in rows.to_dict("records")
    )
    return TableBlock("Viewers are numbers", columns, cells)


def _yes(value: object) -> str:
    return "yes" if value is True else "no"
