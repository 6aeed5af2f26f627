"""What every analysis returns."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Scaled:
    """Where one HRC stands on a scale: centred logits with their standard error, and the same in JOD.

    `is_penalised` marks an HRC that never won or never lost: its place is held back by a penalty, not measured.
    """

    hrc: str
    estimate: float
    se: float
    ci: tuple[float, float]
    jod: float
    jod_ci: tuple[float, float]
    is_penalised: bool = False


@dataclass(frozen=True)
class Difference:
    """How much better the second HRC of a pair is than the first, in logits, with its own covariance.

    `p_adjusted` is Holm's over all differences of the scale.
    """

    pair: tuple[str, str]
    estimate: float
    se: float
    ci: tuple[float, float]
    jod: float
    jod_ci: tuple[float, float]
    p_value: float
    p_adjusted: float


@dataclass(frozen=True)
class Result:
    """One analysis of the votes on one pair, or on all pairs together (`pair` is None, `scale` holds the HRCs).

    `estimate` is the share preferring the test HRC (the second of `pair`), `ci` its interval at 1 - alpha; `src` is
    None for all clips together; `group` names a part of the votes, such as `tag: anime` or `age: 18-29`, None for all.
    `p_adjusted` is Holm's over the rows of one claim (the clips, or the groups). None stands where nothing can be said;
    no number is ever NaN. `counts` holds n_a, n_b and n_tie; `effects` what an analysis says beyond the share.
    `is_reachable` is false where so few votes could not give p <= alpha even if all agreed. Estimands: see
    qualab.study.terms.ESTIMANDS.
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
    group: str | None = None
    p_adjusted: float | None = None
    scale: tuple[Scaled, ...] = ()
    differences: tuple[Difference, ...] = ()

    def __post_init__(self) -> None:
        numbers = (self.estimate, *(self.ci or ()), self.p_value, self.p_adjusted, *self.effects.values())
        numbers += tuple(number for row in self.scale for number in (row.estimate, row.se, *row.ci, *row.jod_ci))
        numbers += tuple(number for row in self.differences for number in (row.estimate, row.se, *row.ci, row.p_value))
        if not all(number is None or math.isfinite(number) for number in numbers):
            raise ValueError(f"{self.analysis} gave a number that is not finite: {self}")

    @property
    def claim_p(self) -> float | None:
        """The p that a claim goes by: Holm's where the result is one of several."""
        return self.p_value if self.p_adjusted is None else self.p_adjusted

    def rows(self) -> list[dict[str, object]]:
        """Return what JSON can hold, a row each.

        This result, or one row for each HRC of its scale and then the differences (`type` difference).
        """
        if not self.scale:
            return [self.to_dict()]
        whole = self.to_dict()
        return [
            *(whole | _listed(row) for row in self.scale),
            *({"type": "difference", "analysis": self.analysis, **_listed(row)} for row in self.differences),
        ]

    def to_dict(self) -> dict[str, object]:
        """Return what JSON can hold: `type` result, the fields above, the counts as keys of their own."""
        return {
            "type": "result",
            "analysis": self.analysis,
            "estimand": self.estimand,
            "pair": list(self.pair) if self.pair else None,
            "src": self.src,
            "group": self.group,
            "estimate": self.estimate,
            "ci": list(self.ci) if self.ci else None,
            "p_value": self.p_value,
            "p_adjusted": self.p_adjusted,
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


def _listed(row: Scaled | Difference) -> dict[str, object]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(row).items()}
