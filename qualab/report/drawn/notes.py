"""Shapes and annotations of a chart as SVG."""

from collections.abc import Mapping, Sequence
from typing import Any

from qualab.report.drawn.axes import Plot, number_of
from qualab.report.drawn.shapes import DASHES, painted
from qualab.report.drawn.text import height_of, width_of, written

_AROUND = {"left": "start", "center": "middle", "right": "end"}


def shape(told: Mapping[str, Any], plots: Sequence[Plot]) -> str:
    """Return a line or rectangle; a kind that the report's charts do not use is left out."""
    x0, x1 = (_place(told, name, "x", plots) for name in ("x0", "x1"))
    y0, y1 = (_place(told, name, "y", plots) for name in ("y0", "y1"))
    line = told.get("line") or {}
    dash = DASHES.get(str(line.get("dash") or "solid"), "")
    width = number_of(line.get("width", 2))
    stroke = f'stroke="{painted(line.get("color") or "#59636e")}" stroke-width="{width:g}"' if width else ""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    faint = f' opacity="{number_of(told.get("opacity", 1)):g}"'
    if told.get("type") == "line":
        return f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" {stroke}{dashed}{faint}/>'
    if told.get("type") != "rect":
        return ""
    left, top = min(x0, x1), min(y0, y1)
    fill = painted(told["fillcolor"]) if told.get("fillcolor") else "none"
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{abs(x1 - x0):.1f}" height="{abs(y1 - y0):.1f}"'
        f' fill="{fill}" {stroke}{dashed}{faint}/>'
    )


def annotation(told: Mapping[str, Any], plots: Sequence[Plot], width: float, height: float) -> str:
    """Return a text beside its point, with a thin line to it where it stands far away."""
    x, y = _place(told, "x", "x", plots), _place(told, "y", "y", plots)
    text, font = told.get("text") or "", told.get("font") or {}
    size = number_of(font.get("size", 12)) * 0.95
    colour = painted(font.get("color") or "#2b3138")
    turn, opacity = number_of(told.get("textangle") or 0), number_of(told.get("opacity", 1))
    if told.get("showarrow") is not False:
        return _beside(told, text, (x, y), size, colour)
    half = width_of(text, size) / 2
    anchor = str(told.get("xanchor") or "auto")
    anchor = ("left" if x < width / 3 else "right" if x > width * 2 / 3 else "center") if anchor == "auto" else anchor
    rise = str(told.get("yanchor") or "auto")
    if rise == "auto":
        rise = "middle" if told.get("yref") != "paper" else "top" if y < height / 3 else "middle"
    x += number_of(told.get("xshift") or 0)
    y -= number_of(told.get("yshift") or 0)
    if anchor == "center" and not turn:
        x = min(max(x, half + 2), width - half - 2)
    y = max(y, height_of(text, size) + 1) if rise == "bottom" else y
    return written(
        text, x, y, size=size, anchor=_AROUND[anchor], valign=rise, colour=colour, turn=turn, opacity=opacity
    )


def _beside(told: Mapping[str, Any], text: str, point: tuple[float, float], size: float, colour: str) -> str:
    x, y = point[0] + number_of(told.get("ax") or 0), point[1] + number_of(told.get("ay") or 0)
    name = written(text, x, y, size=size, anchor="middle", colour=colour)
    if number_of(told.get("arrowwidth") or 1) < 0.5 or not told.get("ay"):
        return name
    edge = y + (height_of(text, size) / 2 if y < point[1] else -height_of(text, size) / 2)
    stroke = painted(told.get("arrowcolor") or "#59636e")
    return (
        f'<line x1="{point[0]:.1f}" y1="{point[1]:.1f}" x2="{x:.1f}" y2="{edge:.1f}" stroke="{stroke}"'
        f' stroke-width="0.7"/>{name}'
    )


def _place(told: Mapping[str, Any], name: str, along: str, plots: Sequence[Plot]) -> float:
    """Return the pixel of a coordinate on its axis, within its plot (`domain`) or within all of them (`paper`)."""
    ref, value = str(told.get(f"{along}ref") or along), told.get(name)
    value = 0 if value is None else value
    own = next((plot for plot in plots if _names(plot, along) == ref.removesuffix(" domain")), plots[0])
    if ref == "paper":
        boxes = [plot.box for plot in plots]
        low, high = (
            (min(box.left for box in boxes), max(box.right for box in boxes))
            if along == "x"
            else (max(box.bottom for box in boxes), min(box.top for box in boxes))
        )
        return low + number_of(value) * (high - low)
    if ref.endswith(" domain"):
        low, high = (own.box.left, own.box.right) if along == "x" else (own.box.bottom, own.box.top)
        return low + number_of(value) * (high - low)
    return (own.x if along == "x" else own.y).at(value)


def _names(plot: Plot, along: str) -> str:
    x, _, y = plot.name.partition("y")
    return x if along == "x" else f"y{y}"
