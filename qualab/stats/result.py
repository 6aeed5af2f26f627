"""What every analysis returns."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Result:
    """One analysis of the votes on one pair.

    `estimate` is the share preferring the test HRC (the second of `pair`), `ci` its interval at 1 - alpha; `src` is
    None for all clips together. None stands where nothing can be said; no number is ever NaN. `counts` holds n_a, n_b
    and n_tie; `effects` what an analysis says beyond the share. `is_reachable` is false where so few
    votes could not give p <= alpha even if all agreed. Estimands: see qualab.terms.ESTIMANDS.
    """

    analysis: str
    estimand: str
    pair: tuple[str, str] | None
    src: str | None
    estimate: float | None
    ci: tuple[float, float] | None
    p_value: float | None
    n_votes: int
    n_subjects: int
    n_srcs: int
    note: str
    counts: Mapping[str, int]
    assumptions: str = ""
    alpha: float = 0.05
    is_reachable: bool = True
    is_simulated: bool = False
    effects: Mapping[str, float | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        numbers = (self.estimate, *(self.ci or ()), self.p_value, *self.effects.values())
        if not all(number is None or math.isfinite(number) for number in numbers):
            raise ValueError(f"{self.analysis} gave a number that is not finite: {self}")

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold: `type` result, the fields above, the counts as keys of their own."""
        return {
            "type": "result",
            "analysis": self.analysis,
            "estimand": self.estimand,
            "pair": list(self.pair) if self.pair else None,
            "src": self.src,
            "estimate": self.estimate,
            "ci": list(self.ci) if self.ci else None,
            "p_value": self.p_value,
            "n_votes": self.n_votes,
            "n_subjects": self.n_subjects,
            "n_srcs": self.n_srcs,
            "note": self.note,
            **self.counts,
            "alpha": self.alpha,
            "is_reachable": self.is_reachable,
            "simulated": self.is_simulated,
            "assumptions": self.assumptions,
            "effects": dict(self.effects),
        }
