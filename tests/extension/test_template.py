"""A study template added as one file and one row, and every place that shows it."""

import json

import pytest

from qualab.study.workspace import Workspace

_TEMPLATE = '''"""One height at two qualities."""

from collections.abc import Mapping

from qualab.study.templates.template import Template


def _heights(display_height: int) -> tuple[int, ...]:
    return (display_height // 2,)


def _rates(codec: str, height: int) -> Mapping[str, tuple[float, ...]]:
    return {"crf": (20.0, 40.0)}


FLAT = Template("One height at two qualities.", votes=False, display_height=480, heights=_heights, rates=_rates)
'''
_ROW = '    "flat": "qualab.study.templates.flat:FLAT",'


@pytest.fixture
def extended(project):
    project.write("qualab/study/templates/flat.py", _TEMPLATE)
    project.insert_row("qualab/study/templates/__init__.py", '"pair": ', _ROW)
    return project


def test_help_lists_it_and_a_study_is_made_of_it(extended, toy: Workspace):
    assert "pair, flat, ladder or per-title" in " ".join(extended.run("study", "create", "--help").split())
    extended.run("study", "create", "coding", "--template", "flat")
    study = json.loads(extended.run("study", "show", "coding", "--json"))
    assert study["display_height"] == 480
    assert [(row["height"], row["crf"]) for row in study["rendition"]] == [(240, 20.0), (240, 40.0)]
    assert not study["voting"]["enabled"]


def test_the_console_offers_it(extended, toy: Workspace):
    page = extended.page("studies")
    assert "One height at two qualities." in page


def test_without_documentation_it_is_named(extended):
    assert "flat" in extended.undocumented("test_every_row_of_a_family_stands_in_its_page[studies.md]")
