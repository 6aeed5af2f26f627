"""An export format added as one file and one row, and every place that shows it."""

from pathlib import Path

import pytest


@pytest.fixture
def extended(project):
    project.extend("Export format")
    return project


def test_help_lists_it_and_a_net_is_written_in_it(extended, tmp_path: Path):
    text = " ".join(extended.run("export", "--help").split())
    assert "listing (a list of tensors)" in text
    assert "OUT.lst" in text
    output = tmp_path / "lite.lst"
    assert f"cat {output}" in extended.run("export", "lite-x2", str(output))
    rows = output.read_text(encoding="utf-8").splitlines()
    assert rows[0] == "lite-x2"
    # The parameters of its card.
    assert sum(int(row.split()[1]) for row in rows[1:]) == 38_468
    extended.run("export", "lite-x2", str(tmp_path / "lite.onnx"), "--format", "listing", exit_code=2)


def test_without_documentation_it_is_named(extended):
    assert "listing" in extended.undocumented("test_every_row_of_a_family_stands_in_its_page[exporting.md]")
