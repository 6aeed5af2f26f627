"""A study template added as one file and one row, and every place that shows it."""

import json

import pytest

from qualab.study.workspace import Workspace


@pytest.fixture
def extended(project):
    project.extend("Study template")
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
