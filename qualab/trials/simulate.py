"""Synthetic viewers, for trying a study out before real ones come."""

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from qualab.errors import InputError

_MEDIAN_RESPONSE_MS = 2500.0
_RESPONSE_LOG_SD = 0.4


def simulate_choices(
    trials: pd.DataFrame, *, share: float, seed: int, subject_sd: float = 0.5, clip_sd: float = 0.0
) -> pd.DataFrame:
    """Return the trials with the columns `choice` ('a', 'b'), `side` ('left', 'right') and `response_ms`.

    Args:
        trials: a table of TRIAL_COLUMNS.
        share: probability that the average subject prefers hrc_b on the average clip, 0 to 1.
        seed: the same seed gives the same answers; a subject's answers do not depend on the other subjects.
        subject_sd: standard deviation of subjects on the logit scale.
        clip_sd: standard deviation of clips on the logit scale.

    Raises:
        InputError: the share is no probability, or a standard deviation is negative.
    """
    if not 0 <= share <= 1:
        raise InputError("share", f"is {share}", "give a probability from 0 to 1")
    if not (0 <= subject_sd < np.inf and 0 <= clip_sd < np.inf):
        raise InputError("spread", f"is {subject_sd} over subjects, {clip_sd} over clips", "give 0 or more")
    clips = sorted(set(trials["src"]))
    clip_effects = dict(zip(clips, np.random.default_rng([seed, 0]).normal(0, 1, len(clips)) * clip_sd, strict=True))
    answered = [
        _answers(own, share, clip_effects, subject_sd, np.random.default_rng([seed, 1, int(own["subject"].iloc[0])]))
        for _, own in trials.groupby("subject", sort=True)
    ]
    if not answered:
        return trials.assign(choice="", side="", response_ms=0)
    return pd.concat(answered).loc[trials.index]


def _answers(
    own: pd.DataFrame, share: float, clip_effects: dict[str, float], subject_sd: float, rng: np.random.Generator
) -> pd.DataFrame:
    lean = rng.normal(0, 1) * subject_sd
    chances = expit(logit(share) + lean + own["src"].map(clip_effects).to_numpy(dtype=float))
    choice = np.where(rng.random(len(own)) < chances, "b", "a")
    side = np.where(choice == own["left"].to_numpy(), "left", "right")
    response = rng.lognormal(np.log(_MEDIAN_RESPONSE_MS), _RESPONSE_LOG_SD, len(own)).round().astype(int)
    return own.assign(choice=choice, side=side, response_ms=response)
