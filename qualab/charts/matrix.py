"""Who was preferred to whom, pair by pair."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from qualab.charts.theme import empty_chart, inert, themed
from qualab.stats.findings.wording import percent

# Opaque, so that the numbers on them can be read on light pages and dark ones.
_LOSES, _EVEN, _WINS = "#e6c08f", "#eef0f2", "#8db8ea"
_INK = "#10151b"
_MOST_WRITTEN = 12
_ROW, _FRAME = 52, 96


def win_matrix(votes: pd.DataFrame, *, hrcs: Sequence[str] = ()) -> go.Figure:
    """Return a map of HRCs by HRCs: in each field how many of the n votes preferred the row's HRC to the column's.

    A tie counts half in the colour and is told apart in the number. Fields of pairs nobody compared are empty.

    Args:
        votes: hrc_a, hrc_b and choice, votes that count.
        hrcs: HRCs in the study's order, the baseline first; the table's order otherwise.
    """
    present = set(votes["hrc_a"]) | set(votes["hrc_b"])
    names = [hrc for hrc in dict.fromkeys([*hrcs, *votes["hrc_a"], *votes["hrc_b"]]) if hrc in present]
    if not names:
        return empty_chart("No votes yet")
    wins, ties = _counts(votes, names)
    totals = wins + wins.T + ties
    figure = go.Figure(_fields(names, wins, ties, totals))
    figure = themed(figure, height=_FRAME + _ROW * len(names))
    ticks = {"tickvals": list(range(len(names))), "showgrid": False, "zeroline": False}
    figure.update_yaxes(ticktext=[inert(name, 20) for name in names], autorange="reversed", **ticks)
    columns = [inert(name, 14) for name in names]
    return figure.update_xaxes(ticktext=columns, side="top", title={"text": "preferred to"}, **ticks)


def _fields(
    names: Sequence[str], wins: NDArray[np.int64], ties: NDArray[np.int64], totals: NDArray[np.int64]
) -> go.Heatmap:
    shares = np.full(totals.shape, np.nan)
    np.divide(100 * (wins + ties / 2), totals, out=shares, where=totals > 0)
    return go.Heatmap(
        z=shares,
        x=list(range(len(names))),
        y=list(range(len(names))),
        customdata=_hover_texts(names, wins, ties, totals),
        text=_texts(wins, ties, totals),
        texttemplate="%{text}" if len(names) <= _MOST_WRITTEN else None,
        textfont={"color": _INK},
        colorscale=[[0.0, _LOSES], [0.5, _EVEN], [1.0, _WINS]],
        zmin=0,
        zmax=100,
        showscale=False,
        xgap=2,
        ygap=2,
        hoverongaps=False,
        hovertemplate="%{customdata}<extra></extra>",
    )


def _counts(votes: pd.DataFrame, names: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how often the row's HRC was preferred to the column's, and how often the two tied (symmetric)."""
    place = {name: number for number, name in enumerate(names)}
    first, second = (votes[side].map(place).to_numpy(dtype=np.int64) for side in ("hrc_a", "hrc_b"))
    choice = votes["choice"].to_numpy(dtype=str)
    wins, ties = (np.zeros((len(names), len(names)), dtype=np.int64) for _ in range(2))
    np.add.at(wins, (first[choice == "a"], second[choice == "a"]), 1)
    np.add.at(wins, (second[choice == "b"], first[choice == "b"]), 1)
    np.add.at(ties, (first[choice == "tie"], second[choice == "tie"]), 1)
    return wins, ties + ties.T


def _texts(wins: NDArray[np.int64], ties: NDArray[np.int64], totals: NDArray[np.int64]) -> list[list[str]]:
    def written(row: int, column: int) -> str:
        if not totals[row, column]:
            return ""
        share = (wins[row, column] + ties[row, column] / 2) / totals[row, column]
        return f"{percent(share)}<br>{wins[row, column]} of {totals[row, column]}"

    return [[written(row, column) for column in range(len(wins))] for row in range(len(wins))]


def _hover_texts(
    names: Sequence[str], wins: NDArray[np.int64], ties: NDArray[np.int64], totals: NDArray[np.int64]
) -> list[list[str]]:
    def hover_text(row: int, column: int) -> str:
        tied = f", {ties[row, column]} ties" if ties[row, column] else ""
        sentence = f"{wins[row, column]} of {totals[row, column]} votes preferred {names[row]} to {names[column]}{tied}"
        return inert(sentence)

    return [[hover_text(row, column) for column in range(len(names))] for row in range(len(names))]
