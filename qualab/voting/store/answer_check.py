"""What a viewer's browser may send, checked before anything touches the database."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from qualab.errors import InputError
from qualab.voting.store.records import Choice, canonical

MAX_JSON_BYTES = 4096
MAX_COMMENT = 500
# What progress() sums up over votes.
HEALTH = ("frames_total", "frames_dropped", "stalls", "focus_losses")
_MAX_COUNT = 10**10
_MAX_REASONS, _MAX_REASON = 12, 40
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_RULE = re.compile(r"[a-z][a-z-]{0,31}")


@dataclass(frozen=True)
class Answer:
    """A checked answer; `telemetry` and `reasons` are canonical JSON, `invalid` names the rule that was broken."""

    attempt: int
    choice: Choice
    score: int | None
    reasons: str
    comment: str
    invalid: str | None
    idempotency_key: str
    response_ms: int
    telemetry: str


def checked_answer(
    *,
    attempt: object,
    choice: object,
    score: object,
    reasons: Sequence[object],
    comment: object,
    invalid: object,
    idempotency_key: object,
    response_ms: object,
    telemetry: object,
) -> Answer:
    """Return the answer a browser sent; InputError where a field is not what the player sends."""
    if type(attempt) is not int or attempt < 1:
        raise InputError("vote", "attempt is not a count", "send the attempt of the trial, 1 or more")
    if not isinstance(choice, str) or choice not in ("left", "right", "tie"):
        raise InputError("vote", "choice is neither left, right nor tie", "send choice as left, right or tie")
    if not isinstance(idempotency_key, str) or not _KEY.fullmatch(idempotency_key):
        raise InputError("vote", "idempotency_key is not usable", "send 1 to 64 of A-Z, a-z, 0-9, - and _")
    if type(response_ms) is not int or not 0 <= response_ms <= _MAX_COUNT:
        raise InputError("vote", "response_ms is not a time", "send whole milliseconds, 0 or more")
    if invalid is not None and not (isinstance(invalid, str) and _RULE.fullmatch(invalid)):
        raise InputError("vote", "invalid is no rule", "name the broken rule in a-z and -")
    return Answer(
        attempt=attempt,
        choice=cast(Choice, choice),
        score=_score(score, choice),
        reasons=_reasons(reasons),
        comment=plain_text("comment", comment),
        invalid=invalid,
        idempotency_key=idempotency_key,
        response_ms=response_ms,
        telemetry=_telemetry(telemetry),
    )


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
        found = canonical(cast("Mapping[str, Any]", data))
        size = len(found.encode("utf-8"))
    except (TypeError, ValueError, RecursionError):
        raise InputError(field, "is not JSON", hint) from None
    if size > MAX_JSON_BYTES:
        raise InputError(field, f"has {size} bytes", hint)
    return found


def _telemetry(data: object) -> str:
    text = checked_json("telemetry", data)
    for name in HEALTH:
        value = cast("Mapping[str, Any]", data).get(name, 0)
        if type(value) is not int or not 0 <= value <= _MAX_COUNT:
            raise InputError("telemetry", f"{name} is not a count", "send a whole number, 0 or more")
    return text


def _score(score: object, choice: str) -> int | None:
    if score is None:
        return None
    if type(score) is not int or not -3 <= score <= 3:
        raise InputError("vote", "score is not on the scale", "send a whole number from -3 to 3")
    if choice != ("left" if score < 0 else "right" if score else "tie"):
        raise InputError("vote", "score and choice contradict", "below 0 is left, above 0 right, 0 a tie")
    return score


def _reasons(reasons: Sequence[object]) -> str:
    if isinstance(reasons, str) or not isinstance(reasons, Sequence) or len(reasons) > _MAX_REASONS:
        raise InputError("vote", "reasons is no list of tags", f"send at most {_MAX_REASONS} tags")
    kept = [plain_text("reasons", reason)[:_MAX_REASON] for reason in reasons]
    return canonical(list(dict.fromkeys(kept)))
