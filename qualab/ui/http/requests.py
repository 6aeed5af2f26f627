"""What a viewer's browser may post: its screen, the steps of a trial, a vote. Anything else is refused."""

import json
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse

from qualab.study.presentations import PRESENTATIONS
from qualab.ui.http.cross_site import is_cross_site
from qualab.voting.store.answer import Answer

_MAX_BYTES = 16_384
_Count = Annotated[int, Field(ge=0, le=10_000_000)]
_Pixels = Annotated[float, Field(ge=0, le=100_000)]
_Ratio = Annotated[float, Field(gt=0, le=100)]
_Ms = Annotated[float, Field(ge=0, le=86_400_000)]
_Hz = Annotated[float, Field(ge=0, le=2000)]
_Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
_Attempt = Annotated[int, Field(ge=1, le=1000)]
_Name = Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$")]


def _checked_presentation(value: str) -> str:
    if value not in PRESENTATIONS:
        raise ValueError("unknown presentation")
    return value


class Posted(BaseModel):
    """A body that says nothing beyond its fields, each of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Conditions(Posted):
    """The screen and window of a visit, noted once per page load."""

    screen_width: _Pixels
    screen_height: _Pixels
    dpr: _Ratio
    viewport_width: _Pixels
    viewport_height: _Pixels
    refresh_hz: _Hz
    colour_depth: Annotated[int, Field(ge=0, le=256)]
    touch: bool
    reduced_motion: bool
    language: Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9-]*$")]


class Step(Posted):
    """How far a trial has come: its clips are loaded (`ready`), or were played to the end once (`played`)."""

    trial_id: _Id
    attempt: _Attempt
    step: Literal["ready", "played"]
    detail: Annotated[dict[_Name, bool | int | float], Field(max_length=40)] = Field(default_factory=dict)


class Telemetry(Posted):
    """How the trial was played; measured by the player, stored with the vote."""

    shown: Annotated[str, AfterValidator(_checked_presentation)]
    plays: Annotated[int, Field(ge=1, le=10_000)]
    replays: _Count
    switches: _Count
    frames_total: _Count
    frames_dropped: _Count
    stalls: _Count
    stall_ms: _Ms
    focus_losses: _Count
    full_screen: bool
    rescaled: bool
    cropped: bool
    zoom: _Ratio
    dpr: _Ratio
    viewport_width: _Pixels
    viewport_height: _Pixels
    screen_width: _Pixels
    screen_height: _Pixels
    refresh_hz: _Hz
    ready_ms: _Ms
    play_ms: Annotated[list[_Ms], Field(max_length=50)]
    sync_ms: _Ms


def _checked_telemetry(data: object) -> object:
    return Telemetry.model_validate(data).model_dump()


class Ballot(Answer):
    """One vote as the player sends it: an answer whose telemetry is that of the player."""

    trial_id: _Id
    idempotency_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
    response_ms: Annotated[int, Field(ge=0, le=86_400_000)]
    telemetry: Annotated[dict[str, object], BeforeValidator(_checked_telemetry)]


Shape = TypeVar("Shape", bound=BaseModel)


async def posted(request: Request, shape: type[Shape]) -> Shape | JSONResponse:
    """Return the body as `shape`, or the answer that refuses it: foreign site, no JSON, too large, a wrong field."""
    if is_cross_site(request.headers):
        return refused(403, "Votes are taken from the voting page only.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return refused(415, "Send JSON.")
    body = await _capped(request)
    if body is None:
        return refused(413, "That is too large.")
    try:
        # Not model_validate_json: strict JSON mode would take a list for a tuple, and its messages differ.
        return shape.model_validate(json.loads(body))
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"][:3])
        return refused(422, f"Not a {shape.__name__.lower()}: {field[:80]!r} is missing or out of range.")
    except (ValueError, RecursionError):
        return refused(422, "That is no JSON object.")


def refused(code: int, message: str) -> JSONResponse:
    """Return the answer to what is not taken."""
    return answer(code, status="refused", message=message)


def answer(code: int, /, **content: object) -> JSONResponse:
    """Return JSON that no browser and no proxy keeps."""
    return JSONResponse(content, code, {"cache-control": "no-store"})


async def _capped(request: Request) -> bytes | None:
    """Return the body, or None as soon as it is too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BYTES:
            return None
    return body
