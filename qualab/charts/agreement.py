"""Votes against metrics: does what viewers prefer follow what is measured, clip by clip?"""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from qualab.charts.labels import Spot, place_labels, write_label
from qualab.charts.theme import COLOURS, INK, RULE, empty_chart, inert, shortened, themed
from qualab.stats.result import Result
from qualab.study.families import metric_row

_MOST_LABELS = 24
# The plot that labels are placed for; on a narrow screen they move together, and pointing tells.
_WIDE, _HIGH = 420.0, 300.0
_NAMES = (("plcc", "PLCC"), ("srocc", "SROCC"), ("kendall", "Kendall"))


def preference_against_metric(
    points: pd.DataFrame, *, result: Result | None = None, titles: Mapping[str, str] | None = None
) -> go.Figure:
    """Return a scatter of clips: what the metric gains against the share of votes, each clip named.

    The quarters top right and bottom left are those in which viewers and metric agree. With `result` its correlations
    stand above, with their intervals. Each mark carries its SRC id as customdata.

    Args:
        points: rows of POINT_COLUMNS of one pair and one metric.
        result: its result of the analysis `agreement`; without correlations (few clips) nothing is written.
        titles: display titles by SRC id.
    """
    points = points.dropna(subset=["delta", "share"])
    if points.empty:
        return empty_chart("No clip has both votes and scores: it needs a reference")
    metric, test = str(points["metric"].iloc[0]), str(points["hrc_b"].iloc[0])
    deltas, shares = points["delta"].astype(float), 100 * points["share"].astype(float)
    names = [shortened((titles or {}).get(src, src), 20) for src in points["src"]]
    figure = go.Figure(_dots(points, deltas, shares, names))
    figure = themed(figure, height=400)
    low, high = _range(deltas)
    _agreeing(figure, low, high, metric)
    if len(points) <= _MOST_LABELS:
        _name(figure, deltas, shares, names, (low, high))
    unit = metric_row(metric).unit.name.removeprefix("score ").replace("-", "–")
    title = metric_row(metric).title + f" against the baseline{f' ({unit})' if unit else ''}"
    figure.update_xaxes(title={"text": inert(title)}, range=[low, high], zeroline=False)
    figure.update_yaxes(
        title={"text": inert(f"share preferring {test}", 40)},
        range=[-4, 104],
        tickvals=[0, 25, 50, 75, 100],
        ticktext=["0%", "25%", "50%", "75%", "100%"],
        zeroline=False,
    )
    return _with_numbers(figure, result).update_layout(showlegend=False)


def _dots(points: pd.DataFrame, deltas: "pd.Series[float]", shares: "pd.Series[float]", names: list[str]) -> go.Scatter:
    decimals = metric_row(str(points["metric"].iloc[0])).unit.decimals
    labels = zip(points["src"], names, points["n_votes"], strict=True)
    return go.Scatter(
        x=deltas,
        y=shares,
        mode="markers",
        marker={"color": COLOURS[0], "size": 11, "line": {"color": "#ffffff", "width": 1}},
        customdata=[[src, inert(name), n] for src, name, n in labels],
        hovertemplate=f"%{{customdata[1]}}<br>%{{x:+.{decimals}f}}, %{{y:.0f}}% of %{{customdata[2]}} votes"
        "<extra></extra>",
    )


def _range(deltas: "pd.Series[float]") -> tuple[float, float]:
    """Return the axis: all deltas and 0, with room for names."""
    low, high = min(float(deltas.min()), 0.0), max(float(deltas.max()), 0.0)
    pad = 0.12 * (high - low) or 1.0
    return low - pad, high + pad


def _agreeing(figure: go.Figure, low: float, high: float, metric: str) -> None:
    """Draw the lines of no difference, and shade where the metric points to what viewers preferred."""
    better = (low, 0.0) if metric_row(metric).lower_is_better else (0.0, high)
    worse = (0.0, high) if metric_row(metric).lower_is_better else (low, 0.0)
    for (left, right), (bottom, top) in ((better, (50, 104)), (worse, (-4, 50))):
        figure.add_shape(
            type="rect", x0=left, x1=right, y0=bottom, y1=top, fillcolor=RULE, opacity=0.45, line_width=0, layer="below"
        )
    line = {"color": INK, "width": 1, "dash": "dot"}
    figure.add_hline(y=50, line=line)
    figure.add_vline(x=0, line=line)


def _name(
    figure: go.Figure,
    deltas: "pd.Series[float]",
    shares: "pd.Series[float]",
    names: list[str],
    ends: tuple[float, float],
) -> None:
    low, high = ends
    xs, ys = deltas.tolist(), shares.tolist()
    spots = [
        Spot(inert(name), (x - low) / (high - low) * _WIDE, (104 - y) / 108 * _HIGH)
        for name, x, y in zip(names, xs, ys, strict=True)
    ]
    for spot, offset, x, y in zip(spots, place_labels(spots, _WIDE, _HIGH), xs, ys, strict=True):
        write_label(figure, spot, offset, x=x, y=y, size=12)


def _with_numbers(figure: go.Figure, result: Result | None) -> go.Figure:
    if result is None:
        return figure
    lines = [
        f"{name} {value:.2f}{_interval(result, key)}"
        for key, name in _NAMES
        if (value := result.effects.get(key)) is not None
    ]
    if not lines:
        return figure
    # A line each: beside each other they would not fit a phone.
    text = "<br>".join(inert(line) for line in [f"n = {result.n_srcs} clips", *lines])
    figure.add_annotation(
        text=text, align="left", x=0, y=1, xref="paper", yref="paper", xanchor="left", yanchor="bottom", showarrow=False
    )
    return figure.update_layout(margin={"t": 20 + 18 * (1 + len(lines))}, height=400 + 18 * (1 + len(lines)))


def _interval(result: Result, key: str) -> str:
    low, high = result.effects.get(f"{key}_lo"), result.effects.get(f"{key}_hi")
    return "" if low is None or high is None else f" ({low:.2f} to {high:.2f})"
