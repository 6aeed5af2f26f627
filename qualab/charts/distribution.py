"""How the scores of a clip's frames are spread: means hide what the worst hundredth shows."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from qualab.charts.scales import axis_title, value_range
from qualab.charts.theme import INK, empty_chart, inert, styles, themed
from qualab.study.families import metric_row

_MOST_POINTS = 400
LOW_PERCENT = 1


def frame_distribution(frames: Mapping[str, pd.DataFrame], *, metric: str, hrcs: Sequence[str] = ()) -> go.Figure:
    """Return the empirical distribution of one metric over a clip's frames, a stair per HRC.

    A stair is the share of frames at or below each value. A line at 1% shows the lows; of lossless frames the stair
    ends below 100%.

    Args:
        frames: tables with `frame` and the metric by HRC id.
        hrcs: HRCs in the study's order, the baseline first; the order of `frames` otherwise.
    """
    order = [*dict.fromkeys([*hrcs, *frames])]
    style_of = styles(order)
    values = {hrc: _values(frames[hrc], metric) for hrc in order if hrc in frames}
    values = {hrc: row for hrc, row in values.items() if row.size}
    if not values:
        return empty_chart(f"No {metric_row(metric).title} frame by frame: no reference, or not scored yet")
    figure = go.Figure(
        [_stair(hrc, row, style_of[hrc].colour, style_of[hrc].dash, metric) for hrc, row in values.items()]
    )
    figure = themed(figure, height=320)
    low, high = value_range(metric, np.concatenate([*values.values()]))
    worst = 100 - LOW_PERCENT if metric_row(metric).lower_is_better else LOW_PERCENT
    line = {"color": INK, "width": 1, "dash": "dot"}
    figure.add_hline(y=worst, line=line, annotation={"text": "1% low", "font": {"size": 12}})
    figure.update_xaxes(title={"text": axis_title(metric)}, range=[low, high], zeroline=False)
    return figure.update_yaxes(title={"text": "frames at or below (%)"}, range=[0, 101], zeroline=False)


def lows(frames: Mapping[str, pd.DataFrame], *, metric: str) -> pd.DataFrame:
    """Return a row per HRC: mean, 5% low, 1% low, the worst value and its frame. Lossless frames count as best."""
    rows = []
    is_lower = metric_row(metric).lower_is_better
    for hrc, table in frames.items():
        values = _values(table, metric)
        if values.size:
            numbers = table["frame"][table[metric].notna()]
            place = int(values.argmax() if is_lower else values.argmin())
            finite = values[np.isfinite(values)]
            shares = [95, 99] if is_lower else [5, 1]
            p5, p1 = np.percentile(values, shares, method="inverted_cdf")
            mean = finite.mean() if finite.size else np.inf
            rows.append((hrc, mean, p5, p1, values[place], int(numbers.iloc[place])))
    return pd.DataFrame(rows, columns=["hrc", "mean", "low_5", "low_1", "worst", "worst_frame"])


def _values(table: pd.DataFrame, metric: str) -> NDArray[np.float64]:
    """Return the values that are numbers; infinite ones (lossless) are."""
    if metric not in table:
        return np.empty(0)
    values: NDArray[np.float64] = pd.to_numeric(table[metric]).dropna().to_numpy(dtype=np.float64)
    return values


def _stair(hrc: str, values: NDArray[np.float64], colour: str, dash: str, metric: str) -> go.Scatter:
    """Return one stair; of more than 400 frames at equal steps of the share, its ends included."""
    rising = np.sort(values)
    places = np.unique(np.linspace(0, rising.size - 1, min(rising.size, _MOST_POINTS)).astype(int))
    places = places[np.isfinite(rising[places])]
    decimals = metric_row(metric).unit.decimals
    return go.Scatter(
        x=rising[places].astype(np.float32),
        y=(100 * (places + 1) / rising.size).astype(np.float32),
        mode="lines",
        name=inert(hrc),
        line={"color": colour, "width": 1.8, "dash": dash, "shape": "hv"},
        hovertemplate=f"%{{fullData.name}}: %{{y:.0f}}% at or below %{{x:.{decimals}f}}<extra></extra>",
    )
