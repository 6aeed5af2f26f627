"""The chapters of votes: the real ones, and the simulated ones apart and marked."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from qualab.charts.preference import preference_forest, share_bar
from qualab.charts.theme import watermark
from qualab.report.data import ReportData, viewers_in
from qualab.report.document import Block, Callout, Column, Facts, FigureBlock, Heading, Paragraph, Section, TableBlock
from qualab.report.numbers import NONE, counted, interval, p_text, percent
from qualab.stats.result import Result
from qualab.terms import ESTIMANDS

_MARK = "SIMULATED"
_COLUMNS = (
    Column("Clip"),
    Column("Votes (n)", numeric=True),
    Column("Viewers", numeric=True),
    Column("Baseline", numeric=True, group="Preferred"),
    Column("Tie", numeric=True, group="Preferred"),
    Column("Test", numeric=True, group="Preferred"),
    Column("Share", numeric=True),
)


def section(data: ReportData) -> Section:
    """Return the chapter of real votes; without votes it says what to do."""
    return Section("votes", "Votes", tuple(_chapter(data, simulated=False) or [_missing(data)]))


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
    votes = data.votes_of(simulated=simulated)
    results = [row for row in data.results_of(simulated=simulated) if row.pair and row.n_votes]
    blocks: list[Block] = []
    if not votes.empty:
        blocks.append(Paragraph(_lead(data, votes, simulated=simulated)))
    for pair in dict.fromkeys([*data.study.pairs(), *(row.pair for row in results if row.pair)]):
        rows = [row for row in results if row.pair == pair]
        blocks += _pair(data, pair, rows, simulated=simulated) if rows else []
    if not votes.empty:
        blocks += [Heading("Sides and answer times"), _sides(votes)]
    return blocks


def _lead(data: ReportData, votes: pd.DataFrame, *, simulated: bool) -> str:
    mark = "simulated " if simulated else ""
    return (
        f"{counted(len(votes), f'{mark}vote')} by {counted(viewers_in(votes), f'{mark}viewer')} on"
        f" {counted(votes['src'].nunique(), 'clip')}, to the question “{data.study.voting.question}”."
        f" Intervals are at {data.level}. The claim is the row of all clips; single clips are explorations."
        f"{_left_out(data, simulated=simulated)}"
    )


def _left_out(data: ReportData, *, simulated: bool) -> str:
    """Return a sentence about the answers that do not count, nothing where all do."""
    reasons = {
        "checks": "on checks of the viewers",
        "invalid": "after playback that broke a rule of the study",
        "withdrawn": "by viewers who withdrew",
    }
    found = {reasons[why]: n for why, n in data.left_out(simulated=simulated).items() if n}
    if not found:
        return ""
    named = ", ".join(f"{n} {why}" for why, n in found.items())
    return f" {counted(sum(found.values()), 'further answer')} not counted: {named}."


def _pair(data: ReportData, pair: tuple[str, str], results: Sequence[Result], *, simulated: bool) -> list[Block]:
    def drawn(figure: go.Figure) -> go.Figure:
        return watermark(figure, _MARK) if simulated else figure

    places: dict[str | None, int] = {src.id: place for place, src in enumerate(data.study.src, 1)} | {None: 0}
    ordered = sorted(results, key=lambda row: places.get(row.src, len(places)))
    mark = "simulated " if simulated else ""
    name = f"{pair[1]} against {pair[0]}"
    caption = (
        f"Share of {mark}votes for {pair[1]} with {data.level} intervals. An interval that holds 50%, the dotted line,"
        " does not tell the two apart."
    )
    blocks: list[Block] = [Heading(name)]
    if ordered[0].src is None:
        n_votes, n_subjects = counted(ordered[0].n_votes, f"{mark}vote"), counted(ordered[0].n_subjects, "viewer")
        caption_all = f"All {n_votes} by {n_subjects}."
        blocks.append(FigureBlock(caption_all, drawn(share_bar(ordered[0], hrcs=data.hrcs))))
    blocks.append(FigureBlock(caption, drawn(preference_forest(ordered, hrcs=data.hrcs, titles=data.titles))))
    blocks.append(_table(data, f"{mark.capitalize() or 'All '}votes on {name}", ordered))
    return [*blocks, _estimands(ordered), *_notes(data, ordered)]


def _estimands(results: Sequence[Result]) -> Paragraph:
    names = sorted({row.estimand for row in results})
    text = "; ".join(f"{name} speaks of {ESTIMANDS.get(name, 'what its name says')}" for name in names) + "."
    if any(row.counts.get("n_tie") for row in results):
        text += " In the share of all clips a tie counts half; the shares of single clips leave ties out."
    return Paragraph(text)


def _notes(data: ReportData, results: Sequence[Result]) -> list[Block]:
    """Return what the analyses remark, each remark once with the clips it is about."""
    found: dict[str, list[str]] = {}
    for row in results:
        if row.note:
            found.setdefault(row.note, []).append(_clip(data, row))
    rows = ((", ".join(names) if len(names) < 4 else f"{len(names)} clips", note) for note, names in found.items())
    return [Facts(tuple(rows))] if found else []


def _clip(data: ReportData, row: Result) -> str:
    return "All clips" if row.src is None else data.titles.get(row.src, row.src)


def _table(data: ReportData, caption: str, results: Sequence[Result]) -> TableBlock:
    columns = (
        *_COLUMNS,
        Column(f"{data.level} interval", numeric=True),
        Column("p", numeric=True),
        Column("Analysis"),
    )
    rows = tuple(
        (
            _clip(data, row),
            f"{row.n_votes:,}",
            f"{row.n_subjects:,}",
            *(f"{row.counts.get(key, 0):,}" for key in ("n_a", "n_tie", "n_b")),
            percent(row.estimate),
            interval(row.ci),
            p_text(row.p_value),
            f"{row.analysis}, {row.estimand}".replace("_", " ").replace(" ", "\u00a0"),
        )
        for row in results
    )
    return TableBlock(caption, columns, rows)


def _sides(votes: pd.DataFrame) -> Facts:
    """Return how often the left picture won and how long viewers took: a check on the design, not a finding."""
    decided = votes[votes["choice"].isin(["a", "b"])]
    chosen = decided["hrc_a"].where(decided["choice"] == "a", decided["hrc_b"])
    left = int((chosen == decided["left_hrc"]).sum())
    baseline_left = int((votes["hrc_a"] == votes["left_hrc"]).sum())
    times = pd.to_numeric(votes["response_ms"], errors="coerce").dropna() / 1000
    middle = f"{times.median():.1f} s (n = {len(times):,})" if len(times) else NONE
    return Facts(
        (
            ("Left picture preferred", f"{left:,} of {len(decided):,} decided votes"),
            ("Baseline shown left", f"{baseline_left:,} of {len(votes):,} votes"),
            ("Median answer time", middle),
        )
    )
