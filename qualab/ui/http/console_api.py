"""What only the console may do outside its pages: send clips, fetch reports and tables."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from qualab import lab
from qualab.errors import InputError, QualabError, StorageError
from qualab.report import FORMATS
from qualab.study.csv_files import csv_text
from qualab.study.files import write_text
from qualab.study.workspace import Workspace
from qualab.ui.access import has_console
from qualab.ui.http.cross_site import is_cross_site
from qualab.ui.http.file_response import PrivateFile
from qualab.ui.http.notices import storage_trouble, unknown_link
from qualab.ui.http.uploads import receive

_REPORTS = {f"report{suffix}": row.media_type for suffix, row in FORMATS.items()}
_TABLES: dict[str, Callable[[Workspace, str], pd.DataFrame]] = {
    "votes.csv": lab.votes,
    "scores.csv": lab.scores,
}


async def upload(request: Request) -> Response:
    """Take one clip as the raw body of a POST and put it into the study's incoming/."""
    if is_cross_site(request.headers) or not has_console(request.cookies):
        return _refused(403, "Clips are taken from the console only.")
    if request.headers.get("content-type", "") != "application/octet-stream":
        return _refused(415, "A clip is sent as application/octet-stream.")
    length = request.headers.get("content-length", "0")
    try:
        folder = Workspace.at().folder(request.query_params.get("study", ""))
        name = request.query_params.get("name", "clip")
        taken = await receive(folder, name, request.stream(), int(length) if length.isdecimal() else 0)
    except StorageError as error:
        return _refused(507, str(error))
    except QualabError as error:
        return _refused(413 if "larger" in error.what else 422, str(error))
    return JSONResponse({"status": "stored", "id": taken.id, "name": taken.name, "bytes": taken.size_bytes})


def export(request: Request) -> Response:
    """Stream a study's report or a table of it."""
    study, name = request.path_params["study"], request.path_params["name"]
    if not has_console(request.cookies):
        return unknown_link()
    try:
        ws = Workspace.at()
        path = ws.folder(study).path / "reports" / name
        if name in _TABLES:
            write_text(path, csv_text(_TABLES[name](ws, study)))
            return _download(path, "text/csv; charset=utf-8", study)
    except StorageError:
        return storage_trouble()
    except InputError:
        return unknown_link()
    return _download(path, _REPORTS[name], study) if name in _REPORTS and path.is_file() else unknown_link()


def _download(path: Path, media_type: str, study: str) -> PrivateFile:
    return PrivateFile(path, media_type=media_type, download_as=f"{study}-{path.name}")


def _refused(status: int, message: str) -> JSONResponse:
    return JSONResponse({"status": "refused", "message": message}, status)
