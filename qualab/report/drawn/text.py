"""Text of charts as SVG: the few HTML signs that plotly knows, widths near enough to lay out by."""

from dataclasses import dataclass, replace
from html import escape
from html.parser import HTMLParser

from qualab.charts.theme import one_text

FAMILY = "Libertinus Serif"
# Mean width of a letter of that family, as a share of its size.
LETTER = 0.47
LINE = 1.22
# What XML cannot hold stays out; U+FFFE and U+FFFF are no characters.
_NO_XML = {0xFFFE: None, 0xFFFF: None}
Anchor = str


@dataclass(frozen=True)
class Run:
    """A piece of a line in one style; `size` is None where it is that of the whole."""

    text: str
    bold: bool = False
    italic: bool = False
    size: float | None = None


class _Reader(HTMLParser):
    """Reads plotly's HTML subset: <b>, <i>, <br>, and the font size of <span>; any other tag is passed over."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[list[Run]] = [[]]
        self.styles = [Run("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        now = self.styles[-1]
        if tag == "br":
            self.lines.append([])
            return
        size = _size(dict(attrs).get("style") or "") if tag == "span" else None
        style = replace(now, bold=now.bold or tag == "b", italic=now.italic or tag == "i", size=size or now.size)
        self.styles.append(style)

    def handle_endtag(self, tag: str) -> None:
        if tag != "br" and len(self.styles) > 1:
            self.styles.pop()

    def handle_data(self, data: str) -> None:
        self.lines[-1].append(replace(self.styles[-1], text=data))


def _size(style: str) -> float | None:
    name, _, value = style.partition(":")
    number = value.strip().removesuffix(";").removesuffix("px")
    return float(number) if name.strip() == "font-size" and number.replace(".", "", 1).isdecimal() else None


def lines_of(text: object) -> list[list[Run]]:
    """Return a plotly text as lines of runs, entities resolved.

    >>> [[run.text for run in line] for line in lines_of("<b>a &lt;b&gt;</b><br>c")]
    [['a <b>'], ['c']]
    """
    reader = _Reader()
    reader.feed(str(text))
    reader.close()
    return reader.lines


def width_of(text: object, size: float) -> float:
    """Return about how many pixels wide a text is: that of its longest line."""
    return max(sum(len(run.text) * LETTER * (run.size or size) for run in line) for line in lines_of(text))


def height_of(text: object, size: float) -> float:
    """Return how many pixels high a text is."""
    return sum(max((run.size or size for run in line), default=size) * LINE for line in lines_of(text))


def written(
    text: object,
    x: float,
    y: float,
    *,
    size: float = 12,
    anchor: Anchor = "start",
    valign: str = "middle",
    colour: str = "#2b3138",
    turn: float = 0,
    opacity: float = 1,
) -> str:
    """Return a text as SVG whose block's `valign` (top, middle, bottom) is at `y`; `turn` is clockwise in degrees."""
    lines = lines_of(text)
    heights = [max((run.size or size for run in line), default=size) * LINE for line in lines]
    top = y - {"top": 0.0, "middle": 0.5, "bottom": 1.0}[valign] * sum(heights)
    spans = []
    for line, height in zip(lines, heights, strict=True):
        base = top + height * 0.76
        start = f' x="{x:.1f}" y="{base:.1f}"'
        for run in line:
            spans.append(f"<tspan{start}{_style(run)}>{_letters(run.text)}</tspan>")
            start = ""
        top += height
    turned = f' transform="rotate({turn:g} {x:.1f} {y:.1f})"' if turn else ""
    faint = f' opacity="{opacity:g}"' if opacity < 1 else ""
    return f'<text font-size="{size:g}" text-anchor="{anchor}" fill="{colour}"{turned}{faint}>{"".join(spans)}</text>'


def _style(run: Run) -> str:
    return (
        (' font-weight="bold"' if run.bold else "")
        + (' font-style="italic"' if run.italic else "")
        + (f' font-size="{run.size:g}"' if run.size else "")
    )


def _letters(text: str) -> str:
    return escape(one_text(text).translate(_NO_XML))
