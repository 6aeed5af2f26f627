"""Marks, dashes and colours as SVG writes them."""

import math
import re

from qualab.charts.theme import INK

DASHES = {
    "dash": "7 5",
    "dot": "2 3.5",
    "dashdot": "7 4 2 4",
    "longdash": "12 5",
    "longdashdot": "12 4 2 4",
}
# What may stand in an attribute as a colour; anything else is drawn in ink.
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|rgba?\([0-9., %]+\)|[a-z]{3,20}")
_CORNERS = {
    "diamond": (4, 0.0),
    "pentagon": (5, 0.0),
    "hexagon": (6, 30.0),
    "triangle-up": (3, 0.0),
    "square": (4, 45.0),
}


def painted(colour: object) -> str:
    """Return a colour that can stand in an attribute."""
    text = str(colour)
    return text if _COLOUR.fullmatch(text) else INK


def marker(symbol: str, x: float, y: float, size: float, colour: str, *, line: float, opacity: float) -> str:
    """Return one mark as SVG; `line` is the width of the strokes of open and thin ones."""
    kind = symbol.removesuffix("-open").removesuffix("-thin")
    is_thin, radius = "-thin" in symbol or kind.startswith("line-"), size / 2
    faint = f' opacity="{opacity:g}"' if opacity < 1 else ""
    if is_thin:
        return f'<path d="{_strokes(kind, x, y, radius)}" stroke="{colour}" stroke-width="{max(line, 1):g}"{faint}/>'
    paint = (
        f'fill="none" stroke="{colour}" stroke-width="{max(line, 1):g}"'
        if symbol.endswith("-open")
        else f'fill="{colour}"'
    )
    if kind == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" {paint}{faint}/>'
    return f'<polygon points="{_outline(kind, x, y, radius)}" {paint}{faint}/>'


def _strokes(kind: str, x: float, y: float, radius: float) -> str:
    if kind == "line-ns":
        return f"M{x:.1f} {y - radius:.1f}V{y + radius:.1f}"
    if kind == "line-ew":
        return f"M{x - radius:.1f} {y:.1f}H{x + radius:.1f}"
    part = radius * 0.75
    left, top, right, bottom = x - part, y - part, x + part, y + part
    return f"M{left:.1f} {top:.1f}L{right:.1f} {bottom:.1f}M{left:.1f} {bottom:.1f}L{right:.1f} {top:.1f}"


def _outline(kind: str, x: float, y: float, radius: float) -> str:
    if kind == "cross":
        third = radius / 2.6
        steps = [
            (-third, -radius),
            (third, -radius),
            (third, -third),
            (radius, -third),
            (radius, third),
            (third, third),
        ]
        corners = [*steps, *((-across, -down) for across, down in steps)]
    elif kind == "star":
        turns = [math.radians(36 * place) for place in range(10)]
        reach = [radius * 1.2 if place % 2 == 0 else radius * 0.5 for place in range(10)]
        corners = [(far * math.sin(turn), -far * math.cos(turn)) for far, turn in zip(reach, turns, strict=True)]
    else:
        flip = -1 if kind == "triangle-down" else 1
        number, first = _CORNERS.get("triangle-up" if flip < 0 else kind, _CORNERS["square"])
        far = radius * (1.3 if number == 4 and first else 1.15)
        turns = [math.radians(first + 360 / number * place) for place in range(number)]
        corners = [(far * math.sin(turn), -flip * far * math.cos(turn)) for turn in turns]
    return " ".join(f"{x + across:.1f},{y + down:.1f}" for across, down in corners)
