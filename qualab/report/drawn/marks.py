"""Points, lines, bars and fields of a chart as SVG."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from qualab.charts.theme import INK
from qualab.report.drawn.axes import Axis, number_of
from qualab.report.drawn.shapes import DASHES, marker, painted
from qualab.report.drawn.text import LETTER, written

_ANCHORS = {"left": "end", "center": "middle", "right": "start"}
_FIELD = re.compile(r"%\{(\w+)(?::([^}]*))?\}")
_GAP = 5.0


def listed(value: Any, length: int) -> list[Any]:
    """Return an array's values, or one value so many times."""
    if isinstance(value, str | bytes) or not hasattr(value, "__len__"):
        return [value] * length
    found = list(value)
    return found + [None] * (length - len(found))


def colour_of(trace: Mapping[str, Any], fallback: str = INK) -> Any:
    """Return the colour of a trace's marks (an array where they differ), else of its line."""
    for part in ("marker", "line"):
        colour = (trace.get(part) or {}).get("color")
        if colour is not None:
            return colour
    return trace.get("fillcolor") or fallback


def points_of(trace: Mapping[str, Any], x: Axis, y: Axis) -> list[tuple[float, float]]:
    """Return a trace's points in pixels; NaN where one has no place."""
    across, down = trace.get("x"), trace.get("y")
    length = len(across if across is not None else down if down is not None else ())
    across = across if across is not None else range(length)
    down = down if down is not None else range(length)
    return [(x.at(one), y.at(other)) for one, other in zip(across, down, strict=False)]


def scatter(trace: Mapping[str, Any], x: Axis, y: Axis) -> Iterator[str]:
    """Yield a scatter trace: its fill, line, intervals, points, names."""
    points, mode = points_of(trace, x, y), str(trace.get("mode") or "lines")
    colours = listed(colour_of(trace), len(points))
    if str(trace.get("fill") or "none") == "toself":
        yield _filled(trace, points)
    if "lines" in mode:
        yield _line(trace, points)
    for name, along in (("error_x", x), ("error_y", y)):
        if trace.get(name):
            yield from _intervals(trace, name, points, along, colours)
    if "markers" in mode:
        yield from _markers(trace, points, colours)
    if "text" in mode:
        yield from _names(trace, points)


def _filled(trace: Mapping[str, Any], points: Sequence[tuple[float, float]]) -> str:
    around = " ".join(f"{across:.1f},{down:.1f}" for across, down in points if math.isfinite(across + down))
    return f'<polygon points="{around}" fill="{painted(trace.get("fillcolor") or "rgba(128,136,146,0.25)")}"/>'


def _line(trace: Mapping[str, Any], points: Sequence[tuple[float, float]]) -> str:
    line = trace.get("line") or {}
    width = number_of(line.get("width", 2))
    steps, pen = [], "M"
    before = 0.0
    for across, down in points:
        if not math.isfinite(across + down):
            pen = "M"
            continue
        if pen == "L" and line.get("shape") == "hv":
            steps.append(f"L{across:.1f} {before:.1f}")
        steps.append(f"{pen}{across:.1f} {down:.1f}")
        pen, before = "L", down
    dash = DASHES.get(str(line.get("dash") or "solid"), "")
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    colour = painted(line.get("color") or _one(colour_of(trace)))
    return f'<path d="{"".join(steps)}" fill="none" stroke="{colour}" stroke-width="{width:g}"{dashed}/>'


def _one(colour: Any) -> Any:
    return colour if isinstance(colour, str) else next(iter(colour), INK)


def _intervals(
    trace: Mapping[str, Any], name: str, points: Sequence[tuple[float, float]], along: Axis, colours: Sequence[Any]
) -> Iterator[str]:
    told = trace[name]
    above = listed(told.get("array", 0), len(points))
    below = listed(told.get("arrayminus"), len(points)) if told.get("arrayminus") is not None else above
    values = listed(trace.get("x" if name == "error_x" else "y"), len(points))
    thick = number_of(told.get("thickness", 2))
    for (across, down), value, more, less, colour in zip(points, values, above, below, colours, strict=True):
        ends = (
            along.at(along.number(value) - number_of(less or 0)),
            along.at(along.number(value) + number_of(more or 0)),
        )
        if not all(map(math.isfinite, (*ends, across, down))):
            continue
        place = (ends[0], down, ends[1], down) if name == "error_x" else (across, ends[0], across, ends[1])
        x1, y1, x2, y2 = place
        paint = painted(told.get("color") or colour)
        yield (
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{paint}" stroke-width="{thick:g}"/>'
        )


