"""An analysis is one file and one row: it stands in --json, on the console, in the report; documents must name it."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from qualab.study.workspace import Workspace

_FILE = '''"""The share of viewers of whom most votes chose hrc_b."""

import pandas as pd

from qualab.stats.result import Result
from qualab.stats.tally import tally


def majority(votes: pd.DataFrame, *, alpha: float = 0.05) -> Result:
    """Return the share of viewers who lean to hrc_b."""
    counts = tally(votes, alpha=alpha)
    share = float((counts.totals > 0).mean()) if counts.n_votes else None
    return counts.result("majority", alpha, estimate=share, notes=[], assumptions="none of a test: a count")
'''
_ROW = '    Analysis("majority", "Leaning viewers", Role.SENSITIVITY, "How many viewers lean to it.", majority),'
# Viewer n prefers lite-x2 on n of 4 clips: 3 of the 6 lean to it, one leans to neither.
_VOTES = [
    (f"v{viewer}", f"clip-{clip}", "bicubic", "lite-x2", "b" if clip < viewer else "a")
    for viewer in range(6)
    for clip in range(4)
]


def _add(project) -> None:
    project.write("qualab/stats/pairwise/majority.py", _FILE)
    table = "qualab/stats/__init__.py"
    project.insert_row(table, "import gee, pigeonhole", "from qualab.stats.pairwise.majority import majority")
    project.insert_row(table, "for row in (", _ROW)


def test_a_new_analysis_stands_in_what_analyze_prints(project, tmp_path: Path) -> None:
    columns = ["subject", "src", "hrc_a", "hrc_b", "choice"]
    path = tmp_path / "votes.csv"
    pd.DataFrame(_VOTES, columns=columns).to_csv(path, index=False)
    _add(project)
    rows = project.run("analyze", str(path), "--json")
    (row,) = [line for line in rows.splitlines() if '"majority"' in line]
    assert '"estimate": 0.5' in row
    assert "majority (check)" in project.run("analyze", str(path))
    assert "majority" in project.undocumented("test_every_analysis_stands_in_the_statistics_page_with_its_role")


def test_a_new_analysis_stands_on_the_console_and_in_the_report(
    project, toy: Workspace, vote: Callable[..., None], tmp_path: Path
) -> None:
    vote(6, against=(2,))
    _add(project)
    page = project.page("results", study="toy")
    assert "Leaning viewers" in page
    assert "How many viewers lean to it." in page
    report = tmp_path / "report.html"
    project.run("report", "toy", "-o", str(report))
    assert "Leaning viewers (sensitivity)" in report.read_text(encoding="utf-8")
