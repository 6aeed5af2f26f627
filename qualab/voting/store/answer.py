"""What a viewer answers to one showing: checked here, once, before anything touches the database."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from qualab.errors import InputError
from qualab.voting.store.records import Choice, canonical

MAX_JSON_BYTES = 4096
MAX_COMMENT = 500
# What progress() sums up over votes.
HEALTH = ("frames_total", "frames_dropped", "stalls", "focus_losses")
_MAX_COUNT = 10**10
_MAX_TAG = 40


def plain_text(field: str, text: object) -> str:
    r"""Return text as it is kept: no control characters, at most 500 characters; InputError for what is no text.

    >>> plain_text("comment", " a\0b\n ")
    'a b'
    """
    if not isinstance(text, str):
        raise InputError(field, "is no text", "send text")
    # A capped copy first: a megabyte is not worth looking at.
    kept = (" " if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") else sign for sign in text[: 4 * MAX_COMMENT])
    return " ".join("".join(kept).split(" ")).strip()[:MAX_COMMENT]


def checked_json(field: str, data: object) -> str:
    """Return a JSON object as canonical text of at most 4 kB; InputError for anything else."""
    hint = f"send an object of at most {MAX_JSON_BYTES} bytes"
    if not isinstance(data, Mapping):
        raise InputError(field, "is not an object", hint)
    try:
        text = canonical(data)
        size = len(text.encode("utf-8"))
    except (TypeError, ValueError, RecursionError):
        raise InputError(field, "is not JSON", hint) from None
    if size > MAX_JSON_BYTES:
        raise InputError(field, f"has {size} bytes", hint)
    return text


def _checked_telemetry(data: Mapping[str, object]) -> Mapping[str, object]:
    try:
        checked_json("telemetry", data)
    except InputError as error:
        raise ValueError(error.what) from None
    for name in HEALTH:
        value = data.get(name, 0)
        if type(value) is not int or not 0 <= value <= _MAX_COUNT:
            raise ValueError(f"{name} is not a count")
    return data


class Answer(BaseModel):
    """An answer to a showing of a trial; the key stays the same when it is sent again."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    attempt: Annotated[int, Field(ge=1, le=1000)]
    choice: Choice
    score: Annotated[int, Field(ge=-3, le=3)] | None = None
    reasons: Annotated[Sequence[str], Field(max_length=12)] = ()
    comment: Annotated[str, Field(max_length=4000)] = ""
    idempotency_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    response_ms: Annotated[int, Field(ge=0, le=_MAX_COUNT)]
    telemetry: Annotated[Mapping[str, object], AfterValidator(_checked_telemetry)]

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.score is not None and self.choice != ("left" if self.score < 0 else "right" if self.score else "tie"):
            raise ValueError("score and choice contradict: below 0 is left, above 0 right, 0 a tie")
        return self

    @classmethod
    def checked(cls, **fields: object) -> Self:
        """Return an answer of these fields; InputError names the first that no player sends."""
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            wrong = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in wrong["loc"]) or "score"
            raise InputError("vote", f"{field}: {wrong['msg']}", "send what the player sends") from None

    def columns(self) -> dict[str, str | int | None]:
        """Return what the table of votes holds of it: texts without control characters, each reason once."""
        reasons = dict.fromkeys(plain_text("reasons", tag)[:_MAX_TAG] for tag in self.reasons)
        return {
            "attempt": self.attempt,
            "choice": self.choice,
            "score": self.score,
            "reasons": canonical(list(reasons)),
            "comment": plain_text("comment", self.comment),
            "idempotency_key": self.idempotency_key,
            "response_ms": self.response_ms,
            "telemetry": canonical(self.telemetry),
        }
