"""What the votes say of all HRCs together: one scale, who was preferred to whom, and whether sides mattered."""

from collections.abc import Sequence

import pandas as pd

from qualab.charts.matrix import win_matrix
from qualab.charts.position import sides
from qualab.charts.scaling import scale_chart
from qualab.report.data import ReportData
from qualab.report.document import Block, Column, Facts, Fold, Heading, Paragraph, TableBlock
from qualab.report.pairs import figure_block
from qualab.stats.analysis import Role
from qualab.stats.findings.find import Findings
from qualab.stats.findings.roles import title_of
from qualab.stats.findings.wording import NONE, decimal, p_text, percent, percent_range, pluralize, signed, signed_range
from qualab.stats.result import Result

_MEANT = (
    "A difference of 1 JOD means that 75% of votes prefer the better one. The middle of the scale is the mean of all"
    " HRCs; it speaks of these clips and the population of viewers (E1)."
)
_EFFECTS = {
    "deviance": "Deviance against the saturated fit",
    "deviance_df": "Its degrees of freedom",
    "deviance_p": "p of the fit (small: the scale does not hold all of what the votes say)",
    "order_effect": "Log odds of the HRC shown left",
    "order_effect_se": "Its standard error",
    "circular_triads": "Circular triads in complete tournaments of a viewer",
    "n_tournaments": "Complete tournaments",
    "nu": "nu: a tie's odds between two equal HRCs",
}
_FEW_DIFFERENCES = 10


def scale_blocks(data: ReportData, findings: Findings, votes: pd.DataFrame) -> list[Block]:
    """Return the scales with their differences, and the matrix of wins; nothing for a single pair."""
    blocks: list[Block] = []
    for place, row in enumerate(findings.all(Role.SCALE, pair=None, src=None, group=None)):
        # Where there is no scale, the first says why.
        if row.scale or (row.note and place == 0):
            blocks += _scale(data, findings, row)
    if len(votes[["hrc_a", "hrc_b"]].drop_duplicates()) > 1:
        caption = "How many of the votes preferred the HRC of the row to that of the column; a tie counts half."
        figure = win_matrix(votes, hrcs=data.hrcs)
        blocks += [Heading("Who was preferred to whom"), figure_block(caption, figure, simulated=findings.is_simulated)]
    return blocks


def _scale(data: ReportData, findings: Findings, row: Result) -> list[Block]:
    mark = "simulated " if findings.is_simulated else ""
    votes, viewers = pluralize(row.n_votes, f"{mark}vote"), pluralize(row.n_subjects, "viewer")
    blocks: list[Block] = [Heading(f"One scale of all HRCs ({title_of(row)})")]
    if not row.scale:
        return [*blocks, Paragraph(f"{votes} by {viewers}: {row.note}.")]
    caption = (
        f"Where the HRCs stand, from {votes} by {viewers} on {pluralize(row.n_srcs, 'clip')}; {data.level} intervals."
    )
    figure = figure_block(caption, scale_chart(row, hrcs=data.hrcs), simulated=findings.is_simulated)
    blocks += [Paragraph(_MEANT), figure, _places(data, row)]
    differences = _differences(data, row)
    blocks.append(differences if len(row.differences) <= _FEW_DIFFERENCES else _folded(differences))
    facts = [
        (title, _number(key, value)) for key, title in _EFFECTS.items() if (value := row.effects.get(key)) is not None
    ]
    facts += [("Note", note) for note in row.note.split("; ") if note]
    return [*blocks, *([Facts(tuple(facts))] if facts else [])]


def _folded(table: TableBlock) -> Fold:
    return Fold(f"{pluralize(len(table.rows), 'difference')} between HRCs", (table,))


def _number(key: str, value: float) -> str:
    if key == "deviance_p":
        return p_text(value)
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e9 else decimal(value, 3)


def _places(data: ReportData, row: Result) -> TableBlock:
    columns = (
        Column("HRC"),
        *_columns("JOD", data),
        *_columns("Log odds", data),
        Column("standard error", numeric=True, group="Log odds"),
        Column("Held by a penalty"),
    )
    ordered = sorted(row.scale, key=lambda scaled: -scaled.estimate)
    rows = tuple(
        (
            scaled.hrc,
            signed(scaled.jod),
            signed_range(scaled.jod_ci),
            signed(scaled.estimate),
            signed_range(scaled.ci),
            f"{scaled.se:.3f}",
            "yes" if scaled.is_penalised else "no",
        )
        for scaled in ordered
    )
    return TableBlock(f"Places on the scale; n = {pluralize(row.n_votes, 'vote')}", columns, rows)


def _differences(data: ReportData, row: Result) -> TableBlock:
    columns = (
        Column("Difference"),
        *_columns("JOD", data),
        Column("p", numeric=True),
        Column("p, Holm", numeric=True),
    )
    rows = tuple(
        (
            f"{difference.pair[1]} over {difference.pair[0]}",
            signed(difference.jod),
            signed_range(difference.jod_ci),
            p_text(difference.p_value),
            p_text(difference.p_adjusted),
        )
        for difference in row.differences
    )
    return TableBlock(f"Every two HRCs; n = {pluralize(row.n_votes, 'vote')}", columns, rows)


def _columns(group: str, data: ReportData) -> tuple[Column, Column]:
    named = (("estimate", f"{data.level} interval"),)
    return tuple(Column(title, numeric=True, group=group) for title in named[0])  # type: ignore[return-value]


def side_blocks(data: ReportData, findings: Findings, votes: pd.DataFrame) -> list[Block]:
    """Return whether it mattered which picture stood left: a check on the design, not a finding."""
    results = [row for row in findings.all(Role.ORDER_EFFECT) if row.group is None and row.src is None]
    known = [row for row in results if row.estimate is not None]
    baseline_left = int((votes["hrc_a"] == votes["left_hrc"]).sum())
    facts = (("First HRC of the pair shown left", f"{baseline_left:,} of {len(votes):,} votes"),)
    blocks: list[Block] = [Heading("Sides")]
    if known:
        caption = f"Share of decided votes for the left picture with {data.level} intervals; 50% is no pull to a side."
        blocks.append(figure_block(caption, sides(_shown(known)), simulated=findings.is_simulated))
        blocks.append(_side_table(data, known))
    return [*blocks, Facts(facts)]


def _shown(results: Sequence[Result]) -> list[Result]:
    """Return the rows that a chart shows: of one pair its own row alone, which says the same as that of all."""
    pairs = [row for row in results if row.pair is not None]
    return pairs if len(pairs) == 1 else list(results)[:16]


def _side_table(data: ReportData, results: Sequence[Result]) -> TableBlock:
    columns = (
        Column("Pair"),
        Column("Decided votes (n)", numeric=True),
        Column("Left preferred", numeric=True),
        Column(f"{data.level} interval", numeric=True),
        Column("p", numeric=True),
        Column("Log odds without side", numeric=True),
    )
    rows = tuple(
        (
            "All pairs" if row.pair is None else f"{row.pair[1]} against {row.pair[0]}",
            f"{row.counts.get('n_a', 0) + row.counts.get('n_b', 0):,}",
            percent(row.estimate),
            percent_range(row.ci),
            p_text(row.p_value),
            _logit(row),
        )
        for row in _shown(results)
    )
    return TableBlock("Votes for the left picture", columns, rows)


def _logit(row: Result) -> str:
    value, error = row.effects.get("b0"), row.effects.get("b0_se")
    return NONE if value is None or error is None else f"{signed(value)} (standard error {error:.2f})"
