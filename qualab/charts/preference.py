"""Charts of votes: which HRC viewers preferred, by how much, and how sure that is."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from qualab.charts.theme import BASELINE_COLOUR, RULE, empty_chart, inert, styles, themed
from qualab.stats.result import Result

_TIE_COLOUR = "#b8a24a"


def preference_forest(
    results: Sequence[Result], *, hrcs: Sequence[str] = (), titles: Mapping[str, str] | None = None
) -> go.Figure:
    """Return a forest plot of shares preferring the test HRC: pair by pair, all clips first, then each clip.

    The line at 50% is indifference; a row whose interval crosses it does not tell the two apart. Every row
    names its votes and viewers; the p-value stands with the interval when pointed at.

    Args:
        results: results with a pair; others are left out.
        hrcs: HRCs in the study's order, the baseline first, for colours that agree with other charts.
        titles: display titles by SRC id.
    """
    rows = _ordered(results)
    if not rows:
        return empty_chart("No votes yet")
    several = len({row.pair for row in rows}) > 1
    figure = themed(go.Figure(), height=110 + 46 * len(rows))
    for overall in (True, False):
        _add_marks(figure, rows, hrcs, overall=overall)
    figure.add_vline(x=50, line={"color": BASELINE_COLOUR, "width": 1.5, "dash": "dot"})
    for place in range(1, len(rows)):
        if rows[place].src is None:
            figure.add_hline(y=place - 0.5, line={"color": RULE, "width": 1})
    figure.update_yaxes(
        range=[len(rows) - 0.5, -0.5],
        tickvals=list(range(len(rows))),
        ticktext=[_row_label(row, titles or {}, several) for row in rows],
        showgrid=False,
        zeroline=False,
    )
    figure.update_xaxes(
        range=[-2, 102],
        tickvals=[0, 25, 50, 75, 100],
        ticktext=["0%", "25%", "50%", "75%", "100%"],
        zeroline=False,
        title={"text": _axis(rows)},
    )
    return figure.update_layout(showlegend=False)


def _ordered(results: Sequence[Result]) -> list[Result]:
    pairs = list(dict.fromkeys(row.pair for row in results if row.pair))
    return [
        row
        for pair in pairs
        for overall in (True, False)
        for row in results
        if row.pair == pair and (row.src is None) is overall
    ]


def _axis(rows: Sequence[Result]) -> str:
    pairs = {row.pair for row in rows}
    pair = rows[0].pair
    if len(pairs) == 1 and pair:
        return inert(f"share preferring {pair[1]}", limit=40)
    return "share preferring the test HRC"


def _row_label(row: Result, titles: Mapping[str, str], several: bool) -> str:
    name = "All clips" if row.src is None else titles.get(row.src, row.src)
    if several and row.src is None and row.pair:
        name = f"{row.pair[1]}: all clips"
    shown = inert(name, limit=24)
    if row.src is None:
        shown = f"<b>{shown}</b>"
    return f"{shown}<br><span style='font-size:11px'>n = {row.n_votes} votes, {row.n_subjects} viewers</span>"


def _add_marks(figure: go.Figure, rows: Sequence[Result], hrcs: Sequence[str], *, overall: bool) -> None:
    places = [place for place, row in enumerate(rows) if (row.src is None) is overall and row.estimate is not None]
    colours = {place: _colour(rows[place], hrcs) for place in places}
    for colour in dict.fromkeys(colours.values()):
        drawn = [place for place in places if colours[place] == colour]
        figure.add_trace(_marks([rows[place] for place in drawn], drawn, colour=colour, overall=overall))


def _colour(row: Result, hrcs: Sequence[str]) -> str:
    pair = row.pair or ("", "")
    return styles([*dict.fromkeys([*hrcs, *pair])])[pair[1]].colour


def _marks(rows: Sequence[Result], places: Sequence[int], *, colour: str, overall: bool) -> go.Scatter:
    shares = [100 * (row.estimate or 0.0) for row in rows]
    above = [100 * row.ci[1] - share if row.ci else 0.0 for row, share in zip(rows, shares, strict=True)]
    below = [share - 100 * row.ci[0] if row.ci else 0.0 for row, share in zip(rows, shares, strict=True)]
    return go.Scatter(
        x=shares,
        y=list(places),
        mode="markers",
        marker={"color": colour, "size": 13 if overall else 9, "symbol": "diamond" if overall else "circle"},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": above,
            "arrayminus": below,
            "color": colour,
            "thickness": 2.5 if overall else 1.5,
            "width": 0,
        },
        text=[_hover(row) for row in rows],
        hovertemplate="%{text}<extra></extra>",
    )


def _hover(row: Result) -> str:
    lines = [f"{100 * (row.estimate or 0.0):.0f}% of {row.n_votes} votes by {row.n_subjects} viewers"]
    if row.ci:
        lines.append(f"interval {100 * row.ci[0]:.0f}% to {100 * row.ci[1]:.0f}%")
    if row.p_value is not None:
        lines.append(f"p = {row.p_value:.3g} ({row.analysis})")
    if row.note:
        lines.append(row.note)
    return "<br>".join(inert(line) for line in lines)


def share_bar(result: Result, *, hrcs: Sequence[str] = ()) -> go.Figure:
    """Return one bar of all votes of a result: baseline, tie, test HRC, each with its count of n."""
    total = result.n_votes
    if not total or not result.pair:
        return empty_chart("No votes yet")
    baseline, test = result.pair
    parts = (
        (baseline, "n_a", BASELINE_COLOUR),
        ("no preference", "n_tie", _TIE_COLOUR),
        (test, "n_b", _colour(result, hrcs)),
    )
    figure = themed(go.Figure(), height=110)
    for name, key, colour in parts:
        count = int(result.counts.get(key, 0))
        if not count and key == "n_tie":
            continue
        figure.add_bar(
            x=[count],
            y=[0],
            orientation="h",
            name=inert(name),
            marker={"color": colour},
            text=[f"{count} of {total}"] if count else [""],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            textfont={"color": "#10151b", "size": 14},
            hovertemplate=f"%{{fullData.name}}: {count} of {total}<extra></extra>",
        )
    figure.update_xaxes(range=[0, total], visible=False)
    figure.update_yaxes(visible=False)
    return figure.update_layout(barmode="stack", bargap=0.1, legend={"traceorder": "normal"})
