"""Single frames for the console's frame viewer: the browser names study, clip, HRC and number, never a file."""

import json
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from qualab.errors import QualabError
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
        objects = json.loads(Path(manifest[0]).read_text(encoding="utf-8"))["objects"]
        return {_key(made): _clip(made) for made in objects if made["kind"] in ("pvs", "reference")}
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError):
        return {}


def _key(made: dict[str, Any]) -> tuple[str, str | None]:
    return made["src"], made["hrc"] if made["kind"] == "pvs" else None


def _clip(made: dict[str, Any]) -> Clip:
    return Clip(str(made["file"]), Fraction(made["fps"]), int(made["frames"]))
