"""The hash chain of a subject's votes: a link holds a vote, its trial and, by its predecessor, all votes before."""

import hashlib
from collections.abc import Mapping

from qualab.voting.store.records import canonical

# What a link is made of: the trial as it was planned, then the vote as it was stored. Adding to these breaks every
# chain there is.
ORIGIN = ("study_id", "design_sha256", "number", "simulated", "invite_sha256")
LINKED = (
    "position",
    "src",
    "hrc_a",
    "hrc_b",
    "left",
    "kind",
    "attempt",
    "sequence",
    "choice",
    "score",
    "reasons",
    "comment",
    "invalid",
    "idempotency_key",
    "response_ms",
    "telemetry",
    "voted_at",
)


def origin(subject: Mapping[str, object]) -> str:
    """Return what the first vote of a subject is chained to: the frozen design and who the subject is."""
    return hashlib.sha256(canonical({name: subject[name] for name in ORIGIN}).encode("utf-8")).hexdigest()


def link(previous: str, row: Mapping[str, object]) -> str:
    """Return the chain of a vote: SHA-256 over the chain before it, a line feed and the vote as canonical JSON.

    >>> row = dict.fromkeys(LINKED)
    >>> link("a", row) == link("a", row), link("b", row) == link("a", row)
    (True, False)
    """
    text = previous + "\n" + canonical({name: row[name] for name in LINKED})
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
