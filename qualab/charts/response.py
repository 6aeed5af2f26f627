"""How long viewers took to answer."""

from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from qualab.charts.theme import ALARM, COLOURS, INK, empty_chart, themed

_BINS = 32
# Answers faster than this after the clip's end were hardly made after looking.
_FAST_S = 0.3
_TICKS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)


def response_times(votes: pd.DataFrame) -> go.Figure:
    """Return how many votes took how long (`response_ms`), on a logarithmic axis, with the median marked.

    Where votes came within 0.3 s, the bound is marked too: hardly anybody has looked and answered by then.
    """
    times = pd.to_numeric(votes["response_ms"], errors="coerce") if "response_ms" in votes else pd.Series(dtype=float)
    seconds = times.dropna().to_numpy(dtype=np.float64) / 1000
    seconds = np.maximum(seconds[seconds >= 0], 0.05)
    if not seconds.size:
        return empty_chart("No answer times are known")
    logs = np.log10(seconds)
    low, high = min(float(logs.min()), -0.3) - 0.05, max(float(logs.max()), 1.0) + 0.05
    counts, edges = np.histogram(logs, bins=_BINS, range=(low, high))
    spans = [f"{10**a:.2g} to {10**b:.2g} s" for a, b in pairwise(edges.tolist())]
    figure = go.Figure(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=counts,
            width=float(edges[1] - edges[0]) * 0.92,
            marker={"color": COLOURS[0]},
            customdata=spans,
            hovertemplate="%{y} votes in %{customdata}<extra></extra>",
        )
    )
    figure = themed(figure, height=260)
    _mark(figure, float(np.median(logs)), f"median {10 ** float(np.median(logs)):.1f} s", INK)
    if (seconds < _FAST_S).any():
        _mark(figure, float(np.log10(_FAST_S)), f"{_FAST_S:g} s", ALARM)
    ticks = [tick for tick in _TICKS_S if low <= np.log10(tick) <= high]
    figure.update_xaxes(
        title={"text": "answer time"},
        range=[low, high],
        tickvals=[float(np.log10(tick)) for tick in ticks],
        ticktext=[f"{tick:g} s" for tick in ticks],
        zeroline=False,
    )
    figure.update_yaxes(title={"text": "votes"}, range=[0, 1.15 * counts.max()], zeroline=False)
    return figure.update_layout(showlegend=False, bargap=0, margin={"t": 28})


def _mark(figure: go.Figure, at: float, text: str, colour: str) -> None:
    line = {"color": colour, "width": 1.5, "dash": "dot"}
    figure.add_vline(x=at, line=line, annotation={"text": text, "font": {"size": 12, "color": colour}})
