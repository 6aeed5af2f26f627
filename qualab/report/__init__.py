"""Report formats by file suffix."""

from collections.abc import Callable, Mapping
from pathlib import Path

from qualab.report import archive, html, pdf
from qualab.report.data import ReportData

FORMATS: Mapping[str, Callable[[ReportData, Path], None]] = {
    ".html": html.save,
    ".pdf": pdf.save,
    ".zip": archive.save,
}
