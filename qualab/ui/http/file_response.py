"""Answers that stream a file from disk."""

import os
from pathlib import Path

from starlette.responses import FileResponse

_PRIVATE = {"cache-control": "private, no-store", "x-content-type-options": "nosniff"}


class PrivateFile(FileResponse):
    """A file with Range support whose headers say nothing about it but its length: no name, date or hash."""

    def __init__(self, path: Path, *, media_type: str, download_as: str | None = None) -> None:
        super().__init__(path, headers=_PRIVATE, media_type=media_type, filename=download_as)

    def set_stat_headers(self, stat_result: os.stat_result) -> None:
        """Set the length alone."""
        self.headers.setdefault("content-length", str(stat_result.st_size))

    def _should_use_range(self, http_if_range: str) -> bool:
        # Without validators an If-Range can match nothing: the whole file is the correct answer (RFC 9110, 13.1.5).
        return False
