"""How every chart looks: colours and marks that hold on light and dark, and text that stays text."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from qualab.errors import one_line

# Each colour has at least 3:1 contrast on white and on near-black; marks and dashes repeat what hue says,
# so that charts also read without colour vision and in black print.
BASELINE_COLOUR = "#8a929b"
COLOURS = ("#2f7ed8", "#d97706", "#0f9d78", "#c2569b", "#8466d9", "#7d8a1f", "#0092b8", "#b06a3b")
SYMBOLS = ("circle", "square", "triangle-up", "cross", "triangle-down", "star", "hexagon", "pentagon")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
# Mid-greys: the fallback where neither Streamlit's theme nor the report's style sheet sets the ink.
INK = "#7b838d"
ALARM = "#d1495b"
MOST_NAMES = 16
RULE = "rgba(128,136,146,0.22)"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"


@dataclass(frozen=True)
class Style:
    """The look of one HRC: the same in every chart that is given the same order of HRCs."""

    colour: str
    symbol: str
    dash: str


def styles(hrcs: Sequence[str]) -> dict[str, Style]:
    """Return a style for each HRC, in order; the first one, the baseline, is grey.

    >>> styles(["bicubic", "espcn-x2"])["bicubic"].colour == BASELINE_COLOUR
    True
    """
    assigned = {hrc: Style(BASELINE_COLOUR, SYMBOLS[0], DASHES[0]) for hrc in hrcs[:1]}
    for number, hrc in enumerate(hrcs[1:]):
        turn, place = divmod(number, len(COLOURS))
        symbol, dash = SYMBOLS[(place + turn + 1) % len(SYMBOLS)], DASHES[(place + turn) % len(DASHES)]
        assigned[hrc] = Style(COLOURS[place], symbol, dash)
    return assigned


def inert(text: object, limit: int = 200) -> str:
    """Return `text` so that plotly draws it letter by letter: its HTML subset and entities mean nothing in it.

    >>> inert("<b>Tom & Jerry</b>")
    '&lt;b&gt;Tom &amp; Jerry&lt;/b&gt;'
    """
    return escape(shortened(text, limit), quote=False)


def label(text: object, width: int = 24) -> str:
    """Return `text` as a tick label of at most two lines, inert."""
    lines = textwrap.wrap(shortened(text, 200), width, max_lines=2, placeholder="…") or [""]
    return "<br>".join(escape(line, quote=False) for line in lines)


def one_text(text: object) -> str:
    """Return `text` as one line without characters that hide or turn what stands around them.

    Control, direction and lone surrogate characters are escaped; the joiners that scripts and emoji need stay.
    """
    return "".join(char if char in "\u200c\u200d" else one_line(char) for char in str(text))


def shortened(text: object, limit: int) -> str:
    """Return `text` as one line of at most `limit` characters; the last is an ellipsis where some were cut."""
    line = one_text(text)
    return line if len(line) <= limit else line[: limit - 1] + "…"


def themed(figure: go.Figure, *, height: int) -> go.Figure:
    """Return `figure` with the look of all charts: transparent, calm, quiet grid, legend above.

    The look lives in the layout's template, so that Streamlit's own theme can replace its inks.
    """
    axis = {
        "gridcolor": RULE,
        "linecolor": RULE,
        "zerolinecolor": RULE,
        "automargin": True,
        "ticks": "",
        "ticklabelstandoff": 6,
    }
    axis["title"] = {"font": {"size": 13}, "standoff": 12}
    layout = go.Layout(
        font={"family": FONT, "size": 13, "color": INK},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        colorway=list(COLOURS),
        xaxis=axis,
        yaxis=axis,
        hoverlabel={"font": {"family": FONT, "size": 13}, "align": "left"},
    )
    figure.update_layout(
        template=go.layout.Template(layout=layout),
        height=height,
        margin={"l": 8, "r": 16, "t": 16, "b": 8},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "title": {"text": ""}},
        hovermode="closest",
        dragmode=False,
    )
    return figure


def without_long_legend(figure: go.Figure) -> go.Figure:
    """Return `figure` without its legend where that would be longer than it helps: pointing at a mark names it."""
    return figure.update_layout(showlegend=False) if len(figure.data) > MOST_NAMES else figure


def empty_chart(reason: str) -> go.Figure:
    """Return a chart that holds no marks and says why."""
    figure = themed(go.Figure(), height=140)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.add_annotation(
        text=inert(reason), x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font={"size": 14}
    )
    return figure


def watermark(figure: go.Figure, text: str) -> go.Figure:
    """Return a copy of `figure` with `text` written across it, as simulated data need wherever they are shown."""
    marked = go.Figure(figure)
    height = int(figure.layout.height or 300)
    mark = {"text": f"<b>{inert(text)}</b>", "xref": "paper", "yref": "paper", "showarrow": False, "name": "watermark"}
    if height < 160:
        font = {"size": 15, "color": ALARM}
        return marked.add_annotation(x=1, y=1, xanchor="right", yanchor="bottom", font=font, **mark)
    font = {"size": min(height // 7, 44), "color": ALARM}
    return marked.add_annotation(x=0.5, y=0.5, textangle=-12, opacity=0.4, font=font, **mark)
