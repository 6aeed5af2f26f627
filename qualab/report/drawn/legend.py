"""The legend of a chart: one name a trace, in as many rows as they need."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qualab.report.drawn.axes import number_of
from qualab.report.drawn.marks import colour_of
from qualab.report.drawn.shapes import DASHES, marker, painted
from qualab.report.drawn.text import width_of, written

_SIZE, _ROW, _KEY, _GAP = 11.5, 19.0, 30.0, 18.0


@dataclass(frozen=True)
class Legend:
    """Rows of traces with the room each takes."""

    rows: tuple[tuple[tuple[Mapping[str, Any], float], ...], ...]

    @property
    def height(self) -> float:
        """Pixels from its top to its bottom; 0 where there is none."""
        return _ROW * len(self.rows)

    def drawn(self, left: float, top: float) -> Iterator[str]:
        """Yield its keys and names."""
        for number, row in enumerate(self.rows):
            at, middle = left, top + _ROW * (number + 0.5)
            for trace, room in row:
                yield from _key(trace, at, middle)
                yield written(trace["name"], at + _KEY - 4, middle, size=_SIZE)
                at += room


def legend_of(traces: Sequence[Mapping[str, Any]], layout: Mapping[str, Any], width: float) -> Legend:
    """Return the legend that plotly would show: of two or more named traces, unless the layout says otherwise."""
    named = [trace for trace in traces if trace.get("name") and trace.get("showlegend") is not False]
    shown = layout.get("showlegend")
    if shown is False or (shown is None and len(traces) < 2):
        return Legend(())
    rows: list[list[tuple[Mapping[str, Any], float]]] = [[]]
    left = 0.0
    for trace in named:
        room = _KEY + width_of(trace["name"], _SIZE) + _GAP
        if rows[-1] and left + room > width - 60:
            rows.append([])
            left = 0.0
        rows[-1].append((trace, room))
        left += room
    return Legend(tuple(tuple(row) for row in rows if row))


def _key(trace: Mapping[str, Any], left: float, middle: float) -> Iterator[str]:
    colour = colour_of(trace)
    paint = painted(colour if isinstance(colour, str) else next(iter(colour), ""))
    if trace.get("type") == "bar":
        yield f'<rect x="{left + 6:.1f}" y="{middle - 5:.1f}" width="14" height="10" fill="{paint}"/>'
        return
    mode, line = str(trace.get("mode") or "lines"), trace.get("line") or {}
    if "lines" in mode:
        dash = DASHES.get(str(line.get("dash") or "solid"), "")
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        stroke = painted(line.get("color") or paint)
        yield (
            f'<line x1="{left:.1f}" y1="{middle:.1f}" x2="{left + 22:.1f}" y2="{middle:.1f}" stroke="{stroke}"'
            f' stroke-width="{number_of(line.get("width", 2)):g}"{dashed}/>'
        )
    if "markers" in mode:
        symbol = (trace.get("marker") or {}).get("symbol") or "circle"
        symbol = symbol if isinstance(symbol, str) else str(next(iter(symbol), "circle"))
        yield marker(symbol, left + 11, middle, 8, paint, line=1.5, opacity=1)
