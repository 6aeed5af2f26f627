"""The page in a real browser: drawn, quiet, offline, legible in light and dark."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from qualab.report.formats import write

pytestmark = pytest.mark.browser
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a report whose every text is hostile."""
    make = runpy.run_path(str(HERE / "conftest.py"))["study_data"]
    evil = runpy.run_path(str(HERE / "test_html.py"))["EVIL"]
    data = make(clips=10, simulated=2, title=evil[0], texts=evil)
    return write(data, tmp_path_factory.mktemp("report") / "evil.html")


class Visit:
    """An opened report, and everything that happened in it."""

    def __init__(self, chromium: Any, report: Path, *, width: int = 1300, scheme: str = "light") -> None:
        self.page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.events: list[str] = []
        self.page.on("dialog", lambda dialog: (self.events.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda request: self.events.append(f"request {request.url[:90]}"))
        self.page.on("pageerror", lambda error: self.events.append(f"error {error}"))
        self.page.on("console", lambda message: self.events.append(f"console {message.text[:200]}"))
        self.page.goto(report.as_uri())

    def draw_all(self) -> None:
        """Open every fold and bring every chart into view."""
        self.page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
        for chart in self.page.query_selector_all(".chart"):
            chart.scroll_into_view_if_needed()
            chart.wait_for_selector("svg.main-svg", state="attached")


def test_hostile_texts_open_no_dialog_send_no_request_and_are_shown_letter_by_letter(
    chromium: Any, report: Path
) -> None:
    visit = Visit(chromium, report)
    visit.draw_all()
    for mark in visit.page.query_selector_all(".chart .point path, .chart .ytick text")[:40]:
        mark.evaluate("(element) => element.scrollIntoView({ block: 'center' })")
        box = mark.bounding_box()
        if box:
            visit.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert visit.events == [f"request {report.as_uri()[:90]}"]
    assert visit.page.evaluate("window.ran") is None
    assert visit.page.query_selector_all(".chart a, .chart img, .chart script") == []
    labels = [label.text_content() for label in visit.page.query_selector_all(".chart .ytick text")]
    assert "<b>bold</b>" in labels
    assert any(str(label).startswith("<script>window.ran") for label in labels)
    assert visit.page.inner_text("h1") == "<script>window.ran=1;alert(1)</script>"
    assert visit.page.title().startswith("<script>window.ran")
    visit.page.close()


def test_every_chart_is_drawn_with_marks(chromium: Any, report: Path) -> None:
    visit = Visit(chromium, report)
    visit.draw_all()
    charts = visit.page.query_selector_all(".chart")
    assert len(charts) > 15
    for chart in charts:
        assert chart.query_selector(".bars path, .scatterlayer path") is not None
    visit.page.close()


@pytest.mark.parametrize("width", [1300, 420])
def test_the_page_is_never_wider_than_the_screen(chromium: Any, report: Path, width: int) -> None:
    visit = Visit(chromium, report, width=width)
    visit.draw_all()
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    visit.page.close()


@pytest.mark.parametrize(("scheme", "is_light"), [("light", False), ("dark", True)])
def test_chart_inks_follow_light_and_dark(chromium: Any, report: Path, scheme: str, is_light: bool) -> None:
    visit = Visit(chromium, report, scheme=scheme)
    visit.draw_all()
    for part in (".ytick text", ".xtick text", ".legendtext", ".xtitle", ".bartext-outside"):
        fill = visit.page.evaluate(f"getComputedStyle(document.querySelector('.chart {part}')).fill")
        channels = [int(channel) for channel in fill.removeprefix("rgb(").removesuffix(")").split(",")]
        assert (min(channels) > 140) if is_light else (max(channels) < 120), (part, fill)
    visit.page.close()


def test_printing_draws_charts_that_were_never_scrolled_to(chromium: Any, report: Path) -> None:
    visit = Visit(chromium, report)
    visit.page.pdf(format="A4")
    drawn = visit.page.evaluate("document.querySelectorAll('section > figure .chart:not([data-drawn])').length")
    assert drawn == 0
    visit.page.close()
