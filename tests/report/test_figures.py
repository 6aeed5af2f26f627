"""Charts in the PDF: the page's own figures, whole, with the page's numbers."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import plotly.graph_objects as go
import pytest

from qualab import charts
from qualab.charts.theme import label, themed
from qualab.report import figures, html, pdf
from qualab.report.build import build
from qualab.report.data import ReportData
from qualab.report.document import Document

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("chrome_path")]
Make = Callable[..., ReportData]
SVG = "{http://www.w3.org/2000/svg}"
# plotly.js hides a tick's text that the picture would cut off.
_VISIBLE = """(chart) => [...chart.querySelectorAll('.main-svg text')]
    .filter((text) => text.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
    .map((text) => text.textContent)"""
LONG = "SUMMER HOLIDAY 1958, restored from the only surviving print of the film archive"


@pytest.fixture(scope="module")
def document(make: Make) -> Document:
    """Return a report with every chart that a report has, on clips with long titles."""
    texts = (LONG, "x" * 200, "W" * 24, "<b>bold</b> & ]]> \u202e ελληνικά")
    return build(make(clips=4, hrcs=3, viewers=6, simulated=2, compare="all", texts=texts))


@pytest.fixture(scope="module")
def drawn(document: Document, chrome_path: str) -> list[tuple[go.Figure, int, str]]:
    """Return every figure of the report with its width and its SVG."""
    sized = list(pdf.figures_of(document))
    return [(*each, svg) for each, svg in zip(sized, figures.svgs_of(sized), strict=True)]


def texts_of(svg: str, part: str = "") -> list[str]:
    """Return the texts of a picture in their order: of all of it, or within what has a class."""
    root = ElementTree.fromstring(svg)
    parts = [root] if not part else [group for group in root.iter() if part in (group.get("class") or "").split()]
    return ["".join(text.itertext()) for group in parts for text in group.iter(f"{SVG}text")]


def test_ticks_between_whole_numbers_are_printed_as_they_are() -> None:
    figure = themed(go.Figure(go.Scatter(y=[87.5, 92.5, 97.5])), height=300)
    figure.update_yaxes(tick0=87.5, dtick=5)
    (svg,) = figures.svgs_of([(figure, 740)])
    assert texts_of(svg, "ytick") == ["87.5", "92.5", "97.5"]


def test_every_chart_of_the_report_shows_the_same_texts_in_page_and_pdf(
    chromium: Any, document: Document, drawn: list[tuple[go.Figure, int, str]], tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    path.write_text(html.render(document))
    page = chromium.new_page(viewport={"width": 1300, "height": 900})
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    shown = page.query_selector_all(".chart")
    assert len(shown) == len(drawn) > 20
    for chart, (figure, width, svg) in zip(shown, drawn, strict=True):
        chart.scroll_into_view_if_needed()
        chart.wait_for_selector("svg.main-svg", state="attached")
        # How many ticks an axis has depends on its length.
        layout = {
            "autosize": False,
            "width": width,
            "height": figure.layout.height,
            "font.family": figures.FONT["family"],
        }
        chart.evaluate("(chart, layout) => Plotly.relayout(chart, layout)", layout)
        texts = chart.evaluate(_VISIBLE)
        assert sorted(texts) == sorted(texts_of(svg))
    page.close()


def test_no_text_is_cut_off_by_the_edge_of_its_picture(chromium: Any, drawn: list[tuple[go.Figure, int, str]]) -> None:
    page = chromium.new_page(viewport={"width": 800, "height": 1000})
    for _, width, svg in drawn:
        page.set_content(f'<body style="margin: 0">{svg}</body>')
        boxes = page.evaluate(
            "[...document.querySelectorAll('text')].map((text) => [text.textContent, text.getBoundingClientRect()])"
        )
        height = float(ElementTree.fromstring(svg).get("height") or 0)
        # A pixel for what fonts hang over their boxes.
        cut = [t for t, box in boxes if box["left"] < -1 or box["right"] > width + 1 or box["bottom"] > height + 1]
        assert cut == []
    page.close()


def test_long_names_stand_whole_on_two_lines_or_end_with_an_ellipsis() -> None:
    names = [label("SUMMER HOLIDAY OF THE YEAR 1958"), label(LONG)]
    figure = themed(go.Figure(go.Bar(x=[1, 2], y=names, orientation="h")), height=300)
    (svg,) = figures.svgs_of([(figure, 430)])
    assert texts_of(svg, "ytick") == ["SUMMER HOLIDAY OF THEYEAR 1958", "SUMMER HOLIDAY 1958,restored from the only…"]


def test_every_kind_of_trace_that_charts_makes_is_drawn(drawn: list[tuple[go.Figure, int, str]]) -> None:
    sources = [path.read_text() for path in Path(charts.__file__).parent.glob("*.py")]
    makers = {
        name.lower()
        for source in sources
        for name in re.findall(r"go\.([A-Z]\w+)\(|add_(scatter|bar)\(", source)
        for name in name
        if name
    }
    kinds = {name for name in makers if hasattr(go, name.capitalize())} - {"figure", "layout"}
    assert kinds == {trace.type for figure, _, _ in drawn for trace in figure.data}
    for figure, _, svg in drawn:
        layers = re.findall(r'class="(scatter|bar|heatmap)layer mlayer"><g class="', svg)
        assert {trace.type for trace in figure.data if trace.visible is not False} <= set(layers)


def test_pictures_refer_to_nothing(drawn: list[tuple[go.Figure, int, str]]) -> None:
    for _, _, svg in drawn:
        assert svg.startswith("<svg ")
        assert "NaN" not in svg
        references = [value for name, value in re.findall(r'((?:xlink:)?href|src)="([^"]*)"', svg)]
        assert all(value.startswith("data:image/png;base64,") for value in references)
        assert all(value.startswith("#") for value in re.findall(r"url\(['\"]?([^)'\"]*)", svg))


def test_chrome_draws_by_the_plotly_package_and_asks_no_network() -> None:
    scripts = re.findall(r'src="([^"]*)"', figures._page().generate_index())
    assert len(scripts) == 2
    assert all(script.startswith("file:///") for script in scripts)


def test_a_figure_that_cannot_be_drawn_is_a_fault_of_its_own() -> None:
    figure = go.Figure(go.Scatter(y=[1, 2]))
    figure.update_layout(height=100, meta={"broken": object()})
    with pytest.raises(TypeError):
        figures.svgs_of([(figure, 400)])
