"""Charts of a plan: what more viewers bring, for several numbers of clips."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from qualab.charts.theme import COLOURS, DASHES, INK, themed
from qualab.stats.power.sample_size import effective_n, sure_powers

CURVE_COLUMNS = ("clips", "viewers", "n_effective", "power")
_HEIGHT = 320


def curves(
    share: float, clips: Sequence[int], most_viewers: int, *, rho_subject: float, rho_clip: float, alpha: float = 0.05
) -> pd.DataFrame:
    """Return a table of CURVE_COLUMNS: what 1 to `most_viewers` viewers on each number of clips are worth.

    `power` is the one below which no greater number of independent votes falls: the saw of the exact test, from below.
    """
    viewers = np.arange(1, most_viewers + 1)
    worth = {count: np.array([effective_n(int(n), count, rho_subject, rho_clip) for n in viewers]) for count in clips}
    powers = sure_powers(share, int(max(effective[-1] for effective in worth.values())) + 1, alpha)
    tables = [
        pd.DataFrame(
            {
                "clips": count,
                "viewers": viewers,
                "n_effective": effective,
                "power": powers[(effective + 1e-9).astype(int)],
            }
        )
        for count, effective in worth.items()
    ]
    return pd.concat(tables, ignore_index=True)


def power_curves(table: pd.DataFrame, *, target: float, viewers: int | None = None) -> go.Figure:
    """Return power against viewers, a line for each number of clips; `target` is dotted, `viewers` marked."""
    figure = _lines(table, "power", "%{fullData.name}, %{x} viewers: power %{y:.0%}<extra></extra>")
    figure.add_hline(y=target, line={"color": INK, "width": 1.5, "dash": "dot"})
    _at(figure, viewers)
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%", title={"text": "chance to show it"}, zeroline=False)
    return figure


def worth_curves(table: pd.DataFrame, *, needed: int, rho_clip: float, viewers: int | None = None) -> go.Figure:
    """Return what the votes are worth against viewers: each line nears its number of clips / rho_clip, drawn dotted."""
    figure = _lines(table, "n_effective", "%{fullData.name}, %{x} viewers: worth %{y:.0f}<extra></extra>")
    for place, clips in enumerate(dict.fromkeys(table["clips"]) if rho_clip else ()):
        line = {"color": COLOURS[place % len(COLOURS)], "width": 1, "dash": "dot"}
        figure.add_hline(y=clips / rho_clip, line=line, opacity=0.6)
    figure.add_hline(y=needed, line={"color": INK, "width": 1.5, "dash": "dot"})
    note = {"text": f"{needed} needed", "showarrow": False, "xanchor": "right", "yanchor": "bottom"}
    figure.add_annotation(x=1, xref="paper", y=needed, font={"size": 12}, **note)
    _at(figure, viewers)
    most = max(float(table["n_effective"].max()), float(needed))
    figure.update_yaxes(range=[0, 1.12 * most], title={"text": "independent votes' worth"}, zeroline=False)
    return figure


def _lines(table: pd.DataFrame, column: str, hover: str) -> go.Figure:
    figure = go.Figure()
    for place, (clips, rows) in enumerate(table.groupby("clips", sort=False)):
        figure.add_trace(
            go.Scatter(
                x=rows["viewers"].tolist(),
                y=rows[column].tolist(),
                mode="lines",
                name=f"{clips} clip{'' if clips == 1 else 's'}",
                line={"color": COLOURS[place % len(COLOURS)], "width": 2.5, "dash": DASHES[place % len(DASHES)]},
                hovertemplate=hover,
            )
        )
    figure = themed(figure, height=_HEIGHT)
    figure.update_xaxes(title={"text": "viewers"}, zeroline=False, rangemode="tozero")
    return figure


def _at(figure: go.Figure, viewers: int | None) -> None:
    if viewers is not None:
        figure.add_vline(x=viewers, line={"color": INK, "width": 1.5})
