"""Charts of votes: which HRC viewers preferred, by how much, and how sure that is."""

from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go

from qualab.charts.intervals import Mark, in_rows, interval_marks, small
from qualab.charts.theme import BASELINE_COLOUR, INK, RULE, empty_chart, inert, styles, themed
from qualab.stats.analysis import Role
from qualab.stats.findings.roles import role_of, title_of
from qualab.stats.findings.wording import interval, level, p_phrase, p_text, percent, percent_range
from qualab.stats.result import Result

_TIE_COLOUR = "#b8a24a"
# Room for the column of p-values right of 100%.
_P_AT, _P_END = 105, 127
_BAR = 0.62


def preference_forest(
    results: Sequence[Result], *, hrcs: Sequence[str] = (), titles: Mapping[str, str] | None = None
) -> go.Figure:
    """Return a forest plot of shares preferring the test HRC: pair by pair, all clips first, then clips or groups.

    The line at 50% is indifference; a row whose interval crosses it does not tell the two apart. Every row names its
    votes and viewers. At its end stands its p-value, the adjusted one where it is one of several.

    Args:
        results: results with a pair; others are left out.
        hrcs: HRCs in the study's order, the baseline first, for colours that agree with other charts.
        titles: display titles by SRC id.
    """
    rows = _ordered(results)
    if not rows:
        return empty_chart("No votes yet")
    several = len({row.pair for row in rows}) > 1
    figure = in_rows(go.Figure(), [_row_label(row, titles or {}, several) for row in rows])
    for overall in (True, False):
        _add_marks(figure, rows, hrcs, overall=overall)
    _add_p_values(figure, rows)
    figure.add_vline(x=50, line={"color": BASELINE_COLOUR, "width": 1.5, "dash": "dot"})
    for place in range(1, len(rows)):
        if _is_overall(rows[place]) != _is_overall(rows[place - 1]) or rows[place].pair != rows[place - 1].pair:
            figure.add_hline(y=place - 0.5, line={"color": RULE, "width": 1})
    figure.update_xaxes(
        range=[-2, _P_END],
        tickvals=[0, 25, 50, 75, 100],
        ticktext=["0%", "25%", "50%", "75%", "100%"],
        zeroline=False,
        title={"text": _axis(rows)},
    )
    return figure.update_layout(showlegend=False)


def _is_overall(row: Result) -> bool:
    return row.src is None and row.group is None


def _ordered(results: Sequence[Result]) -> list[Result]:
    pairs = list(dict.fromkeys(row.pair for row in results if row.pair))
    return [
        row
        for pair in pairs
        for overall in (True, False)
        for row in results
        if row.pair == pair and _is_overall(row) is overall
    ]


def _axis(rows: Sequence[Result]) -> str:
    pairs = {row.pair for row in rows}
    pair = rows[0].pair
    if len(pairs) == 1 and pair:
        return inert(f"share preferring {pair[1]}", limit=40)
    return "share preferring the test HRC"


def _row_label(row: Result, titles: Mapping[str, str], several: bool) -> str:
    if row.group is not None:
        name = row.group
    elif row.src is not None:
        name = titles.get(row.src, row.src)
    else:
        name = "Clips like these" if row.estimand == "E2" else "All clips"
        name = f"{row.pair[1]}: {name.lower()}" if several and row.pair else name
    shown = inert(name, limit=24)
    if _is_overall(row):
        shown = f"<b>{shown}</b>"
    return f"{shown}<br>{small(f'n = {row.n_votes} votes, {row.n_subjects} viewers')}"


def _add_marks(figure: go.Figure, rows: Sequence[Result], hrcs: Sequence[str], *, overall: bool) -> None:
    places = [place for place, row in enumerate(rows) if _is_overall(row) is overall and row.estimate is not None]
    colours = {place: _colour(rows[place], hrcs) for place in places}
    look = {"symbol": "diamond", "size": 13, "thickness": 2.5} if overall else {"size": 9, "thickness": 1.5}
    for colour in dict.fromkeys(colours.values()):
        marks = [_mark(rows[place], place) for place in places if colours[place] == colour]
        figure.add_trace(interval_marks(marks, colour=colour, **look))


def _colour(row: Result, hrcs: Sequence[str]) -> str:
    pair = row.pair or ("", "")
    return styles([*dict.fromkeys([*hrcs, *pair])])[pair[1]].colour


def _mark(row: Result, place: int) -> Mark:
    share = 100 * (row.estimate or 0.0)
    low, high = (100 * row.ci[0], 100 * row.ci[1]) if row.ci else (share, share)
    return Mark(place, share, low, high, _hover(row))


def _hover(row: Result) -> str:
    lines = [f"{percent(row.estimate or 0.0)} of {row.n_votes} votes by {row.n_subjects} viewers"]
    if row.ci:
        lines.append(interval(row))
    if row.p_value is not None:
        lines.append(f"{p_phrase(row.p_value)} ({title_of(row)})")
    if row.p_adjusted is not None:
        lines.append(f"{p_phrase(row.p_adjusted)} adjusted for testing several (Holm)")
    if row.note:
        lines.append(row.note)
    return "<br>".join(inert(line) for line in lines)


