"""The PDF: the same document on paper, set by typst, with nothing of what users wrote read as markup."""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import typst

from qualab.errors import ToolMissing
from qualab.report import pdf
from qualab.report.build import build
from qualab.report.data import ReportData
from qualab.report.formats import write

Make = Callable[..., ReportData]
HOSTILE = (
    '#panic("run")',
    '#read("/etc/passwd")',
    "= Heading *bold* _it_ $x$ `raw` @label <label>",
    '\\ \\u{1f} // comment /* #eval("1") */',
    'https://example.org/ #link("https://example.org")[x]',
    "<script>alert(1)</script> &lt; ]]> <![CDATA[",
    '"); #import "@preview/cetz:0.3.0"',
    "日本語 العربية ελληνικά \u202e\u0000",
    "=cmd|' /C calc'!A0",
    "x" * 200,
)


pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("chrome_path")]


def queried(content: str, selector: str) -> str:
    """Return what typst finds by a selector in a report's content, as JSON."""
    elements: str = typst.query(pdf._template(), selector, sys_inputs={"document": content})
    return elements


def test_it_is_a_pdf_with_the_title_and_without_a_date(make: Make) -> None:
    content = pdf.pdf_of(build(make(title="Old cartoons")))
    assert content.startswith(b"%PDF-")
    assert b"Old cartoons" in content
    assert b"/CreationDate" not in content


def test_the_same_study_gives_the_same_bytes(make: Make) -> None:
    assert pdf.pdf_of(build(make(simulated=2))) == pdf.pdf_of(build(make(simulated=2)))


def test_every_chapter_is_a_heading_in_the_contents(make: Make) -> None:
    document = build(make(simulated=2))
    content = json.dumps(pdf._document(document))
    headings = json.loads(queried(content, "heading.where(level: 1, outlined: true)"))
    assert len(headings) == len(document.sections)


def test_hostile_texts_are_set_letter_by_letter(make: Make) -> None:
    document = build(make(clips=10, viewers=2, title=HOSTILE[0], texts=HOSTILE))
    content = json.dumps(pdf._document(document), ensure_ascii=False)
    assert not re.findall(rb"/S ?/URI", typst.compile(pdf._template(), sys_inputs={"document": content}))
    # Markup in any text would make an element of a kind that the template itself never makes.
    kinds = "selector(link).or(raw).or(math.equation).or(strong).or(emph)"
    assert queried(content, kinds).count("func") == queried(content, "strong").count("func")
    assert len(json.loads(queried(content, "heading.where(level: 1)"))) == len(document.sections)


@pytest.mark.parametrize(("clips", "hrcs", "viewers"), [(0, 2, 0), (1, 1, 0), (1, 2, 1), (3, 3, 2)])
def test_studies_with_next_to_nothing_have_one_too(make: Make, clips: int, hrcs: int, viewers: int) -> None:
    assert pdf.pdf_of(build(make(clips=clips, hrcs=hrcs, viewers=viewers))).startswith(b"%PDF-")


@pytest.mark.parametrize("package", ["typst", "kaleido"])
def test_without_its_packages_the_hint_is_named_and_nothing_is_written(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ToolMissing, match=r"pip install 'qualab\[pdf\]'") as caught:
        write(make(), tmp_path / "report.pdf")
    assert caught.value.exit_code == 4
    assert not list(tmp_path.iterdir())


def test_only_the_time_differs_between_two_reports_of_one_study(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    # Of the figures their data: plotly.js names the clips of a picture by chance, and a PDF holds no such names.
    monkeypatch.setattr(pdf, "svgs_of", lambda figures: [figure.to_json() for figure, _ in figures])
    data = make()
    later = pdf._document(build(replace(data, generated_at="2032-01-01T00:00:00Z")))
    assert repr(later).replace("2032-01-01T00:00:00Z", data.generated_at) == repr(pdf._document(build(data)))
