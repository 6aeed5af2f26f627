"""Writing a report in the format that the file's name asks for."""

from pathlib import Path

from qualab.errors import InputError
from qualab.report import FORMATS
from qualab.report.data import ReportData
from qualab.study.ids import nearest


def write(data: ReportData, path: Path) -> Path:
    """Write the report to `path` and return it; the suffix picks the format.

    Raises:
        InputError: no format has this suffix.
        StorageError: it cannot be written; a former file stays.
    """
    check_suffix(path)
    FORMATS[path.suffix.lower()].save(data, path)
    return path


def check_suffix(path: Path) -> None:
    """Refuse a path whose suffix names no format, before any work is done for it."""
    if path.suffix.lower() not in FORMATS:
        raise InputError(path.name, f"'{path.suffix}' is no report format", nearest(path.suffix.lower(), FORMATS))
