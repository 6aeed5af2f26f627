"""What the votes say of one pair: the share, what it speaks of, clip by clip, group by group."""

from collections.abc import Iterator, Sequence

import plotly.graph_objects as go

from qualab.charts.preference import preference_forest, share_bar
from qualab.charts.theme import watermark
from qualab.report.data import ReportData
from qualab.report.document import Block, Callout, Facts, FigureBlock, Heading, Points, TableBlock
from qualab.report.rows import claims, parts, reading, remarks
from qualab.stats.analysis import Role
from qualab.stats.findings.advice import conclusions, next_step, quotable
from qualab.stats.findings.find import Findings
from qualab.stats.findings.roles import OF_A_PAIR, role_of
from qualab.stats.findings.wording import NONE, pluralize, signed, signed_range
from qualab.stats.result import Result

_MARK = "SIMULATED"
# A chart of more rows than these fits on no page.
_MOST_ROWS = 16
_MOST_ALIKE = (
    "votes of one viewer are alike by rho = {:.2f}, votes on one clip by rho = {:.2f}: worth {:.0f} independent"
)


def figure_block(caption: str, figure: go.Figure, *, simulated: bool) -> FigureBlock:
    """Return a chart with its caption, both marked where the votes are simulated."""
    return (
        FigureBlock(f"{caption} All votes are simulated.", watermark(figure, _MARK))
        if simulated
        else FigureBlock(caption, figure)
    )


def pair_blocks(data: ReportData, findings: Findings, pair: tuple[str, str]) -> list[Block]:
    """Return everything on one pair, the sentence to quote first."""
    mark = "simulated " if findings.is_simulated else ""
    whole = findings.all(*OF_A_PAIR, pair=pair, src=None, group=None)
    step = next_step(findings, pair)
    name = f"{pair[1]} against {pair[0]}"
    blocks: list[Block] = [
        Heading(name),
        Callout("simulated" if findings.is_simulated else "note", "To quote", quotable(findings, pair)),
        *_bar(data, findings, pair),
        Points((*conclusions(findings, pair), f"What would help most: {step.step}. {step.why}")),
        claims(data, f"{mark.capitalize() or 'All '}votes on {name}, all clips", whole),
        *_effects(findings, pair),
        *_clips(data, findings, pair, mark),
        *_groups(data, findings, pair, mark),
    ]
    apart = (Role.AGREEMENT, Role.SCREENING)
    rows = [row for row in findings.results if row.pair == pair and role_of(row) not in apart]
    return [*blocks, *reading(rows), *remarks(data, rows)]


def _bar(data: ReportData, findings: Findings, pair: tuple[str, str]) -> list[Block]:
    overall = findings.one(Role.HEADLINE, pair=pair)
    if overall is None or not overall.n_votes:
        return []
    mark = "simulated " if findings.is_simulated else ""
    n_votes, n_subjects = pluralize(overall.n_votes, f"{mark}vote"), pluralize(overall.n_subjects, "viewer")
    caption = f"All {n_votes} by {n_subjects}; below, the share for {pair[1]} with its {data.level} interval."
    return [figure_block(caption, share_bar(overall, hrcs=data.hrcs), simulated=findings.is_simulated)]


def _effects(findings: Findings, pair: tuple[str, str]) -> list[Block]:
    """Return scores, and how alike votes are, where these were found."""
    rows: list[tuple[str, str]] = []
    for role, speaks in ((Role.HEADLINE, "these clips"), (Role.GENERAL, "clips like these")):
        row = findings.one(role, pair=pair)
        mean = row.effects.get("mean_score") if row else None
        if row and mean is not None:
            low, high = row.effects.get("mean_score_lo"), row.effects.get("mean_score_hi")
            ends = NONE if low is None or high is None else signed_range((low, high))
            text = f"{signed(mean)} (interval {ends}; n = {pluralize(row.n_votes, 'vote')})"
            rows.append((f"Mean score, {speaks}", f"{text}; −3 is much worse than {pair[0]}, +3 much better"))
    crossed = findings.one(Role.GENERAL, pair=pair)
    correlations = [crossed.effects.get(key) for key in ("rho_subject", "rho_clip", "n_effective")] if crossed else []
    numbers = [value for value in correlations if value is not None]
    if crossed and len(numbers) == 3:
        rows.append((f"What {pluralize(crossed.n_votes, 'vote')} are worth", _MOST_ALIKE.format(*numbers)))
    return [Facts(tuple(rows))] if rows else []


def _clips(data: ReportData, findings: Findings, pair: tuple[str, str], mark: str) -> list[Block]:
    places = {src.id: place for place, src in enumerate(data.study.src)}
    clips = [row for row in findings.results if row.pair == pair and row.src is not None and row.group is None]
    clips.sort(key=lambda row: places.get(row.src or "", len(places)))
    if not clips:
        return []
    claims = findings.all(Role.HEADLINE, Role.GENERAL, pair=pair, src=None, group=None)
    whole = [row for row in claims if row.estimate is not None]
    caption = (
        f"Share of {mark}votes for {pair[1]} with {data.level} intervals. An interval that holds 50%, the dotted line,"
        " does not tell the two apart."
    )
    return [*_forests(data, findings, whole, clips, caption), parts(data, f"Clip by clip: {mark}votes", clips)]


def _forests(
    data: ReportData, findings: Findings, whole: Sequence[Result], rows: Sequence[Result], caption: str
) -> Iterator[Block]:
    """Yield the rows as charts that fit on a page, the first with what is over all clips."""
    for first in range(0, len(rows), _MOST_ROWS):
        part = rows[first : first + _MOST_ROWS]
        shown = [*whole, *part] if first == 0 else part
        which = f" Rows {first + 1} to {first + len(part)} of {len(rows)}." if len(rows) > _MOST_ROWS else ""
        figure = preference_forest(shown, hrcs=data.hrcs, titles=data.titles)
        yield figure_block(caption + which, figure, simulated=findings.is_simulated)


def _groups(data: ReportData, findings: Findings, pair: tuple[str, str], mark: str) -> list[Block]:
    """Return tags of clips and groups of viewers; their p are corrected within each kind."""
    groups = [row for row in findings.all(Role.HEADLINE, pair=pair) if row.group is not None]
    if not groups:
        return []
    caption = f"Share of {mark}votes for {pair[1]}, group by group, with {data.level} intervals."
    table: TableBlock = parts(data, f"Group by group: {mark}votes", groups, first="Group")
    return [*_forests(data, findings, (), [row for row in groups if row.estimate is not None], caption), table]
