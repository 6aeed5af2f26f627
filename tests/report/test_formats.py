"""The suffix picks the format; files are whole or absent."""

from collections.abc import Callable
from pathlib import Path

import pytest

from qualab.errors import InputError
from qualab.report import FORMATS
from qualab.report.data import ReportData
from qualab.report.formats import write

Make = Callable[..., ReportData]


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_every_format_writes_its_file_and_nothing_else(make: Make, tmp_path: Path, suffix: str) -> None:
    path = write(make(), tmp_path / "new" / f"report{suffix}")
    assert [found.name for found in path.parent.iterdir()] == [f"report{suffix}"]
    assert path.stat().st_size > 1000


def test_a_suffix_in_capitals_is_known(make: Make, tmp_path: Path) -> None:
    assert write(make(clips=0, viewers=0), tmp_path / "R.HTML").read_text().startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("name", "hint"), [("r.htm", "did you mean '.html'"), ("r", "known: .html, .pdf, .zip"), ("r.docx", "known")]
)
def test_an_unknown_suffix_is_refused_with_the_known_ones(make: Make, tmp_path: Path, name: str, hint: str) -> None:
    with pytest.raises(InputError, match=hint):
        write(make(), tmp_path / name)
    assert not list(tmp_path.iterdir())
