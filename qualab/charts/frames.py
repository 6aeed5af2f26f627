"""Scores frame by frame."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from qualab.charts.scales import axis_title, value_range
from qualab.charts.theme import INK, Style, empty_chart, inert, styles, themed
from qualab.study.families import metric_row

_MOST_POINTS = 5000
_LOSSLESS_MARKS = 200
_MOST_PICKS = 2000
_MOST_SHADED = 400
_SHADE = "rgba(128,136,146,0.13)"


def frame_lines(
    frames: Mapping[str, pd.DataFrame],
    *,
    metric: str,
    hrcs: Sequence[str] = (),
    scenes: Sequence[int] = (),
    pickable: bool = False,
    marked: int | None = None,
) -> go.Figure:
    """Return one metric (or diagnostic) frame by frame, a line per HRC; lossless frames are marked on top.

    Above 5,000 frames a line becomes the envelope of the least and greatest value of each stretch, so that no
    drop is lost.

    Args:
        frames: tables with `frame` and the metric by HRC id.
        hrcs: HRCs in the study's order, the baseline first; the order of `frames` otherwise.
        scenes: first frames of scenes; every second scene is shaded.
        pickable: a click anywhere selects the frame under it, of long clips one near it.
        marked: the frame that a thin line marks.
    """
    order = [*dict.fromkeys([*hrcs, *frames])]
    style_of = styles(order)
    columns = {
        hrc: frames[hrc]
        for hrc in order
        if hrc in frames and metric in frames[hrc] and frames[hrc][metric].notna().any()
    }
    if not columns:
        return empty_chart(f"No {metric_row(metric).title} frame by frame: no reference, or not scored yet")
    values = {hrc: pd.to_numeric(table[metric]).to_numpy(dtype=float) for hrc, table in columns.items()}
    low, high = value_range(metric, np.concatenate(list(values.values())))
    figure = go.Figure()
    for hrc, table in columns.items():
        numbers = pd.to_numeric(table["frame"]).to_numpy(dtype=float)
        _add_line(figure, numbers, values[hrc], hrc=hrc, style=style_of[hrc], metric=metric, top=high)
    last = max(int(table["frame"].max()) for table in columns.values())
    figure = themed(figure, height=300)
    figure.update_xaxes(title={"text": "frame"}, range=[-0.5, last + 0.5], showgrid=False)
    figure.update_yaxes(title={"text": axis_title(metric)}, range=[low, high])
    figure.update_layout(hovermode="x", shapes=_shaded(scenes, last))
    if marked is not None:
        figure.add_vline(x=marked, line={"color": INK, "width": 1, "dash": "dot"})
    if pickable:
        # What is under a click is selected only where the nearest trace has marks: let there be no other.
        figure.update_traces(hoverinfo="skip", hovertemplate=None)
        figure.add_trace(_picks(columns, metric, last, high))
        figure.update_xaxes(showspikes=True, spikemode="across", spikethickness=1, spikedash="solid", spikecolor=INK)
    return figure


def _shaded(scenes: Sequence[int], last: int) -> list[dict[str, object]]:
    edges = [*scenes[: 2 * _MOST_SHADED], last + 1]
    box = {"type": "rect", "yref": "paper", "y0": 0, "y1": 1, "fillcolor": _SHADE, "line": {"width": 0}}
    return [{**box, "x0": a - 0.5, "x1": b - 0.5, "layer": "below"} for a, b in [*pairwise(edges)][1::2]]


def _picks(tables: Mapping[str, pd.DataFrame], metric: str, last: int, top: float) -> go.Scatter:
    """Return a mark for each frame that nobody sees, which tells all values there: marks on each line would be slow."""
    numbers = np.arange(0, last + 1, last // _MOST_PICKS + 1, dtype=np.int32)
    values = [
        pd.Series(pd.to_numeric(table[metric]).to_numpy(dtype=np.float32), table["frame"]).reindex(numbers)
        for table in tables.values()
    ]
    lines = [
        f"{inert(hrc)}: %{{customdata[{place}]:.{metric_row(metric).unit.decimals}f}}"
        for place, hrc in enumerate(tables)
    ]
    unseen = {"marker": {"opacity": 0}}
    return go.Scatter(
        x=numbers,
        y=np.full(numbers.size, top, dtype=np.float32),
        mode="markers",
        name="click to see this frame",
        marker={"opacity": 0, "size": 10, "color": INK},
        selected=unseen,
        unselected=unseen,
        showlegend=False,
        customdata=np.column_stack(values),
        hovertemplate="<br>".join([*lines, "<i>click to see it</i>"]) + "<extra></extra>",
    )


def _add_line(
    figure: go.Figure, numbers: np.ndarray, values: np.ndarray, *, hrc: str, style: Style, metric: str, top: float
) -> None:
    kept = envelope(values, most=_MOST_POINTS)
    figure.add_trace(
        go.Scatter(
            x=numbers[kept].astype(np.int32),
            y=np.where(np.isfinite(values[kept]), values[kept], np.nan).astype(np.float32),
            mode="lines",
            name=inert(hrc),
            line={"color": style.colour, "width": 1.8, "dash": style.dash},
            hovertemplate=f"%{{fullData.name}}: %{{y:.{metric_row(metric).unit.decimals}f}}<extra></extra>",
        )
    )
    lossless = np.flatnonzero(np.isposinf(values))
    if lossless.size:
        lossless = lossless[:: -(-lossless.size // _LOSSLESS_MARKS)]
        figure.add_trace(
            go.Scatter(
                x=numbers[lossless],
                y=np.full(lossless.size, top),
                mode="markers",
                name=inert(f"{hrc}: lossless"),
                marker={"color": style.colour, "symbol": "triangle-up", "size": 8},
                cliponaxis=False,
                hovertemplate="%{fullData.name}<extra></extra>",
            )
        )


def envelope(values: np.ndarray, *, most: int) -> np.ndarray:
    """Return the places to draw, in order: all, or the finite least and greatest of `most` / 2 stretches.

    >>> envelope(np.array([3.0, 1.0, 9.0, 4.0]), most=2).tolist()
    [1, 2]
    """
    if values.size <= most:
        return np.arange(values.size)
    edges = np.linspace(0, values.size, most // 2 + 1).astype(int)
    low = np.where(np.isfinite(values), values, np.inf)
    high = np.where(np.isfinite(values), values, -np.inf)
    places = [
        start + place
        for start, stop in pairwise(edges)
        for place in (int(low[start:stop].argmin()), int(high[start:stop].argmax()))
    ]
    return np.unique(places)
