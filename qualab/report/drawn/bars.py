"""Bars of a chart as SVG, beside, above or over each other."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from qualab.report.drawn.axes import Axis, number_of
from qualab.report.drawn.marks import colour_of, listed, template_text
from qualab.report.drawn.shapes import painted
from qualab.report.drawn.text import width_of, written


def bar_ends(traces: Sequence[Mapping[str, Any]], layout: Mapping[str, Any]) -> list[float]:
    """Return where bars begin and end along their axis, so that an axis can hold them."""
    return [end for _, _, low, high, _ in _placed(traces, layout) for end in (low, high) if math.isfinite(end)]


def bars(traces: Sequence[Mapping[str, Any]], layout: Mapping[str, Any], x: Axis, y: Axis) -> Iterator[str]:
    """Yield all bars of one plot with their texts."""
    mode = str(layout.get("barmode") or "group")
    side_by_side = len(traces) if mode == "group" else 1
    room = (1 - number_of(layout.get("bargap", 0.2))) * _step(traces)
    wide = room / side_by_side * (1 - number_of(layout.get("bargroupgap", 0.0)))
    for number, place, low, high, text in _placed(traces, layout):
        trace = traces[number]
        sideways = _is_sideways(trace)
        across, along = (y, x) if sideways else (x, y)
        own = trace.get("width")
        width = number_of(own) if isinstance(own, int | float) else wide
        shift = (number - (side_by_side - 1) / 2) * room / side_by_side if side_by_side > 1 else 0.0
        middle = across.at(across.number(place) + shift)
        ends = along.at(low), along.at(high)
        if not all(map(math.isfinite, (*ends, middle))):
            continue
        colours = listed(colour_of(trace), len(trace["x"] if not sideways else trace["y"]))
        yield _bar(sideways, middle, across.size(width), ends, painted(_of(colours, trace, place, sideways)))
        if text:
            yield _named(trace, sideways, middle, ends, text)


def _of(colours: Sequence[Any], trace: Mapping[str, Any], place: Any, sideways: bool) -> Any:
    places = list(trace["y"] if sideways else trace["x"])
    return colours[places.index(place)]


def _is_sideways(trace: Mapping[str, Any]) -> bool:
    return str(trace.get("orientation") or "v") == "h"


def _step(traces: Sequence[Mapping[str, Any]]) -> float:
    """Return the least distance between bars of different places; 1 between categories."""
    places = {number_of(place) for trace in traces for place in trace["y" if _is_sideways(trace) else "x"]}
    ordered = sorted(place for place in places if math.isfinite(place))
    return min((two - one for one, two in pairwise(ordered)), default=1.0)


def _placed(
    traces: Sequence[Mapping[str, Any]], layout: Mapping[str, Any]
) -> Iterator[tuple[int, Any, float, float, str]]:
    """Yield trace, place, begin, end and text of each bar."""
    stacked = str(layout.get("barmode") or "group") in ("stack", "relative")
    tops: dict[tuple[str, bool], float] = {}
    for number, trace in enumerate(traces):
        sideways = _is_sideways(trace)
        places, values = list(trace["y" if sideways else "x"]), list(trace["x" if sideways else "y"])
        texts, bases = listed(trace.get("text"), len(places)), listed(trace.get("base"), len(places))
        for place, value, text, base in zip(places, values, texts, bases, strict=False):
            length, key = number_of(value), (str(place), number_of(value) < 0)
            low = tops.get(key, 0.0) if stacked else number_of(base or 0)
            if math.isfinite(length):
                tops[key] = low + length
            told = trace.get("texttemplate")
            shown = template_text(told, {"text": text, "x": value, "y": value}) if told else str(text or "")
            yield number, place, low, low + length, shown


def _bar(sideways: bool, middle: float, width: float, ends: tuple[float, float], paint: str) -> str:
    begin, length = min(ends), abs(ends[1] - ends[0])
    box = (begin, middle - width / 2, length, width) if sideways else (middle - width / 2, begin, width, length)
    left, top, wide, tall = box
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{tall:.1f}" fill="{paint}"/>'


def _named(trace: Mapping[str, Any], sideways: bool, middle: float, ends: tuple[float, float], text: str) -> str:
    """Return the text of a bar: within it where asked for and room is, else beyond its end."""
    size = 11.0
    place = str(trace.get("textposition") or "auto")
    room = abs(ends[1] - ends[0]) if sideways else math.inf
    inside = place == "inside" or (place == "auto" and width_of(text, size) < room - 6)
    if place == "none":
        return ""
    if inside:
        if width_of(text, size) > room + 2:
            return ""
        spot = ((ends[0] + ends[1]) / 2, middle) if sideways else (middle, (ends[0] + ends[1]) / 2)
        return written(text, *spot, size=size, anchor="middle", colour="#10151b")
    forward = 1 if ends[1] >= ends[0] else -1
    if sideways:
        return written(text, ends[1] + 5 * forward, middle, size=size, anchor="start" if forward > 0 else "end")
    return written(
        text, middle, ends[1] + 3 * forward, size=size, anchor="middle", valign="top" if forward > 0 else "bottom"
    )
