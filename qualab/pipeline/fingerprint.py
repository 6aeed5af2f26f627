"""The cache key: everything that decides the bytes of an object, hashed."""

import hashlib
import json
from collections.abc import Mapping, Sequence

# Raise it when a step's code changes what it writes.
STEP_VERSION = 3


def fingerprint(kind: str, inputs: Sequence[str], arguments: Mapping[str, object], tools: Mapping[str, str]) -> str:
    """Return the SHA-256 (hex) of a step: its kind, the keys of its inputs, its arguments, the tools' versions.

    >>> a = fingerprint("pvs", ["k"], {"x": 1, "y": 2}, {}); b = fingerprint("pvs", ["k"], {"y": 2, "x": 1}, {})
    >>> a == b, a == fingerprint("pvs", ["k"], {"x": 1, "y": 3}, {})
    (True, False)
    """
    content = {"version": STEP_VERSION, "kind": kind, "inputs": list(inputs), "arguments": dict(arguments)}
    text = json.dumps({**content, "tools": dict(tools)}, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
