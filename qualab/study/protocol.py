"""How viewers are asked: the `[voting]` of a study.toml, frozen with the design at launch."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from qualab.study.families import METHODS
from qualab.study.ids import nearest
from qualab.study.presentations import PRESENTATIONS
from qualab.study.toml import Frozen

LANGUAGES = ("en", "de")
QUESTIONS = ("age", "vision", "screen", "distance")
Percent = Annotated[float, Field(ge=0, le=100)]
Few = Annotated[int, Field(ge=0, le=20)]
Tag = Annotated[str, Field(min_length=1, max_length=40)]


class Rules(Frozen):
    """When a trial does not count and is served again. Sizes are of the browser's window, in CSS pixels.

    After `most_repeats` further showings the answer is kept and marked invalid, so that no viewer is held for ever.
    """

    min_width: int = Field(default=0, ge=0, le=20_000)
    min_height: int = Field(default=0, ge=0, le=20_000)
    max_dropped_percent: Percent = 2.0
    max_focus_losses: int = Field(default=0, ge=0, le=1000)
    allow_rescaling: bool = False
    most_repeats: int = Field(default=2, ge=0, le=10)


class Checks(Frozen):
    """How many trials of each kind a viewer answers beside the pairs of the study.

    `training` pairs come first and tell whether the obvious answer was found; `gold` pairs have an obvious answer;
    `identical` pairs show one picture twice; `repeats` are pairs shown before, with the sides changed; `traps` say in
    the picture what to answer.
    """

    training: Few = 0
    gold: Few = 0
    identical: Few = 0
    repeats: Few = 0
    traps: Few = 0


class Screening(Frozen):
    """Which viewers are left out of the results, by rules frozen at launch; none looks at what they preferred.

    A viewer is left out who misses more than `gold_misses` gold pairs (None: no miss in up to five, one in more), a
    trap clip (`traps`), or the bounds of the further rules where these are set. Other checks are shown and exclude
    nobody. `side_alpha` bounds the p of the exact test of left against right, 0 switches it off.
    """

    enabled: bool = True
    gold_misses: int | None = Field(default=None, ge=0, le=20)
    traps: bool = True
    side_alpha: float = Field(default=0.0, ge=0, lt=1)
    least_repeats_agreed: int = Field(default=0, ge=0, le=20)
    too_fast_ms: int = Field(default=300, ge=0, le=60_000)
    most_too_fast_percent: Percent = 100.0


class Stopping(Frozen):
    """When a study may be ended early: as soon as every pair's e-value over viewers has reached 1 / `alpha`.

    `least_viewers` must have answered before that. Without `enabled` the numbers are shown and nothing is advised.
    """

    enabled: bool = False
    alpha: float = Field(default=0.05, gt=0, lt=1)
    least_viewers: int = Field(default=6, ge=1, le=100_000)


class Voting(Frozen):
    """How viewers are asked. A study that is not voted on packs no pairs.

    `compare` says which HRCs of a clip make pairs: each against its baseline, all with all, or a balanced incomplete
    set. A viewer sees at most `max_trials` pairs of the study (0: all), `votes_per_pair` (0: no quota) says how many
    votes each pair is planned to get, and after every `break_every` trials (0: never) a rest is offered. `reasons` are
    tags a viewer may tick, `comments` lets them write. `packing` chooses one packed video a pair or two
    (auto: two where the packed one would be too tall to decode).
    """

    enabled: bool = True
    method: str = "forced-choice"
    presentation: str = "side-by-side"
    viewers: int = Field(default=24, ge=1, le=1000)
    question: str = Field(default="Which one looks better?", max_length=200)
    language: str = "en"
    compare: Literal["baseline", "all", "balanced"] = "baseline"
    max_trials: int = Field(default=0, ge=0, le=1000)
    votes_per_pair: int = Field(default=0, ge=0, le=100_000)
    break_every: int = Field(default=20, ge=0, le=1000)
    planned_share: float = Field(default=0.65, gt=0, lt=1)
    reasons: tuple[Tag, ...] = Field(default=(), max_length=12)
    comments: bool = False
    consent: str = Field(default="", max_length=10_000)
    questionnaire: tuple[str, ...] = ()
    completion_code: str = Field(default="", max_length=100)
    packing: Literal["auto", "packed", "two"] = "auto"
    match_brightness: bool = True
    rules: Rules = Rules()
    checks: Checks = Checks()
    screening: Screening = Screening()
    stopping: Stopping = Stopping()

    @model_validator(mode="after")
    def _known(self) -> "Voting":
        named = (
            ("method", (self.method,), METHODS),
            ("presentation", (self.presentation,), PRESENTATIONS),
            ("language", (self.language,), LANGUAGES),
            ("questionnaire", self.questionnaire, QUESTIONS),
        )
        for field, values, known in named:
            for value in values:
                if value not in known:
                    raise ValueError(f"{field} is '{value[:80]}' — {nearest(value, known)}")
        return self
