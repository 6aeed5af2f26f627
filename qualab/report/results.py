"""The chapters of results: those of real votes, and those of simulated ones apart and marked."""

import pandas as pd

from qualab.charts.response import response_times
from qualab.report.data import ReportData, viewers_in
from qualab.report.document import Block, Callout, Column, Facts, Heading, Paragraph, Section, TableBlock
from qualab.report.pairs import figure_block, pair_blocks
from qualab.report.scale import scale_blocks, side_blocks
from qualab.stats.analysis import Role
from qualab.stats.findings.advice import WATCHED
from qualab.stats.findings.find import Findings
from qualab.stats.findings.wording import NONE, p_text, percent, percent_range, pluralize
from qualab.stats.screening.rules import excluded, without

_REASONS = {
    "checks": "on checks of the viewers",
    "invalid": "after playback that broke a rule of the study",
    "withdrawn": "by viewers who withdrew",
}


def section(data: ReportData) -> Section | None:
    """Return the chapter of real votes; without votes it says what to do. None for a study that is not voted on."""
    blocks = _chapter(data, simulated=False)
    if not blocks and not data.study.voting.enabled:
        return None
    return Section("results", "Results", tuple(blocks or [_missing(data)]))


def simulated_section(data: ReportData) -> Section | None:
    """Return the chapter of simulated votes, or None where there are none."""
    blocks = _chapter(data, simulated=True)
    if not blocks:
        return None
    text = (
        "These votes come from a random generator, not from people. They rehearse the study; they say nothing about"
        " the clips and enter no other chapter."
    )
    return Section("simulated", "Simulated votes", (Callout("simulated", "Simulated", text), *blocks), simulated=True)


def _missing(data: ReportData) -> Callout:
    if data.launches:
        return Callout("caution", "No votes yet", "The study is launched; nobody has voted so far.")
    return Callout("caution", "No votes yet", f"Invite viewers: qualab launch {data.study.id}")


def _chapter(data: ReportData, *, simulated: bool) -> list[Block]:
    findings, votes = data.findings_of(simulated=simulated), data.votes_of(simulated=simulated)
    if findings is None or votes.empty:
        return []
    blocks: list[Block] = [Paragraph(_lead(data, simulated=simulated))]
    if findings.is_watched:
        return [*blocks, Callout("caution", "Viewers may still vote", WATCHED), *_watched(data, findings)]
    left_out = [] if findings.checks.empty else excluded(findings.checks)
    votes = without(votes, left_out)
    there = [row.pair for row in findings.results if row.pair and row.n_votes]
    for pair in dict.fromkeys([*data.study.pairs(), *there]):
        blocks += pair_blocks(data, findings, pair) if pair in there else []
    return [
        *blocks,
        *scale_blocks(data, findings, votes),
        *side_blocks(data, findings, votes),
        *_times(votes, simulated=simulated),
    ]


def _lead(data: ReportData, *, simulated: bool) -> str:
    votes = data.votes_of(simulated=simulated)
    mark = "simulated " if simulated else ""
    return (
        f"{pluralize(len(votes), f'{mark}vote')} by {pluralize(viewers_in(votes), f'{mark}viewer')} on"
        f" {pluralize(votes['src'].nunique(), 'clip')}, to the question “{data.study.voting.question}”."
        f" Intervals are at {data.level}.{_left_out(data, simulated=simulated)}{_screened(data, simulated=simulated)}"
    )


def _left_out(data: ReportData, *, simulated: bool) -> str:
    """Return a sentence about the answers that do not count, nothing where all do."""
    counts = {_REASONS[why]: n for why, n in data.left_out(simulated=simulated).items() if n}
    if not counts:
        return ""
    named = ", ".join(f"{n} {why}" for why, n in counts.items())
    return f" {pluralize(sum(counts.values()), 'further answer')} not counted: {named}."


def _screened(data: ReportData, *, simulated: bool) -> str:
    """Return whose votes the results leave out by rules frozen at launch, nothing where nobody's."""
    findings = data.findings_of(simulated=simulated)
    gone = [] if findings is None or findings.checks.empty else excluded(findings.checks)
    if not gone:
        return ""
    return f" {pluralize(len(gone), 'viewer')} left out by rules frozen at launch: results are those of the others."


def _watched(data: ReportData, findings: Findings) -> list[Block]:
    """Return the only numbers that may be looked at while votes come in."""
    columns = (
        Column("Pair"),
        Column("Votes (n)", numeric=True),
        Column("Viewers", numeric=True),
        Column("Mean preference", numeric=True),
        Column(f"{data.level} interval at all times", numeric=True),
        Column("E-value", numeric=True),
        Column("Always-valid p", numeric=True),
    )
    rows = tuple(
        (
            f"{row.pair[1]} against {row.pair[0]}" if row.pair else "All pairs",
            f"{row.n_votes:,}",
            f"{row.n_subjects:,}",
            percent(row.estimate),
            percent_range(row.ci),
            NONE if row.effects.get("e_value") is None else f"{row.effects['e_value']:.3g}",
            p_text(row.p_value),
        )
        for row in findings.all(Role.WATCHING)
    )
    return [TableBlock("What holds at whatever moment one looks", columns, rows)] if rows else []


def _times(votes: pd.DataFrame, *, simulated: bool) -> list[Block]:
    times = pd.to_numeric(votes["response_ms"], errors="coerce").dropna() / 1000
    if times.empty:
        return []
    middle = f"{times.median():.1f} s (n = {pluralize(len(times), 'vote')})"
    caption = "How long viewers took to answer after the end of the clips."
    return [
        Heading("Answer times"),
        Facts((("Median answer time", middle),)),
        figure_block(caption, response_times(votes), simulated=simulated),
    ]
