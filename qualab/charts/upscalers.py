"""The chart of upscalers: what each gains against what it costs."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from qualab.charts.labels import Box, Spot, place_labels, write_label
from qualab.charts.theme import BASELINE_COLOUR, COLOURS, INK, empty_chart, inert, themed

Row = Mapping[str, Any]
AXES = {"fps": "frames of 1280x720 a second here", "gflop_720p": "GFLOP for a frame of 1280x720"}
# The plot is as high everywhere, and in a narrow window as wide: names that are apart there are apart in wider ones.
_WIDTH, _PLOT_HEIGHT = 310, 360
_TOP, _BOTTOM = 60, 64
_GROUPS = {
    "swscale": ("swscale", BASELINE_COLOUR, "circle"),
    "weights": ("weights in models/", COLOURS[0], "circle"),
    "package": ("weights of other packages", COLOURS[1], "square"),
}


def gain_against_cost(rows: Sequence[Row], *, axis: str) -> go.Figure:
    """Return a point per upscaler: its mean gain in PSNR-Y over bicubic, against its speed or its work for a frame.

    To the right is faster or less work, so that the best stand at the top right; filled points are on the Pareto
    front: nothing gains more at their speed or above. A star marks gains that were measured on other clips than most.

    Args:
        rows: upscalers as `qualab upscalers` lists them, with `gain_db` and `fps` or `gflop_720p`; others are left out.
        axis: fps or gflop_720p.
    """
    shown = measured(rows, axis=axis)
    if not shown:
        return empty_chart("No upscaler has a measured gain and a measured cost")
    best = {row["id"] for row in pareto(shown, axis=axis)}
    figure = go.Figure([_front(shown, axis), *_points(shown, axis, best)])
    figure = themed(figure, height=_TOP + _PLOT_HEIGHT + _BOTTOM)
    figure.update_layout(margin={"t": _TOP, "b": _BOTTOM})
    across, up = _ranges(shown, axis)
    figure.update_xaxes(type="log", range=across, title={"text": _title(axis)}, dtick=1, minor={"dtick": "D1"})
    figure.update_yaxes(range=up, title={"text": "mean gain over bicubic, PSNR-Y (dB)"}, zeroline=False)
    for name, gain in _levels(rows, shown).items():
        line = {"color": BASELINE_COLOUR, "width": 1.2, "dash": "dash"}
        side = "bottom left" if gain <= 0 else "top left"
        figure.add_hline(y=gain, line=line, annotation={"text": name, "font": {"size": 12}}, annotation_position=side)
    return _labelled(figure, shown, axis, across, up)


def measured(rows: Sequence[Row], *, axis: str) -> list[Row]:
    """Return the rows that have a point: a measured gain, and a speed or work above zero."""
    return [row for row in rows if row.get("gain_db") is not None and (row.get(axis) or 0) > 0]


def pareto(rows: Sequence[Row], *, axis: str) -> list[Row]:
    """Return the rows that no other one beats in both gain and cost, the cheapest first.

    >>> rows = [{"gain_db": 1, "fps": 9}, {"gain_db": 2, "fps": 5}, {"gain_db": 1, "fps": 4}]
    >>> [row["fps"] for row in pareto(rows, axis="fps")]
    [9, 5]
    """
    sign = -1 if axis == "fps" else 1
    front: list[Row] = []
    for row in sorted(rows, key=lambda row: (sign * row[axis], -row["gain_db"])):
        if not front or row["gain_db"] > front[-1]["gain_db"]:
            front.append(row)
    return front


def _levels(rows: Sequence[Row], shown: Sequence[Row]) -> dict[str, float]:
    """Return the gains to draw a line at, with a name: bicubic's zero, and swscale's others that have no point."""
    there = {row["id"] for row in shown}
    others = {row["id"]: float(row["gain_db"]) for row in rows if _group(row) == "swscale" and row["gain_db"]}
    names = {"bicubic": 0.0, **others}
    return {"" if name in there else inert(name): gain for name, gain in names.items() if name not in there or not gain}


def _title(axis: str) -> str:
    return f"{AXES[axis]} ({'faster' if axis == 'fps' else 'less work'} to the right)"


def _ranges(rows: Sequence[Row], axis: str) -> tuple[list[float], list[float]]:
    """Return the ranges of both axes with room around the points; work runs backwards."""
    places = [math.log10(row[axis]) for row in rows]
    gains = [0.0, *(float(row["gain_db"]) for row in rows)]
    wide = max(max(places) - min(places), 0.5)
    across = [min(places) - 0.14 * wide, max(places) + 0.2 * wide]
    if axis != "fps":
        across = [max(places) + 0.14 * wide, min(places) - 0.2 * wide]
    high = max(max(gains) - min(gains), 1.0)
    return across, [min(gains) - 0.1 * high, max(gains) + 0.12 * high]


def _front(rows: Sequence[Row], axis: str) -> go.Scatter:
    """Return the Pareto front as steps: the best gain to be had at a speed or faster."""
    front = pareto(rows, axis=axis)[::-1]
    return go.Scatter(
        x=[row[axis] for row in front],
        y=[row["gain_db"] for row in front],
        mode="lines",
        name="best gain at that speed" if axis == "fps" else "best gain for that work",
        line={"color": INK, "width": 1.4, "dash": "dot", "shape": "vh"},
        hoverinfo="skip",
    )


def _points(rows: Sequence[Row], axis: str, best: set[str]) -> list[go.Scatter]:
    traces = []
    for group, (name, colour, symbol) in _GROUPS.items():
        members = [row for row in rows if _group(row) == group]
        if members:
            marks = [symbol if row["id"] in best else f"{symbol}-open" for row in members]
            traces.append(
                go.Scatter(
                    x=[row[axis] for row in members],
                    y=[row["gain_db"] for row in members],
                    mode="markers",
                    name=name,
                    marker={"color": colour, "symbol": marks, "size": 11, "line": {"width": 2, "color": colour}},
                    customdata=[_hover_text(row) for row in members],
                    hovertemplate="%{customdata}<extra></extra>",
                    cliponaxis=False,
                )
            )
    return traces


def _group(row: Row) -> str:
    origin = str(row.get("origin", ""))
    return "swscale" if row.get("kind") == "classic" else "package" if origin.startswith("qualab[") else "weights"


def _hover_text(row: Row) -> str:
    lines = [f"{row['id']}: {row['gain_db']:+.2f} dB on {', '.join(row.get('gain_clips') or ['unnamed clips'])}"]
    if row.get("fps"):
        lines.append(f"{row['fps']:g} fps on {row.get('fps_device') or 'this machine'}")
    if row.get("gflop_720p"):
        lines.append(f"{row['gflop_720p']:g} GFLOP for a frame")
    if row.get("parameters"):
        lines.append(f"{row['parameters']} parameters")
    return "<br>".join(inert(line) for line in lines)


def _labelled(
    figure: go.Figure, rows: Sequence[Row], axis: str, across: Sequence[float], up: Sequence[float]
) -> go.Figure:
    """Return the figure with a name beside each point, moved away with a thin line where names would overlap."""

    def place(value: float, gain: float) -> tuple[float, float]:
        right = (math.log10(value) - across[0]) / (across[1] - across[0])
        return right * _WIDTH, (up[1] - gain) / (up[1] - up[0]) * _PLOT_HEIGHT

    stars = _on_other_clips(rows)
    spots = [Spot(inert(row["id"], 28) + "*" * (row["id"] in stars), *place(row[axis], row["gain_db"])) for row in rows]
    level = place(rows[0][axis], 0.0)[1]
    front = [place(row[axis], row["gain_db"]) for row in pareto(rows, axis=axis)[::-1]]
    lines = [Box(0, level - 2, _WIDTH, level + 2)]
    for (x, y), (next_x, next_y) in pairwise(front):
        lines += [Box(x - 2, y, x + 2, next_y), Box(x, next_y - 2, next_x, next_y + 2)]
    placed = place_labels(spots, _WIDTH, _PLOT_HEIGHT, lines=lines)
    for row, spot, beside in zip(rows, spots, placed, strict=True):
        write_label(figure, spot, beside, x=math.log10(row[axis]), y=row["gain_db"], size=12)
    return figure


def _on_other_clips(rows: Sequence[Row]) -> set[str]:
    """Return the ids whose gain was measured on other clips than that of most; swscale's are on all clips."""
    clips = {row["id"]: tuple(row.get("gain_clips") or ()) for row in rows if _group(row) != "swscale"}
    usual = Counter(clips.values()).most_common(1)
    return {name for name, names in clips.items() if names != usual[0][0]}
