"""Report formats by file suffix."""

from collections.abc import Callable, Mapping
from pathlib import Path

from qualab.report import archive, html
from qualab.report.data import ReportData

FORMATS: Mapping[str, Callable[[ReportData, Path], None]] = {".html": html.save, ".zip": archive.save}
