"""Synthetic viewers, for trying a study out before real ones come."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, logit

from qualab.errors import InputError
from qualab.study.ids import nearest
from qualab.study.terms import GOLD, IDENTICAL, TRAINING, TRAP
from qualab.voting.design import METHODS
from qualab.voting.design.method import Method

_MEDIAN_RESPONSE_MS, _CARELESS_MS = 2500.0, 600.0
_RESPONSE_LOG_SD = 0.4
# How often one who looks finds what is plain to see.
_FINDS = {TRAINING: 0.95, GOLD: 0.95, TRAP: 0.99, IDENTICAL: 0.5}
_TICKS = 0.25
# Draws for a method without a scale too: a seed gives the same choices whether or not a score is asked for.
_STEPS = 3

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
_ADDED = ("choice", "side", "score", "reasons", "response_ms", "attentive")


@dataclass(frozen=True)
class Crowd:
    """What simulated viewers are like.

    `share` of them prefer hrc_b on the average clip. `subject_sd` and `clip_sd` spread viewers and clips, `side_bias`
    pulls to the left picture, all on the logit scale. Two pictures that please equally tie with `tie_share`, where the
    method has ties. `inattentive` is the share of viewers who answer by chance, and quickly.
    """

    share: float
    subject_sd: float = 0.5
    clip_sd: float = 0.0
    side_bias: float = 0.0
    tie_share: float = 0.2
    inattentive: float = 0.0

    def __post_init__(self) -> None:
        for name in ("share", "inattentive"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(name, f"is {getattr(self, name)}", "give a probability from 0 to 1")
        if not 0 <= self.tie_share < 1:
            raise InputError("tie_share", f"is {self.tie_share}", "give 0 or more, below 1")
        for name in ("subject_sd", "clip_sd"):
            if not 0 <= getattr(self, name) < np.inf:
                raise InputError(name, f"is {getattr(self, name)}", "give 0 or more")
        if not np.isfinite(self.side_bias):
            raise InputError("side_bias", f"is {self.side_bias}", "give a number: 0 for none, below 0 for the right")


def simulate_choices(
    trials: pd.DataFrame,
    *,
    share: float,
    seed: int,
    method: str = "forced-choice",
    reasons: Sequence[str] = (),
    **crowd: float,
) -> pd.DataFrame:
    """Return the trials with what viewers answer.

    Columns `choice` ('a', 'b', 'tie'), `side` ('left', 'right', 'tie'), `score` (-3 to 3, below 0 for the left one,
    NaN but for CCR), `reasons` (a tuple), `response_ms`, `attentive`.

    Args:
        trials: a table of TRIAL_COLUMNS.
        share: as in Crowd.
        seed: the same seed gives the same answers; a subject's answers do not depend on the other subjects.
        method: id of one of qualab.voting.design.METHODS.
        reasons: tags of the study; viewers tick some of them.
        crowd: other fields of Crowd.

    Raises:
        InputError: a value of the crowd cannot be, or the method is unknown.
    """
    if method not in METHODS:
        raise InputError("method", f"is '{method[:80]}'", nearest(method[:80], METHODS))
    people = Crowd(share=share, **crowd)
    effects = {src: people.clip_sd * _effect(src, seed) for src in set(trials["src"])}
    pulls = trials["src"].map(effects).to_numpy(dtype=float)
    kinds, is_left = trials["kind"].to_numpy(dtype=str), trials["left"].to_numpy(dtype=str) == "b"
    columns: dict[str, list[Any]] = {name: [None] * len(trials) for name in _ADDED}
    subjects = trials["subject"].to_numpy(dtype=int)
    for number in np.unique(subjects).tolist():
        rows, rng = np.flatnonzero(subjects == number), np.random.default_rng([seed, 1, number])
        answers = _answers(pulls[rows], kinds[rows], is_left[rows], people, METHODS[method], rng)
        for name, values in (answers | {"reasons": _ticked(reasons, len(rows), rng)}).items():
            for row, value in zip(rows.tolist(), values, strict=True):
                columns[name][row] = value
    series = {name: pd.Series(values, index=trials.index) for name, values in columns.items()}
    return trials.assign(**series)


def _effect(src: str, seed: int) -> float:
    """Return what draws to hrc_b on a clip, whatever other clips there are."""
    return float(np.random.default_rng([seed, 0, crc32(src.encode())]).normal())


def _answers(
    pull: Floats, kinds: npt.NDArray[np.str_], is_left: Bools, people: Crowd, method: Method, rng: np.random.Generator
) -> dict[str, list[Any]]:
    """Return the answers of one viewer; `pull` is what draws to hrc_b on each clip, `is_left` where that is left."""
    n, careless = len(pull), bool(rng.random() < people.inattentive)
    # How much draws to hrc_b: what it is like, who looks, and where it stands.
    pull = logit(people.share) + rng.normal() * people.subject_sd + pull
    for kind, finds in _FINDS.items():
        pull = np.where(kinds == kind, logit(finds), pull)
    pull = np.zeros(n) if careless else pull + np.where(is_left, 1, -1) * people.side_bias
    steps = max(method.scores, default=_STEPS)
    prefers, strength = rng.random(n) < expit(pull), rng.random((n, steps - 1))
    ties = rng.random(n) < (_tie_chances(pull, people.tie_share) if "tie" in method.choices else 0.0)
    chosen_left = prefers == is_left
    size = 1 + (strength < expit(np.abs(pull) - 1)[:, None]).sum(axis=1)
    score = np.where(ties, 0, np.where(chosen_left, -size, size)) if method.scores else np.full(n, np.nan)
    response = rng.lognormal(np.log(_CARELESS_MS if careless else _MEDIAN_RESPONSE_MS), _RESPONSE_LOG_SD, n)
    return {
        "choice": np.where(ties, "tie", np.where(prefers, "b", "a")).tolist(),
        "side": np.where(ties, "tie", np.where(chosen_left, "left", "right")).tolist(),
        "score": score.tolist(),
        "response_ms": response.round().astype(int).tolist(),
        "attentive": [not careless] * n,
    }


def _ticked(reasons: Sequence[str], n: int, rng: np.random.Generator) -> list[tuple[str, ...]]:
    ticks = (rng.random((n, len(reasons))) < _TICKS).tolist()
    return [tuple(tag for tag, is_ticked in zip(reasons, row, strict=True) if is_ticked) for row in ticks]


def _tie_chances(pull: Floats, tie_share: float) -> Floats:
    """Return Davidson's chances of a tie, `tie_share` where both please equally; among the rest shares stay."""
    closeness = np.sqrt(expit(pull) * expit(-pull)) * 2
    nu = tie_share / (1 - tie_share)
    return np.asarray(nu * closeness / (1 + nu * closeness))
