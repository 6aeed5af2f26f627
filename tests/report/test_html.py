"""The HTML page: one file, nothing foreign in it, nothing in it that runs."""

import json
import re
import runpy
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from qualab.report.build import build
from qualab.report.data import ReportData
from qualab.report.html import render

Make = Callable[..., ReportData]
EVIL = (
    "<script>window.ran=1;alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "</title><script>alert(3)</script>",
    "</script><script>alert(4)</script>",
    "${alert(5)} {{7*7}} {% raw %} {{ document }}",
    "<!--<script>",
    "<a href='javascript:alert(6)'>click</a>",
    '"><svg onload=alert(7)>',
    "%{customdata} &lt;b&gt; \u202e\u0000",
    "<b>bold</b>",
)


class Page(HTMLParser):
    """What a browser would see: tags with attributes, and the scripts' contents."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[str, str]] = []
        self._kind: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self._kind = dict(attrs).get("type") or "script"
            self.scripts.append((self._kind, ""))

    def handle_data(self, data: str) -> None:
        if self._kind:
            kind, text = self.scripts[-1]
            self.scripts[-1] = (kind, text + data)

    def handle_endtag(self, tag: str) -> None:
        self._kind = None


@pytest.fixture(scope="module")
def evil_page() -> str:
    make = runpy.run_path(str(Path(__file__).with_name("conftest.py")))["study_data"]
    return render(build(make(clips=10, simulated=2, title=EVIL[0], texts=EVIL)))


def test_hostile_texts_add_no_tag_and_no_script(evil_page: str, make: Make) -> None:
    calm = render(build(make(clips=10, simulated=2, title="x", texts=tuple(f"text {n}" for n in range(10)))))
    shape = [(tag, sorted(attributes)) for tag, attributes in Page(calm).tags]
    assert [(tag, sorted(attributes)) for tag, attributes in Page(evil_page).tags] == shape


def test_embedded_chart_data_cannot_end_their_script(evil_page: str) -> None:
    charts = [text for kind, text in Page(evil_page).scripts if kind == "application/json"]
    assert len(charts) > 5
    for text in charts:
        assert not set("<>&\u2028\u2029") & set(text)
        assert set(json.loads(text)) == {"data", "layout"}


def test_template_signs_in_texts_stay_letters(evil_page: str) -> None:
    assert "{{7*7}}" in evil_page
    assert "$" + "{alert(5)}" in evil_page


def test_hidden_and_direction_characters_are_spelled_out(evil_page: str) -> None:
    licences = evil_page.split('<section id="licences">')[1].split("</section>")[0]
    assert "\\u202e" in licences
    assert "\u202e" not in evil_page.split("plotly.js v")[0]
    assert "\x00" not in evil_page


def test_nothing_in_the_page_refers_elsewhere(evil_page: str) -> None:
    for tag, attributes in Page(evil_page).tags:
        assert tag not in {"link", "iframe", "object", "embed", "base", "img", "form", "source"}
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            assert (attributes.get(name) or "#").startswith("#"), (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")]
    styles = "".join(re.findall(r"<style>(.*?)</style>", evil_page, re.DOTALL))
    assert "url(" not in styles
    assert "@import" not in styles


def test_the_page_forbids_loading_by_its_policy(evil_page: str) -> None:
    metas = [attributes for tag, attributes in Page(evil_page).tags if tag == "meta"]
    policy = next(meta["content"] for meta in metas if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy
    assert policy.startswith("default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'")


def test_plotly_is_there_once_and_only_where_there_are_charts(evil_page: str, make: Make) -> None:
    assert evil_page.count("plotly.js v") == 1
    empty = render(build(make(clips=0, viewers=0)))
    assert "plotly.js v" not in empty
    assert len(empty) < 40_000


def test_the_same_study_gives_the_same_bytes(make: Make) -> None:
    assert render(build(make(simulated=2))) == render(build(make(simulated=2)))


def test_only_the_time_differs_between_two_reports_of_one_study(make: Make) -> None:
    data = make()
    later = render(build(replace(data, generated_at="2032-01-01T00:00:00Z", manifest=data.manifest.model_copy())))
    assert later.replace("2032-01-01T00:00:00Z", data.generated_at) == render(build(data))


def test_headings_anchors_and_tables_are_accessible(make: Make) -> None:
    page = render(build(make()))
    anchors = re.findall(r"<nav.*?</nav>", page, re.DOTALL)[0]
    for anchor in re.findall(r'href="#([a-z]+)"', anchors):
        assert f'<section id="{anchor}"' in page
    assert page.count("<h1>") == 1
    assert page.count("<table>") == page.count("<caption>") > 5
    assert 'scope="col"' in page
    assert 'scope="row"' in page
    assert '<html lang="en">' in page
