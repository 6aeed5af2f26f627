"""The contract of a report format: a row of the table qualab.report.FORMATS."""

from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING

from qualab.study.families import resolve

if TYPE_CHECKING:
    from qualab.report.data import ReportData


@dataclass(frozen=True)
class ReportFormat:
    """One format.

    Attributes:
        suffix: of its files, with the dot; it chooses the format.
        title: as the console and the help of the command line name it.
        meaning: one sentence on what it is for.
        media_type: as it is downloaded.
        saver: "package.module:function" of what writes one, (ReportData, Path) -> None; imported when it is used.
    """

    suffix: str
    title: str
    meaning: str
    media_type: str
    saver: str

    def save(self, data: "ReportData", path: Path) -> None:
        """Write a report, whole or not at all.

        Raises:
            StorageError: it cannot be written; a former file stays.
            ToolMissing: what the format needs is not installed.
        """
        resolve(self.saver, FunctionType)(data, path)
