"""The report as one HTML file that works offline, prints, and runs nothing that anyone typed into a title."""

from functools import cache
from itertools import count
from pathlib import Path

import plotly.offline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup

from qualab.charts.theme import one_text
from qualab.report.build import build
from qualab.report.data import ReportData
from qualab.report.document import Block, Document, FigureBlock, Fold
from qualab.study.files import write_text

_PAGE = Path(__file__).parent / "page"
# Inside <script> a browser looks for </script and <!-- only; without these five characters neither can occur.
_UNSAFE = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def save(data: ReportData, path: Path) -> None:
    """Write the report as one HTML file, whole or not at all."""
    write_text(path, render(build(data)))


def render(document: Document) -> str:
    """Return a document as one self-contained HTML page; equal documents give equal bytes.

    Whatever users wrote is escaped: in HTML by the template, in charts by charts.theme, in JSON here. A content
    security policy forbids loading anything.
    """
    charts = any(_holds_chart(block) for section in document.sections for block in section.blocks)
    numbers = count(1)
    return _template().render(
        document=document,
        charts=charts,
        css=Markup(_text("report.css")),
        script=Markup(_text("report.js")),
        plotly=Markup(plotly.offline.get_plotlyjs()) if charts else "",
        next_number=lambda: next(numbers),
        json_of=_json,
        height_of=lambda block: int(block.figure.layout.height or 300),
    )


def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_PAGE),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
    )
    return environment.get_template("report.html.jinja")


def _printable(value: object) -> object:
    return one_text(value) if type(value) is str else value


@cache
def _text(name: str) -> str:
    return (_PAGE / name).read_text(encoding="utf-8")


def _json(block: FigureBlock) -> Markup:
    return Markup(str(block.figure.to_json(engine="json")).translate(_UNSAFE))


def _holds_chart(block: Block) -> bool:
    return isinstance(block, FigureBlock) or (isinstance(block, Fold) and any(map(_holds_chart, block.blocks)))
