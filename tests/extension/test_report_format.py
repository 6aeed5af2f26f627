"""A report format is one file and one row: in help, on the console, written, downloaded; documents must name it."""

from pathlib import Path

from qualab.study.workspace import Workspace

_FILE = '''"""The titles of a report's chapters, a line each."""

from pathlib import Path

from qualab.report.build import build
from qualab.report.data import ReportData
from qualab.study.files import write_text


def save(data: ReportData, path: Path) -> None:
    """Write the titles."""
    write_text(path, "\\n".join(section.title for section in build(data).sections))
'''
_ROW = '    ReportFormat(".txt", "chapter list", "What stands in it.", "text/plain", "qualab.report.chapters:save"),'


def test_a_new_report_format_stands_in_help_console_and_downloads(project, toy: Workspace, tmp_path: Path) -> None:
    project.write("qualab/report/chapters.py", _FILE)
    project.insert_row("qualab/report/__init__.py", "for row in (", _ROW)
    assert "FILE.txt (chapter list)" in " ".join(project.run("report", "--help").split())
    assert "**Report, chapter list**" in project.page("report", study="toy")
    report = tmp_path / "chapters.txt"
    project.run("report", "toy", "-o", str(report))
    assert "Limitations" in report.read_text(encoding="utf-8").splitlines()
    types = "from qualab.ui.http.console_api import _REPORTS as types; print(types['report.txt'])"
    assert project.python("-c", types) == "text/plain\n"
    assert ".txt" in project.undocumented("test_every_report_format_stands_in_the_reports_page")