def _add_p_values(figure: go.Figure, rows: Sequence[Result]) -> None:
    """Write the p-values at the rows' ends, those that are meant to be read: adjusted ones where there are."""
    values = [row.claim_p for row in rows]
    if all(value is None for value in values):
        return
    texts = ["" if value is None else inert(p_text(value)) for value in values]
    figure.add_scatter(
        x=[_P_AT] * len(rows),
        y=list(range(len(rows))),
        mode="text",
        text=texts,
        textposition="middle right",
        textfont={"size": 12},
        hoverinfo="skip",
        cliponaxis=False,
    )
    figure.add_annotation(
        x=_P_AT + 2, y=1, yref="paper", text="<i>p</i>", showarrow=False, xanchor="left", yanchor="bottom"
    )


def share_bar(result: Result, *, hrcs: Sequence[str] = ()) -> go.Figure:
    """Return one bar of all votes of a result: test HRC, ties, baseline, each with its count of n.

    Below it the share, a tie counting half, with its interval against the line at 50%: six votes show as what they are.
    """
    total = result.n_votes
    if not total or not result.pair:
        return empty_chart("No votes yet")
    baseline, test = result.pair
    parts = (
        (test, "n_b", _colour(result, hrcs)),
        ("no preference", "n_tie", _TIE_COLOUR),
        (baseline, "n_a", BASELINE_COLOUR),
    )
    figure = themed(go.Figure(), height=176 if result.ci else 110)
    for name, key, colour in parts:
        count = int(result.counts.get(key, 0))
        if not count and key == "n_tie":
            continue
        figure.add_bar(
            x=[count],
            y=[0],
            width=_BAR,
            orientation="h",
            name=inert(name, limit=28),
            marker={"color": colour},
            text=[f"{count} of {total}"] if count else [""],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            textfont={"color": "#10151b", "size": 14},
            hovertemplate=f"%{{fullData.name}}: {count} of {total}<extra></extra>",
        )
    _add_interval(figure, result)
    figure.update_yaxes(visible=False)
    return figure.update_layout(barmode="stack", legend={"traceorder": "normal"})


def _add_interval(figure: go.Figure, result: Result) -> None:
    """Draw the share with its interval below the bar, and write both beside it, where there is room."""
    total, share = result.n_votes, result.estimate
    if result.ci is None or share is None:
        figure.update_xaxes(range=[0, total], visible=False)
        return
    low, high = result.ci
    lasting = " at all times" if role_of(result) is Role.WATCHING else ""
    text = f"{percent(share)}, {level(result.alpha)} interval{lasting} {percent_range(result.ci)}"
    mark = Mark(1, share * total, low * total, high * total, text)
    trace = interval_marks([mark], colour=INK, symbol="diamond", size=11, thickness=4)
    figure.add_trace(trace.update(name="share and interval", showlegend=False, cliponaxis=False))
    figure.add_annotation(
        x=total * (low + high) / 2, y=1.62, text=text, showarrow=False, font={"size": 12}, xanchor=_anchor(low, high)
    )
    line = {"color": INK, "width": 1.5, "dash": "dot"}
    figure.add_shape(type="line", x0=total / 2, x1=total / 2, y0=0.4, y1=1.35, line=line)
    figure.update_yaxes(range=[2, -0.45])
    ticks = [total * part / 4 for part in range(5)]
    figure.update_xaxes(range=[0, total], tickvals=ticks, ticktext=["0%", "25%", "50%", "75%", "100%"], zeroline=False)


def _anchor(low: float, high: float) -> str:
    """Return how text stands at the middle of an interval so that it stays in the chart."""
    middle = (low + high) / 2
    return "left" if middle < 0.3 else "right" if middle > 0.7 else "center"


def score_bars(votes: pd.DataFrame, *, hrcs: Sequence[str] = ()) -> go.Figure:
    """Return how many votes on one pair gave each score, from -3 (hrc_b is much worse) to 3 (much better)."""
    given = votes["score"].dropna()
    if given.empty:
        return empty_chart("No scores yet")
    pair = str(votes["hrc_a"].iloc[0]), str(votes["hrc_b"].iloc[0])
    colour = styles([*dict.fromkeys([*hrcs, *pair])])[pair[1]].colour
    counts = given.astype(int).value_counts()
    steps = list(range(-3, 4))
    figure = go.Figure(
        go.Bar(
            x=steps,
            y=[int(counts.get(step, 0)) for step in steps],
            text=[str(counts.get(step, 0)) for step in steps],
            textposition="outside",
            cliponaxis=False,
            marker={"color": [BASELINE_COLOUR if step < 0 else _TIE_COLOUR if not step else colour for step in steps]},
            hovertemplate=f"%{{y}} of {len(given)} votes<extra></extra>",
        )
    )
    figure = themed(figure, height=240)
    names = [inert(f"{step:+d}".replace("-", "\u2212")) if step else "0" for step in steps]
    figure.update_xaxes(tickvals=steps, ticktext=names, title={"text": inert(f"how much better {pair[1]} looked", 48)})
    figure.update_yaxes(title={"text": "votes"}, rangemode="tozero", zeroline=False)
    return figure.update_layout(bargap=0.25, margin={"t": 28})
