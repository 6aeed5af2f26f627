"""A Chrome that is not there, ends or hangs: the PDF is refused with a hint, in time, and nothing is left."""

from collections.abc import Callable, Iterator
from pathlib import Path

import plotly.graph_objects as go
import psutil
import pytest

from qualab.errors import ToolMissing
from qualab.report import figures
from qualab.report.data import ReportData
from qualab.report.formats import write

Make = Callable[..., ReportData]


@pytest.fixture(autouse=True)
def _leaves_no_process() -> Iterator[None]:
    """Fail a test that leaves a process behind."""
    before = set(psutil.Process().children(recursive=True))
    yield
    assert set(psutil.Process().children(recursive=True)) - before == set()


def chrome_script(folder: Path, line: str) -> str:
    path = folder / "chrome"
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("line", "reason"), [(None, "is not there"), ("exit 1", "does not start"), ("exec sleep 600", "has drawn nothing")]
)
def test_without_a_chrome_that_works_the_page_is_named_and_no_file_is_left(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str | None, reason: str
) -> None:
    monkeypatch.setattr(figures, "_PATIENCE_S", 5.0)
    monkeypatch.setenv("QUALAB_CHROME", chrome_script(tmp_path, line) if line else str(tmp_path / "none"))
    folder = tmp_path / "reports"
    folder.mkdir()
    with pytest.raises(ToolMissing, match=f"{reason}.*QUALAB_CHROME; the HTML report prints the same") as caught:
        write(make(), folder / "report.pdf")
    assert caught.value.exit_code == 4
    assert list(folder.iterdir()) == []


class Halting(list[tuple[go.Figure, int]]):
    """Figures that stop Chrome once the first is drawn."""

    def __iter__(self) -> Iterator[tuple[go.Figure, int]]:
        for place, figure in enumerate(super().__iter__()):
            for process in psutil.Process().children(recursive=True) if place else ():
                if "chrom" in process.name():
                    process.suspend()
            yield figure


@pytest.mark.browser
@pytest.mark.usefixtures("chrome_path")
def test_a_chrome_that_stops_answering_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "_PATIENCE_S", 20.0)
    figure = go.Figure(go.Scatter(y=[1, 2]))
    with pytest.raises(ToolMissing, match="has drawn nothing for 20 s"):
        figures.svgs_of(Halting([(figure, 400)] * 3))
