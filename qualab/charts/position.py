"""Did it matter on which side a picture stood?"""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from qualab.charts.intervals import Mark, in_rows, interval_marks, small
from qualab.charts.theme import COLOURS, INK, empty_chart, inert, styles, themed
from qualab.stats.findings.wording import interval, p_phrase, percent
from qualab.stats.result import Result


def sides(results: Sequence[Result]) -> go.Figure:
    """Return the share of decided votes for the left picture with its interval: a row for all pairs, and one a pair.

    The line at 50% is where it should be: an interval that holds it shows no pull to a side.

    Args:
        results: results of the analysis `position`; those without an estimate are left out.
    """
    rows = sorted((row for row in results if row.estimate is not None), key=lambda row: row.pair is not None)
    # Of one pair both rows would say the same.
    rows = rows[1:] if len(rows) == 2 and rows[0].pair is None else rows
    if not rows:
        return empty_chart("No decided vote with a known side")
    figure = in_rows(go.Figure(), [_label(row) for row in rows])
    for is_all, colour, size in ((True, INK, 12), (False, COLOURS[0], 9)):
        marks = [_mark(row, place) for place, row in enumerate(rows) if (row.pair is None) is is_all]
        if marks:
            symbol = "diamond" if is_all else "circle"
            figure.add_trace(interval_marks(marks, colour=colour, symbol=symbol, size=size))
    figure.add_vline(x=50, line={"color": INK, "width": 1.5, "dash": "dot"})
    figure.update_xaxes(
        range=[-2, 102],
        tickvals=[0, 25, 50, 75, 100],
        ticktext=["0%", "25%", "50%", "75%", "100%"],
        zeroline=False,
        title={"text": "share of decided votes for the left picture"},
    )
    return figure.update_layout(showlegend=False)


def _label(row: Result) -> str:
    name = "All pairs" if row.pair is None else f"{row.pair[1]} – {row.pair[0]}"
    return f"{inert(name, limit=32)}<br>{small(f'n = {_decided(row)} decided votes')}"


def _decided(row: Result) -> int:
    return int(row.counts.get("n_a", 0)) + int(row.counts.get("n_b", 0))


def _mark(row: Result, place: int) -> Mark:
    share = 100 * (row.estimate or 0.0)
    low, high = (100 * row.ci[0], 100 * row.ci[1]) if row.ci else (share, share)
    lines = [f"{percent(share / 100)} of {_decided(row)} decided votes for the left picture"]
    if row.ci:
        lines.append(interval(row))
    if row.p_value is not None:
        lines.append(p_phrase(row.p_value))
    return Mark(place, share, low, high, "<br>".join(inert(line) for line in lines))


def over_session(votes: pd.DataFrame, *, hrcs: Sequence[str] = ()) -> go.Figure:
    """Return the share of votes on one pair for hrc_b in each quarter of the trials (`position`), a tie counting half.

    Each mark names its n; there are no intervals, because the same viewers stand in every quarter.
    """
    if votes.empty:
        return empty_chart("No votes yet")
    pair = str(votes["hrc_a"].iloc[0]), str(votes["hrc_b"].iloc[0])
    style = styles([*dict.fromkeys([*hrcs, *pair])])[pair[1]]
    places = votes["position"].astype(float).rank(method="dense") - 1
    quarters = (4 * places // (places.max() + 1)).astype(int)
    shares = 100 * votes["choice"].map({"a": 0.0, "b": 1.0, "tie": 0.5}).astype(float)
    grouped = shares.groupby(quarters)
    mean, n = grouped.mean(), grouped.size()
    last = votes["position"].astype(int).groupby(quarters).agg(["min", "max"])
    figure = go.Figure(
        go.Scatter(
            x=list(range(len(mean))),
            y=mean.tolist(),
            mode="lines+markers+text",
            line={"color": style.colour, "width": 2},
            marker={"color": style.colour, "symbol": style.symbol, "size": 10},
            text=[f"{percent(share / 100)} of {count}" for share, count in zip(mean, n, strict=True)],
            textposition="top center",
            cliponaxis=False,
            hovertemplate="%{text} votes<extra></extra>",
        )
    )
    figure = themed(figure, height=260)
    figure.add_hline(y=50, line={"color": INK, "width": 1, "dash": "dot"})
    names = [f"trials {low}–{high}" for low, high in last.to_numpy().tolist()]
    figure.update_xaxes(tickvals=list(range(len(mean))), ticktext=names, range=[-0.4, len(mean) - 0.6], showgrid=False)
    return figure.update_yaxes(
        title={"text": inert(f"share preferring {pair[1]}", 40)},
        range=[0, 104],
        tickvals=[0, 25, 50, 75, 100],
        ticktext=["0%", "25%", "50%", "75%", "100%"],
        zeroline=False,
    )
