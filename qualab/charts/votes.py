"""Votes that came in against votes that are planned, pair by pair; no preference can be read from it."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from qualab.charts.theme import COLOURS, RULE, empty_chart, inert, label, themed

# With fewer votes plotly would draw halves of a vote on the axis.
_FEW = 10


def votes_against_plan(pairs: Sequence[Mapping[str, Any]], *, titles: Mapping[str, str] | None = None) -> go.Figure:
    """Return a bar a pair: its votes so far over its planned ones.

    Args:
        pairs: rows of `src`, `hrc_a`, `hrc_b`, `votes`, `planned`, in the order shown.
        titles: display titles by SRC id.
    """
    if not pairs:
        return empty_chart("No pair is launched")
    places = list(range(len(pairs)))
    votes, planned = [int(row["votes"]) for row in pairs], [int(row["planned"]) for row in pairs]
    names = [f"{inert(row['hrc_a'], 24)} · {inert(row['hrc_b'], 24)}" for row in pairs]
    titled = [label((titles or {}).get(row["src"], row["src"]), 28) for row in pairs]
    figure = go.Figure(
        [
            go.Bar(x=planned, y=places, orientation="h", name="planned", marker={"color": RULE}, hoverinfo="skip"),
            go.Bar(
                x=votes,
                y=places,
                orientation="h",
                name="votes",
                marker={"color": COLOURS[0]},
                customdata=planned,
                hovertext=names,
                hovertemplate="%{hovertext}<br>%{x} of %{customdata} votes<extra></extra>",
            ),
            # The numbers are text of their own: inside a short bar they could not be read.
            go.Scatter(
                x=[max(pair) for pair in zip(votes, planned, strict=True)],
                y=places,
                mode="text",
                text=[f"  {done} of {target}" for done, target in zip(votes, planned, strict=True)],
                textposition="middle right",
                cliponaxis=False,
                hoverinfo="skip",
                showlegend=False,
            ),
        ]
    )
    figure = themed(figure, height=64 + 46 * len(pairs))
    ticks = [f"{title}<br>{name}" for title, name in zip(titled, names, strict=True)]
    figure.update_yaxes(range=[len(pairs) - 0.5, -0.5], tickvals=places, ticktext=ticks, showgrid=False, zeroline=False)
    most = max([*votes, *planned, 1])
    figure.update_xaxes(range=[0, most * 1.22], title={"text": "votes"}, dtick=1 if most <= _FEW else None)
    return figure.update_layout(barmode="overlay", bargap=0.45)
