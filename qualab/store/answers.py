"""What a viewer's browser may send, checked before anything touches the database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from qualab.errors import InputError
from qualab.store.records import Side, canonical

MAX_JSON_BYTES = 4096
_MAX_RESPONSE_MS = 10**10
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Answer:
    """A checked answer; `telemetry` is canonical JSON."""

    choice: Side
    idempotency_key: str
    response_ms: int
    telemetry: str


def checked_answer(choice: object, idempotency_key: object, response_ms: object, telemetry: object) -> Answer:
    """Return the answer a browser sent; InputError where a field is not what the player sends."""
    if not isinstance(choice, str) or choice not in ("left", "right"):
        raise InputError("vote", "choice is neither left nor right", "send choice as left or right")
    if not isinstance(idempotency_key, str) or not _KEY.fullmatch(idempotency_key):
        raise InputError("vote", "idempotency_key is not usable", "send 1 to 64 of A-Z, a-z, 0-9, - and _")
    if type(response_ms) is not int or not 0 <= response_ms <= _MAX_RESPONSE_MS:
        raise InputError("vote", "response_ms is not a time", "send whole milliseconds, 0 or more")
    return Answer(cast(Side, choice), idempotency_key, response_ms, checked_json("telemetry", telemetry))


def checked_json(field: str, data: object) -> str:
    """Return a JSON object as canonical text of at most 4 kB; InputError for anything else."""
    mend = f"send an object of at most {MAX_JSON_BYTES} bytes"
    if not isinstance(data, Mapping):
        raise InputError(field, "is not an object", mend)
    try:
        found = canonical(cast("Mapping[str, Any]", data))
        size = len(found.encode("utf-8"))
    except (TypeError, ValueError, RecursionError):
        raise InputError(field, "is not JSON", mend) from None
    if size > MAX_JSON_BYTES:
        raise InputError(field, f"has {size} bytes", mend)
    return found
