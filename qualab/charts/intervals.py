"""Estimates with their intervals on rows below each other: the marks that forest plots and scales share."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from qualab.charts.theme import themed

ROW = 46
_FRAME = 96


@dataclass(frozen=True)
class Mark:
    """One estimate on its row (from 0, downwards) with the ends of its interval, and what pointing at it tells."""

    row: int
    value: float
    low: float
    high: float
    text: str


def interval_marks(
    marks: Sequence[Mark], *, colour: str, symbol: str = "circle", size: int = 9, thickness: float = 2.0
) -> go.Scatter:
    """Return the trace of `marks`: a symbol at each estimate, a line over its interval."""
    return go.Scatter(
        x=[mark.value for mark in marks],
        y=[mark.row for mark in marks],
        mode="markers",
        marker={"color": colour, "size": size, "symbol": symbol, "line": {"color": colour, "width": 1.5}},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [mark.high - mark.value for mark in marks],
            "arrayminus": [mark.value - mark.low for mark in marks],
            "color": colour,
            "thickness": thickness,
            "width": 0,
        },
        text=[mark.text for mark in marks],
        hovertemplate="%{text}<extra></extra>",
    )


def in_rows(figure: go.Figure, labels: Sequence[str]) -> go.Figure:
    """Return `figure` in the look of all charts, a labelled row for each of `labels`, the first on top."""
    figure = themed(figure, height=_FRAME + ROW * len(labels))
    return figure.update_yaxes(
        range=[len(labels) - 0.5, -0.5],
        tickvals=list(range(len(labels))),
        ticktext=list(labels),
        showgrid=False,
        zeroline=False,
    )


def small(text: str) -> str:
    """Return inert `text` as the quieter second line of a row's label."""
    return f"<span style='font-size:11px'>{text}</span>"
