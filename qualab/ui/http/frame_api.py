"""Single frames for the console's frame viewer: the browser names study, clip, HRC and number, never a file."""

from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from qualab.errors import QualabError
from qualab.study.manifest import Manifest, Record
from qualab.study.scores import Identity, identity
from qualab.study.workspace import Workspace
from qualab.ui.access import has_console
from qualab.ui.http.frame_cache import FRAMES
from qualab.ui.http.notices import unknown_link

_PRIVATE = {"cache-control": "private, no-store"}


class Clip(NamedTuple):
    """A clip of a build: its file inside the study's folder, its frame rate and number of frames."""

    file: str
    fps: Fraction
    frames: int


def frame(request: Request) -> Response:
    """Answer with one frame as PNG: of the PVS of `hrc`, or of the reference where no HRC is named."""
    if not has_console(request.cookies):
        return unknown_link()
    given = request.path_params
    try:
        folder = Workspace.at().folder(given["study"])
        clips = clips_of(identity(folder.manifest))
        clip = clips[given["src"], request.query_params.get("hrc") or None]
        path = (folder.path / clip.file).resolve()
        if given["number"] >= clip.frames or not path.is_relative_to(folder.path.resolve()):
            return unknown_link()
        is_small = "small" in request.query_params
        png = FRAMES.png(path, clip.fps, given["number"], is_small=is_small)
    except KeyError:
        return unknown_link()
    except QualabError as error:
        return Response(str(error), 404, _PRIVATE, "text/plain; charset=utf-8")
    return Response(png, headers=_PRIVATE, media_type="image/png")


@lru_cache(maxsize=8)
def clips_of(manifest: Identity) -> dict[tuple[str, str | None], Clip]:
    """Return the clips of a build.json by SRC and HRC; the reference of a SRC stands under None."""
    try:
        build = Manifest.read(Path(manifest[0]))
        records = (*build.of_kind("pvs"), *build.of_kind("reference"))
        return {_key(record): Clip(record.file, Fraction(record.fps), record.frames) for record in records}
    except (OSError, ValueError, ZeroDivisionError):
        return {}


def _key(record: Record) -> tuple[str, str | None]:
    return record.src, record.hrc if record.kind == "pvs" else None
