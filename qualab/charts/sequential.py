"""How evidence grows while viewers vote: e-values on a log scale, and the interval that narrows."""

from collections.abc import Mapping
from math import log10

import pandas as pd
import plotly.graph_objects as go

from qualab.charts.theme import (
    BASELINE_COLOUR,
    COLOURS,
    DASHES,
    SYMBOLS,
    empty_chart,
    inert,
    themed,
    without_long_legend,
)

# With few viewers each one is a mark, so that a single one can be seen.
_FEW = 60
_NO_EVIDENCE = "No viewer has finished yet"

Pair = tuple[str, str]


def evidence_growth(paths: Mapping[Pair, pd.DataFrame], *, alpha: float = 0.05) -> go.Figure:
    """Return the e-value of each pair over its viewers, on a log scale, with the line 1 / alpha that it has to reach.

    Args:
        paths: tables of `stats.sequential.path` by pair, in the study's order.
        alpha: of the stopping rule.
    """
    paths = {pair: steps for pair, steps in paths.items() if len(steps)}
    if not paths:
        return empty_chart(_NO_EVIDENCE)
    figure = go.Figure()
    for number, (pair, steps) in enumerate(paths.items()):
        colour, symbol = COLOURS[number % len(COLOURS)], SYMBOLS[number % len(SYMBOLS)]
        figure.add_scatter(
            x=steps["n"],
            y=steps["e_value"],
            mode=_mode(steps),
            name=inert(_named(pair), 60),
            line={"color": colour, "dash": DASHES[number % len(DASHES)], "width": 2},
            marker={"color": colour, "symbol": symbol, "size": 6},
            hovertemplate="%{fullData.name}<br>after %{x} viewers: E = %{y:.3g}<extra></extra>",
        )
    figure = without_long_legend(themed(figure, height=300))
    figure.add_hline(y=1 / alpha, line={"color": BASELINE_COLOUR, "width": 1.5, "dash": "dot"})
    # On a log axis annotations stand at the logarithm.
    figure.add_annotation(
        x=0, xref="paper", xanchor="left", y=-log10(alpha), yanchor="bottom", showarrow=False, text=f"E = {1 / alpha:g}"
    )
    figure.update_yaxes(type="log", title={"text": "evidence E"}, exponentformat="power", dtick=_dtick(paths))
    return _over_viewers(figure, paths)


def interval_narrowing(steps: pd.DataFrame, pair: Pair, *, level: str = "95%") -> go.Figure:
    """Return the mean preference of one pair over its viewers with its confidence sequence; 50% is indifference."""
    if not len(steps):
        return empty_chart(_NO_EVIDENCE)
    figure = go.Figure()
    edge = {"mode": "lines", "line": {"color": COLOURS[0], "width": 1}, "hoverinfo": "skip"}
    figure.add_scatter(x=steps["n"], y=100 * steps["high"], showlegend=False, **edge)
    figure.add_scatter(
        x=steps["n"],
        y=100 * steps["low"],
        fill="tonexty",
        fillcolor="rgba(47,126,216,0.18)",
        name=f"{level} confidence sequence",
        **edge,
    )
    figure.add_scatter(
        x=steps["n"],
        y=100 * steps["estimate"],
        mode=_mode(steps),
        name="mean of the viewers",
        line={"color": COLOURS[1], "width": 2.5},
        marker={"size": 6},
        customdata=100 * steps[["low", "high"]],
        hovertemplate="after %{x} viewers: %{y:.0f}% (%{customdata[0]:.0f}% to %{customdata[1]:.0f}%)<extra></extra>",
    )
    figure = themed(figure, height=300)
    figure.add_hline(y=50, line={"color": BASELINE_COLOUR, "width": 1.5, "dash": "dot"})
    ticks = [0, 25, 50, 75, 100]
    title = {"text": inert(f"prefer {pair[1]}", 32)}
    figure.update_yaxes(range=[-2, 102], tickvals=ticks, ticktext=[f"{tick}%" for tick in ticks], title=title)
    return _over_viewers(figure, {pair: steps})


def _named(pair: Pair) -> str:
    return f"{pair[1]} against {pair[0]}"


def _mode(steps: pd.DataFrame) -> str:
    return "lines+markers" if len(steps) <= _FEW else "lines"


def _over_viewers(figure: go.Figure, paths: Mapping[Pair, pd.DataFrame]) -> go.Figure:
    most = max(int(steps["n"].max()) for steps in paths.values())
    # Whole viewers only, and room for a single one.
    figure.update_xaxes(
        title={"text": "viewers, as they finished"}, range=[0, most + 1], dtick=1 if most <= 10 else None
    )
    return figure


def _dtick(paths: Mapping[Pair, pd.DataFrame]) -> int:
    """Return a step of decades that leaves at most about six lines."""
    decades = max(float(steps["log10_e_value"].abs().max()) for steps in paths.values())
    return max(1, round(decades / 6))
