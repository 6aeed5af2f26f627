"""What a launch would mean: votes per pair, time of a viewer, viewers needed, and what the study could find."""

from dataclasses import dataclass
from math import ceil
from typing import Any

import pandas as pd

from qualab.errors import InputError
from qualab.stats.power import design_effect, exact_power, sample_size
from qualab.terms import TRIAL_KINDS
from qualab.trials.design import make_trials, minutes, planned_counts, viewers_needed
from qualab.trials.frozen import frozen_design
from qualab.workspace import Workspace

# How alike the votes of one viewer are, and those on one clip: the planner's values of docs/statistics.md.
RHO_SUBJECT, RHO_CLIP = 0.05, 0.10
TARGET_POWER = 0.8


@dataclass(frozen=True)
class Power:
    """The chance that `n` votes, which weigh like `n_effective` independent ones, show the planned share."""

    n: int
    n_effective: float
    power: float


@dataclass(frozen=True)
class Plan:
    """A design that is not launched, for a number of viewers.

    `counts` has the columns src, hrc_a, hrc_b, planned; `kinds` says how many trials of each kind a viewer answers.
    `one_clip` and `all_clips` are of the two HRCs with the fewest votes; `sample_size` is how many independent votes
    reach TARGET_POWER (0: none can, viewers are split in half), `viewers_for_power` how many viewers give them; None
    where no number of viewers does, because there are fewer than `clips_for_power` clips.
    """

    design: dict[str, Any]
    viewers: int
    counts: pd.DataFrame
    kinds: dict[str, int]
    minutes: float
    needed: int
    share: float
    one_clip: Power
    all_clips: Power
    sample_size: int
    viewers_for_power: int | None
    clips_for_power: int
    n_clips: int

    @property
    def comparisons(self) -> int:
        """How many trials a viewer answers, checks included."""
        return sum(self.kinds.values())


def plan_of(ws: Workspace, study_id: str, *, viewers: int | None = None, **asked: str | None) -> Plan:
    """Return what a launch of a study for `viewers` would mean; by default for as many as qualab.lab.launch invites.

    `asked` are the presentation and method, where they are to be others than those of study.toml.

    Raises:
        InputError: as frozen_design; the study has no pairs to vote on.
    """
    own = ws.folder(study_id)
    study = own.load()
    design = frozen_design(study, own.manifest_data(), **asked)
    needed = viewers_needed(design)
    count = viewers or needed or study.voting.viewers
    counts = planned_counts(design, count)
    first = make_trials(design, subjects=range(1, 2))["kind"].value_counts()
    share, clips = float(design["planned_share"]), int(counts["src"].nunique())
    one_clip, all_clips = _powers(counts, count, share)
    size = _independent_votes(share)
    return Plan(
        design=design,
        viewers=count,
        counts=counts,
        kinds={kind: int(first[kind]) for kind in TRIAL_KINDS if kind in first},
        minutes=minutes(design),
        needed=needed,
        share=share,
        one_clip=one_clip,
        all_clips=all_clips,
        sample_size=size,
        viewers_for_power=viewers_for(size, n_clips=clips, clips_seen=all_clips.n / count),
        clips_for_power=int(size * RHO_CLIP) + 1,
        n_clips=clips,
    )


def _independent_votes(share: float) -> int:
    """Return how many independent votes show the share with TARGET_POWER; 0 where it is too near one half."""
    try:
        return sample_size(max(share, 1 - share), power=TARGET_POWER)
    except InputError:
        return 0


def viewers_for(sample_size: int, *, n_clips: int, clips_seen: float) -> int | None:
    """Return how many viewers, each of whom sees `clips_seen` of `n_clips` clips, weigh like independent votes.

    R viewers give n = R * clips_seen votes, which weigh like n / (1 + (clips_seen - 1) * RHO_SUBJECT
    + (n / n_clips - 1) * RHO_CLIP) independent ones; None where that stays below `sample_size` for every R.

    >>> viewers_for(97, n_clips=12, clips_seen=12), viewers_for(97, n_clips=9, clips_seen=9)
    (62, None)
    """
    weight = 1 - sample_size * RHO_CLIP / n_clips
    if weight <= 0 or clips_seen <= 0:
        return None
    found = sample_size * (1 + (clips_seen - 1) * RHO_SUBJECT - RHO_CLIP) / (clips_seen * weight)
    # Where the true value is a whole number the computed one may be a hair above.
    return max(1, ceil(found - 1e-9))


def _powers(counts: pd.DataFrame, viewers: int, share: float) -> tuple[Power, Power]:
    """Return the power on the clip and two HRCs with the fewest votes, and over the clips of those two HRCs."""
    least = int(counts["planned"].min())
    totals = counts.groupby(["hrc_a", "hrc_b"], sort=False)["planned"].agg(["sum", "size"])
    n, clips = min((int(votes), int(size)) for votes, size in totals.to_numpy())
    # A viewer may see only a part of the clips, a clip be seen by only a part of the viewers: means of both.
    effect = design_effect(max(1.0, n / clips), max(1.0, n / viewers), RHO_SUBJECT, RHO_CLIP)
    effective = n / effect
    return (
        Power(least, float(least), exact_power(share, least)),
        Power(n, effective, exact_power(share, int(effective))),
    )
