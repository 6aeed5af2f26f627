"""A plotly figure as SVG: the plots on their axes, with legend, shapes and annotations."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from qualab.charts.labels import Box
from qualab.charts.theme import RULE
from qualab.report.drawn.axes import Plot, axis_of, number_of
from qualab.report.drawn.bars import bar_ends, bars
from qualab.report.drawn.legend import Legend, legend_of
from qualab.report.drawn.marks import heatmap, scatter
from qualab.report.drawn.notes import annotation, shape
from qualab.report.drawn.text import FAMILY, height_of, width_of, written

WIDTH, MOST_HEIGHT = 740.0, 980.0
_TICK, _TITLE = 11.0, 12.0
_QUIET = "#59636e"


def svg_of(figure: go.Figure, *, width: float = WIDTH) -> str:
    """Return a figure as one SVG that refers to nothing, `width` pixels wide and at most 980 high."""
    layout = figure.layout.to_plotly_json()
    template = ((layout.get("template") or {}).get("layout")) or {}
    traces = [trace.to_plotly_json() for trace in figure.data if trace.visible is not False]
    legend = legend_of(traces, layout, width)
    asked = number_of(layout.get("height") or 300)
    height = min(asked, MOST_HEIGHT) + max(0.0, legend.height - 24)
    plots = _plots(traces, layout, template, legend, width, height)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}"'
        f' viewBox="0 0 {width:g} {height:g}" font-family="{FAMILY}">',
        *(part for plot in plots for part in _grid(plot)),
        *(part for layer in ("below", "above") for part in _layer(layer, plots, layout)),
        *legend.drawn(plots[0].box.left if plots else 0.0, 2.0),
        *(annotation(note, plots, width, height) for note in layout.get("annotations") or ()),
        "</svg>",
    ]
    return "".join(parts)


def _layer(layer: str, plots: Sequence[Plot], layout: Mapping[str, Any]) -> Iterator[str]:
    """Yield shapes of one layer; the marks stand between the two."""
    if layer == "above":
        for plot in plots:
            yield from _marks(plot, layout)
    for one in layout.get("shapes") or ():
        if str(one.get("layer") or "above") == layer:
            yield shape(one, plots)


def _marks(plot: Plot, layout: Mapping[str, Any]) -> Iterator[str]:
    box, own = plot.box, [trace for trace in plot.traces if trace.get("type") == "bar"]
    if own:
        yield from bars(own, layout, plot.x, plot.y)
    for place, trace in enumerate(plot.traces):
        if trace.get("type") == "heatmap":
            yield from heatmap(trace, plot.x, plot.y)
        elif trace.get("type", "scatter") in ("scatter", "scattergl"):
            drawn = "".join(scatter(trace, plot.x, plot.y))
            if trace.get("cliponaxis") is False:
                yield drawn
                continue
            name = f"clip-{plot.name}-{place}"
            # A mark at the very edge is drawn whole, as plotly's are on axes of whole rows.
            area = (
                f'<clipPath id="{name}"><rect x="{box.left - 7:.1f}" y="{box.top - 7:.1f}"'
                f' width="{box.right - box.left + 14:.1f}" height="{box.bottom - box.top + 14:.1f}"/></clipPath>'
            )
            yield f'<defs>{area}</defs><g clip-path="url(#{name})">{drawn}</g>'


def _settings(layout: Mapping[str, Any], template: Mapping[str, Any], axis: str) -> dict[str, Any]:
    kind = axis[0]
    return {**(template.get(f"{kind}axis") or {}), **(layout.get(f"{kind}axis{axis[1:]}") or {})}


def _plots(
    traces: Sequence[Mapping[str, Any]],
    layout: Mapping[str, Any],
    template: Mapping[str, Any],
    legend: Legend,
    width: float,
    height: float,
) -> list[Plot]:
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for trace in traces:
        key = str(trace.get("xaxis") or "x"), str(trace.get("yaxis") or "y")
        groups.setdefault(key, []).append(trace)
    if not groups:
        groups[("x", "y")] = []
    told = {(x, y): (_settings(layout, template, x), _settings(layout, template, y)) for x, y in groups}
    area = _area(groups, told, layout, legend, width, height)
    return [_plot(key, groups[key], *told[key], area, layout) for key in groups]


def _area(
    groups: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]],
    told: Mapping[tuple[str, str], tuple[dict[str, Any], dict[str, Any]]],
    layout: Mapping[str, Any],
    legend: Legend,
    width: float,
    height: float,
) -> Box:
    """Return what is left for plots within names and titles; a first layout tells how long the names are."""
    margin = layout.get("margin") or {}
    rough = Box(80, 30, width - 16, height - 40)
    left, top, bottom = 4.0, max(number_of(margin.get("t", 16)), legend.height + 8), 6.0
    for key, traces in groups.items():
        x, y = told[key]
        plot = _plot(key, traces, x, y, rough, layout)
        names = [text for _, text in plot.y.ticks()]
        beside = max((width_of(text, _TICK) for text in names), default=0.0) + 10
        left = max(left, beside + (20 if plot.y.title else 0))
        high = max((height_of(text, _TICK) for _, text in plot.x.ticks()), default=0.0)
        high += (height_of(plot.x.title, _TITLE) + 4 if plot.x.title else 0.0) + 6
        if x.get("side") == "top":
            top = max(top, high + legend.height + 6)
        else:
            bottom = max(bottom, high)
    return Box(min(left, width * 0.45), top, width - 18, height - bottom - 2)


def _plot(
    key: tuple[str, str],
    traces: Sequence[Mapping[str, Any]],
    x: Mapping[str, Any],
    y: Mapping[str, Any],
    area: Box,
    layout: Mapping[str, Any],
) -> Plot:
    wide, tall = area.right - area.left, area.bottom - area.top
    first, last = x.get("domain") or (0, 1)
    low, high = y.get("domain") or (0, 1)
    box = Box(area.left + first * wide, area.bottom - high * tall, area.left + last * wide, area.bottom - low * tall)
    across = axis_of(x, _values(traces, "x", layout), box.left, box.right, pad=_room(traces))
    down = axis_of(y, _values(traces, "y", layout), box.bottom, box.top, pad=_room(traces))
    return Plot("".join(key), box, across, down, list(traces))


def _room(traces: Sequence[Mapping[str, Any]]) -> float:
    return 0.05 if any(trace.get("type", "scatter") == "scatter" for trace in traces) else 0.02


def _values(traces: Sequence[Mapping[str, Any]], along: str, layout: Mapping[str, Any]) -> list[Any]:
    """Return every value that an axis has to hold."""
    found: list[Any] = []
    for trace in traces:
        kind, sideways = trace.get("type", "scatter"), trace.get("orientation") == "h"
        if kind == "bar" and sideways == (along == "x"):
            continue
        values = trace.get(along)
        values = list(values) if values is not None else []
        found += values
        if kind in ("bar", "heatmap"):
            found += [edge for value in values if math.isfinite(number_of(value)) for edge in _edges(number_of(value))]
        told = trace.get(f"error_{along}") or {}
        for name, sign in (("array", 1), ("arrayminus", -1)):
            if told.get(name) is not None:
                found += [
                    number_of(value) + sign * number_of(by) for value, by in zip(values, told[name], strict=False)
                ]
    lengths = [one for one in traces if one.get("type") == "bar" and (one.get("orientation") == "h") == (along == "x")]
    return found + (bar_ends(lengths, layout) if lengths else [])


def _edges(value: float) -> tuple[float, float]:
    return value - 0.5, value + 0.5


def _grid(plot: Plot) -> Iterator[str]:
    """Yield grid lines, names and titles of both axes."""
    box = plot.box
    on_top = plot.x.settings.get("side") == "top"
    for at, name in plot.x.ticks():
        if plot.x.settings.get("showgrid") is not False:
            yield _rule(at, box.top, at, box.bottom)
        edge, valign = (box.top - 5, "bottom") if on_top else (box.bottom + 4, "top")
        yield written(name, at, edge, size=_TICK, anchor="middle", valign=valign, colour=_QUIET)
    for at, name in plot.y.ticks():
        if plot.y.settings.get("showgrid") is not False:
            yield _rule(box.left, at, box.right, at)
        yield written(name, box.left - 7, at, size=_TICK, anchor="end")
    yield from _titles(plot, on_top)


def _titles(plot: Plot, on_top: bool) -> Iterator[str]:
    box = plot.box
    if plot.x.title and plot.x.is_visible:
        high = max((height_of(text, _TICK) for _, text in plot.x.ticks()), default=0.0) + 6
        edge, valign = (box.top - high - 2, "bottom") if on_top else (box.bottom + high, "top")
        middle = (box.left + box.right) / 2
        yield written(plot.x.title, middle, edge, size=_TITLE, anchor="middle", valign=valign, colour=_QUIET)
    if plot.y.title and plot.y.is_visible:
        middle = (box.top + box.bottom) / 2
        yield written(plot.y.title, 9, middle, size=_TITLE, anchor="middle", turn=-90, colour=_QUIET)


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{RULE}" stroke-width="1"/>'