def _markers(trace: Mapping[str, Any], points: Sequence[tuple[float, float]], colours: Sequence[Any]) -> Iterator[str]:
    told = trace.get("marker") or {}
    opacity = number_of(told.get("opacity", trace.get("opacity", 1)))
    if opacity == 0:
        return
    sizes, symbols = listed(told.get("size", 6), len(points)), listed(told.get("symbol", "circle"), len(points))
    line = told.get("line") or {}
    for (across, down), size, symbol, colour in zip(points, sizes, symbols, colours, strict=True):
        if math.isfinite(across + down):
            paint = painted(
                line.get("color") if isinstance(line.get("color"), str) and "-thin" in str(symbol) else colour
            )
            width = number_of(line.get("width", 1.5)) if isinstance(line.get("width", 1.5), int | float) else 1.5
            yield marker(str(symbol), across, down, number_of(size), paint, line=width, opacity=opacity)


def _names(trace: Mapping[str, Any], points: Sequence[tuple[float, float]]) -> Iterator[str]:
    texts = listed(trace.get("text"), len(points))
    places = listed(trace.get("textposition") or "middle center", len(points))
    told = (trace.get("textfont") or {}).get("size")
    size = number_of(told) if isinstance(told, int | float) else 11.0
    room = number_of((trace.get("marker") or {}).get("size", 6)) / 2 if "markers" in str(trace.get("mode")) else 0.0
    room = room if math.isfinite(room) else 4.0
    for (across, down), text, place in zip(points, texts, places, strict=True):
        if not text or not math.isfinite(across + down):
            continue
        rise, side = str(place or "middle center").split(" ")
        shift = {"left": -1, "center": 0, "right": 1}[side] * (room + _GAP)
        drop = {"top": -1, "middle": 0, "bottom": 1}[rise] * (room + 2)
        valign = {"top": "bottom", "middle": "middle", "bottom": "top"}[rise]
        yield written(text, across + shift, down + drop, size=size, anchor=_ANCHORS[side], valign=valign)


def template_text(template: Any, fields: Mapping[str, Any]) -> str:
    """Return a plotly text template filled in.

    >>> template_text("%{y:.1f}%", {"y": 2.25})
    '2.2%'
    """

    def value(found: re.Match[str]) -> str:
        held, form = fields.get(found[1], ""), found[2]
        return f"{number_of(held):{form}}" if form and math.isfinite(number_of(held)) else str(held)

    return _FIELD.sub(value, str(template))


def heatmap(trace: Mapping[str, Any], x: Axis, y: Axis) -> Iterator[str]:
    """Yield the fields of a map, with what is written in them."""
    rows = [list(row) for row in trace["z"]]
    across = list(trace["x"]) if trace.get("x") is not None else list(range(len(rows[0]) if rows else 0))
    down = list(trace["y"]) if trace.get("y") is not None else list(range(len(rows)))
    numbers = [number_of(value) for row in rows for value in row if math.isfinite(number_of(value))]
    low = number_of(trace.get("zmin", min(numbers, default=0.0)))
    high = number_of(trace.get("zmax", max(numbers, default=1.0)))
    texts = trace.get("text")
    gap = number_of(trace.get("xgap", 0))
    wide, tall = x.size(1) - gap, y.size(1) - number_of(trace.get("ygap", 0))
    for place, row in enumerate(rows):
        for column, value in enumerate(row):
            number = number_of(value)
            if not math.isfinite(number):
                continue
            middle, level = x.at(across[column]), y.at(down[place])
            share = (number - low) / (high - low) if high > low else 0.5
            paint = _shade(trace.get("colorscale"), share)
            yield (
                f'<rect x="{middle - wide / 2:.1f}" y="{level - tall / 2:.1f}" width="{wide:.1f}"'
                f' height="{tall:.1f}" fill="{paint}"/>'
            )
            fields = {"z": number, "text": texts[place][column] if texts is not None else ""}
            if trace.get("texttemplate") and (text := template_text(trace["texttemplate"], fields)):
                size = min(11.0, max(6.0, wide / (max(map(len, text.split("<br>"))) * LETTER)))
                yield written(text, middle, level, size=size, anchor="middle", colour=_ink_on(paint))


def _shade(scale: Any, share: float) -> str:
    stops = [(number_of(stop[0]), str(stop[1])) for stop in scale] if isinstance(scale, list | tuple) else []
    if not stops or not all(colour.startswith("#") for _, colour in stops):
        stops = [(0.0, "#eef3fa"), (1.0, "#2f7ed8")]
    share = min(max(share, 0.0), 1.0)
    for (low, one), (high, two) in pairwise(stops):
        if share <= high:
            part = (share - low) / (high - low) if high > low else 0.0
            mixed = (round(a + part * (b - a)) for a, b in zip(_parts(one), _parts(two), strict=True))
            return "#" + "".join(f"{value:02x}" for value in mixed)
    return stops[-1][1]


def _parts(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def _ink_on(paint: str) -> str:
    red, green, blue = _parts(paint)
    return "#10151b" if 0.3 * red + 0.59 * green + 0.11 * blue > 115 else "#ffffff"
