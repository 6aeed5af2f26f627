"""What a launch would mean: votes per pair, time of a viewer, viewers needed, and what the study could find."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from qualab.errors import InputError
from qualab.stats.power.correlation import Correlation
from qualab.stats.power.sample_size import design_effect, exact_power, sample_size, viewers_for
from qualab.stats.power.study_plan import RHO_CLIP, RHO_SUBJECT, TARGET_POWER, StudyPlan, plan_study
from qualab.study.terms import TRIAL_KINDS
from qualab.study.workspace import Workspace
from qualab.voting.design.frozen import Design, frozen_design
from qualab.voting.design.trial_lists import make_trials, minutes, planned_counts, viewers_needed

__all__ = ["RHO_CLIP", "RHO_SUBJECT", "TARGET_POWER", "LaunchPlan", "Power", "StudyPlan", "plan", "plan_of"]

_USUAL = {"rho_subject": RHO_SUBJECT, "rho_clip": RHO_CLIP}


@dataclass(frozen=True)
class Power:
    """The chance that `n` votes, which weigh like `n_effective` independent ones, show the planned share."""

    n: int
    n_effective: float
    power: float


@dataclass(frozen=True)
class LaunchPlan:
    """A design that is not launched, for a number of viewers.

    `counts` has the columns src, hrc_a, hrc_b, planned; `kinds` says how many trials of each kind a viewer answers.
    `one_clip` and `all_clips` are of the two HRCs with the fewest votes; `sample_size` is how many independent votes
    reach TARGET_POWER (0: none can, viewers are split in half), `viewers_for_power` how many viewers give them; None
    where no number of viewers does, because there are fewer than `clips_for_power` clips.
    """

    design: Design
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


def plan_of(ws: Workspace, study_id: str, *, viewers: int | None = None, **options: str | None) -> LaunchPlan:
    """Return what a launch of a study for `viewers` would mean; by default for as many as qualab.lab.launch invites.

    `asked` are the presentation and method, where they are to be others than those of study.toml.

    Raises:
        InputError: as frozen_design; the study has no pairs to vote on.
    """
    folder = ws.folder(study_id)
    study = folder.load()
    design = frozen_design(study, folder.read_manifest(), **options)
    needed = viewers_needed(design)
    count = viewers or needed or study.voting.viewers
    counts = planned_counts(design, count)
    first = make_trials(design, subjects=range(1, 2))["kind"].value_counts()
    share, clips = design.planned_share, int(counts["src"].nunique())
    one_clip, all_clips = _powers(counts, count, share)
    size = _independent_votes(share)
    return LaunchPlan(
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
        viewers_for_power=viewers_for(size, n_clips=clips, clips_seen=all_clips.n / count, **_USUAL),
        clips_for_power=int(size * RHO_CLIP) + 1,
        n_clips=clips,
    )


def _independent_votes(share: float) -> int:
    """Return how many independent votes show the share with TARGET_POWER; 0 where it is too near one half."""
    try:
        return sample_size(max(share, 1 - share), power=TARGET_POWER)
    except InputError:
        return 0


def plan(
    share: float,
    *,
    pilot: Correlation | None = None,
    rho_subject: float | None = None,
    rho_clip: float | None = None,
    **options: Any,
) -> StudyPlan:
    """Return what a study needs to show `share`; options as qualab.stats.power.study_plan.outlook.

    Args:
        pilot: how alike the votes of a pilot study are (qualab.lab.voting.alike).
        rho_subject: instead of the pilot's, or 0.05; `rho_clip` likewise, or 0.10.
    """
    notes = [] if pilot is None else [_pilot_note(pilot)]

    def known(name: str, value: float | None) -> float:
        measured: float | None = getattr(pilot, name, None)
        if pilot and value is None and measured is None:
            notes.append(f"{name} is not the pilot's: {_USUAL[name]:g} is taken")
        return next((candidate for candidate in (value, measured) if candidate is not None), _USUAL[name])

    subject, clip = known("rho_subject", rho_subject), known("rho_clip", rho_clip)
    return plan_study(share, rho_subject=subject, rho_clip=clip, notes=tuple(notes), **options)


def _pilot_note(pilot: Correlation) -> str:
    n = f"{pilot.n_votes} votes by {pilot.n_subjects} viewers on {pilot.n_srcs} clips"
    return f"pilot: {n}{'; ' if pilot.note else ''}{pilot.note}"


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
