"""What a simulated viewer says to one trial."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """An answer as the player sends it: `side` is "left", "right" or "tie", `score` only with CCR, below 0 for left."""

    side: str
    score: int | None
    reasons: tuple[str, ...]
    response_ms: int


@dataclass(frozen=True)
class Part:
    """What one simulated viewer does: joins by `token`, and gives the answer of each position."""

    token: str
    answers: dict[int, Answer]


def answer_of(row: Mapping[str, Any]) -> Answer:
    """Return the answer in a row of simulate_choices."""
    score = None if math.isnan(row["score"]) else int(row["score"])
    return Answer(str(row["side"]), score, tuple(row["reasons"]), int(row["response_ms"]))
