"""What the player asks for and sends: the current trial, its clip, a vote. No answer names an HRC or a SRC."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from qualab import lab
from qualab.errors import InputError, StorageError
from qualab.store.votes import StudyClosed, Trial, UnknownInvite, Viewer, VoteStore
from qualab.ui.access import viewer_secret
from qualab.ui.files import PrivateFile
from qualab.ui.guard import is_cross_site
from qualab.ui.notices import unknown_link
from qualab.workspace import Workspace

_MAX_BALLOT_BYTES = 8192
_Count = Annotated[int, Field(ge=0, le=10_000_000)]
_Pixels = Annotated[float, Field(ge=0, le=100_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Telemetry(_Strict):
    """How the trial was played; measured by the player, stored with the vote."""

    shown: Literal["side-by-side", "toggle"]
    plays: Annotated[int, Field(ge=1, le=10_000)]
    switches: _Count = 0
    frames_total: _Count
    frames_dropped: _Count
    focus_losses: _Count
    rescaled: bool = False
    cropped: bool = False
    dpr: Annotated[float, Field(gt=0, le=20)]
    viewport_width: _Pixels
    viewport_height: _Pixels
    screen_width: _Pixels
    screen_height: _Pixels


class Ballot(_Strict):
    """One vote as the player sends it; the key stays the same when it is sent again."""

    trial_id: int
    choice: Literal["left", "right"]
    idempotency_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
    response_ms: Annotated[int, Field(ge=0, le=86_400_000)]
    telemetry: Telemetry


def trial(request: Request) -> Response:
    """Return the viewer's current trial, or that all are done, or that the study is closed."""
    try:
        store, viewer = _viewer(request)
        if viewer is None:
            return _answer(401, status="unknown", message="Open your invitation link again.")
        if not viewer.is_open:
            return _answer(200, closed=True)
        current = store.next_trial(viewer_secret(request.cookies))
        if current is None:
            return _answer(200, done=True, total=viewer.total)
        return JSONResponse(_shown(viewer, current), headers={"cache-control": "no-store"})
    except StorageError:
        return _trouble()


def clip(request: Request) -> Response:
    """Stream the packed pair of one of this viewer's own trials."""
    try:
        store, viewer = _viewer(request)
        if viewer is None or not viewer.is_open:
            return unknown_link()
        found = store.trial_of_media(viewer_secret(request.cookies), request.path_params["media_token"])
        if found is None:
            return unknown_link()
        folder = Workspace.at().folder(viewer.study_id).path
        path = folder / _pair(viewer, found)["file"]
    except StorageError:
        return _trouble()
    except InputError:
        return unknown_link()
    return PrivateFile(path, media_type="video/mp4") if _is_inside(path, folder) else unknown_link()


async def vote(request: Request) -> Response:
    """Store one vote and answer only when it is committed."""
    if is_cross_site(request.headers):
        return _answer(403, status="refused", message="Votes are taken from the voting page only.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return _answer(415, status="refused", message="A vote is JSON.")
    body = await _capped(request, _MAX_BALLOT_BYTES)
    if body is None:
        return _answer(413, status="refused", message="That is too large for a vote.")
    try:
        ballot = Ballot.model_validate(json.loads(body))
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"][:3])
        return _answer(422, status="refused", message=f"Not a vote: {field[:80]!r} is missing or out of range.")
    except (ValueError, RecursionError):
        return _answer(422, status="refused", message="Not a vote: that is no JSON object.")
    return await run_in_threadpool(_store_vote, request, ballot)


def _store_vote(request: Request, ballot: Ballot) -> Response:
    try:
        receipt = lab.store(Workspace.at()).vote(
            viewer_secret(request.cookies),
            ballot.trial_id,
            choice=ballot.choice,
            idempotency_key=ballot.idempotency_key,
            response_ms=ballot.response_ms,
            telemetry=ballot.telemetry.model_dump(),
        )
    except StorageError:
        return _trouble()
    except UnknownInvite:
        return _answer(401, status="unknown", message="Open your invitation link again.")
    except StudyClosed:
        return _answer(409, status="closed", message="The study was closed before this answer arrived.")
    except InputError as error:
        # Only the store's words about the vote itself: they never name what is compared.
        return _answer(409, status="refused", message=str(error))
    return _answer(
        200,
        status=receipt.status,
        choice=receipt.choice_stored,
        position=receipt.position,
        remaining=receipt.remaining,
    )


def _viewer(request: Request) -> tuple[VoteStore, Viewer | None]:
    store = lab.store(Workspace.at())
    secret = viewer_secret(request.cookies)
    return store, store.viewer(secret) if secret else None


def _shown(viewer: Viewer, current: Trial) -> dict[str, Any]:
    design, pair = viewer.launch.design, _pair(viewer, current)
    return {
        "trial_id": current.id,
        "position": current.position,
        "total": current.total,
        "clip": f"/clip/{current.media_token}",
        "width": pair["width"],
        "height": pair["height"],
        "fps": pair["fps"],
        "frames": pair["frames"],
        "left_half": "top" if current.left == pair["top"] else "bottom",
        "question": design["question"],
        "presentation": design["presentation"],
        "method": design["method"],
    }


def _pair(viewer: Viewer, shown: Trial) -> dict[str, Any]:
    """Return what the frozen design says about this trial's packed pair."""
    wanted = (shown.src, shown.hrc_a, shown.hrc_b)
    pairs: list[dict[str, Any]] = viewer.launch.design["pairs"]
    return next(pair for pair in pairs if (pair["src"], pair["hrc_a"], pair["hrc_b"]) == wanted)


def _is_inside(path: Path, folder: Path) -> bool:
    return path.is_file() and path.resolve().is_relative_to(folder.resolve())


async def _capped(request: Request, cap: int) -> bytes | None:
    """Return the body, or None as soon as it is longer than `cap`."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > cap:
            return None
    return body


def _answer(code: int, /, **content: Any) -> JSONResponse:
    return JSONResponse(content, code, {"cache-control": "no-store"})


def _trouble() -> JSONResponse:
    return _answer(503, status="error", message="Votes cannot be stored just now; trying again.")
