"""What a study of so many viewers and clips could find, and whether more viewers or more clips would help."""

from dataclasses import asdict, dataclass, replace
from math import ceil, log2

from qualab.errors import InputError
from qualab.stats.power.sample_size import clips_for, design_effect, exact_power, sample_size, sure_powers, viewers_for

# How alike the votes of one viewer are, and those on one clip, where no pilot tells: docs/planning.md.
RHO_SUBJECT, RHO_CLIP = 0.05, 0.10
TARGET_POWER = 0.8
MINUTES_PER_VOTE = 0.5
_USUAL_VIEWERS = 24
# Below these qualab.stats.pairwise.two_way.two_way refuses.
LEAST_CLIPS = 5
# ITU-R BT.500: a session lasts half an hour at most.
_LONG_SESSION_MIN = 30


@dataclass(frozen=True)
class StudyPlan:
    """A plan of viewers x clips, every viewer seeing every clip.

    Attributes:
        size: independent votes from which on the power stays at `power`.
        n_clips, n_viewers: as asked, else as many as are needed; None where no number is enough. Without either:
            one clip, and as many viewers as votes.
        n_effective: how many independent votes theirs are worth, `most_effective` what more viewers could bring it to
            (None: without bound).
        power_expected: the chance that this plan, or one worth somewhat more, shows the share at least.
        viewers_needed: on `n_clips`, None where no number is enough.
        clips_needed: with `n_viewers` (24 where they are not known), None where no number is enough.
        step: `more clips`, `more viewers` or `nothing`; `why` says so in words.
    """

    share: float
    power: float
    alpha: float
    size: int
    power_at_size: float
    n_clips: int | None
    n_viewers: int | None
    rho_subject: float
    rho_clip: float
    design_effect: float | None = None
    n_effective: float | None = None
    most_effective: float | None = None
    power_expected: float | None = None
    viewers_needed: int | None = None
    clips_needed: int | None = None
    step: str = "nothing"
    why: str = ""
    minutes_per_vote: float = MINUTES_PER_VOTE
    notes: tuple[str, ...] = ()

    @property
    def n_votes(self) -> int | None:
        """All votes of the plan on one pair of HRCs."""
        return self.n_clips * self.n_viewers if self.n_clips and self.n_viewers else None

    @property
    def viewer_minutes(self) -> float | None:
        """What the votes cost in minutes of all viewers together."""
        return self.n_votes * self.minutes_per_vote if self.n_votes else None

    def to_dict(self) -> dict[str, object]:
        """Return what `qualab plan --json` prints."""
        fields = asdict(self) | {"notes": list(self.notes)}
        fields["n_independent"] = fields.pop("size")
        votes = {"n_votes": self.n_votes, "viewer_minutes": self.viewer_minutes}
        a_viewer = self.n_clips * self.minutes_per_vote if self.n_clips else None
        return {"type": "plan", **fields, **votes, "minutes_per_viewer": a_viewer}


def plan_study(
    share: float,
    *,
    power: float = TARGET_POWER,
    alpha: float = 0.05,
    clips: int | None = None,
    viewers: int | None = None,
    rho_subject: float = RHO_SUBJECT,
    rho_clip: float = RHO_CLIP,
    minutes_per_vote: float = MINUTES_PER_VOTE,
    notes: tuple[str, ...] = (),
) -> StudyPlan:
    """Return what a study needs to show that `share` of viewers prefer one HRC, and what viewers x clips can find.

    >>> plan = plan_study(0.65, clips=12, viewers=24)
    >>> plan.size, round(plan.design_effect, 6), round(plan.n_effective, 3), plan.step
    (97, 3.85, 74.805, 'more clips')

    Raises:
        InputError: a share next to one half, a value that is no probability, fewer than one viewer or clip.
    """
    _check(clips, viewers, minutes_per_vote)
    size = sample_size(max(share, 1 - share), power, alpha)
    plan = StudyPlan(
        share=share,
        power=power,
        alpha=alpha,
        size=size,
        power_at_size=exact_power(share, size, alpha),
        n_clips=clips,
        n_viewers=viewers,
        rho_subject=rho_subject,
        rho_clip=rho_clip,
        minutes_per_vote=minutes_per_vote,
        notes=notes,
    )
    if clips is None and viewers is None:
        return _on_one_clip(plan)
    return _advised(_completed(plan))


def _advised(plan: StudyPlan) -> StudyPlan:
    step, why = _advice(plan)
    minutes, notes = (plan.n_clips or 0) * plan.minutes_per_vote, plan.notes
    if minutes > _LONG_SESSION_MIN:
        long = f"{minutes:.0f} minutes a viewer are more than one session: half an hour is advised (ITU-R BT.500)"
        notes = (*notes, long)
    return replace(plan, step=step, why=why, notes=notes)


def _on_one_clip(plan: StudyPlan) -> StudyPlan:
    """Return the plan of one vote a viewer on one clip, where votes are independent."""
    why = (
        f"{plan.size} independent votes show a share of {plan.share:g} in {plan.power:.0%} of studies: one vote each "
        f"by {plan.size} viewers on one clip. Votes on several clips are alike: name clips and viewers."
    )
    plan = replace(plan, n_clips=1, n_viewers=plan.size, clips_needed=1, viewers_needed=plan.size, why=why)
    return replace(plan, design_effect=1.0, n_effective=float(plan.size), power_expected=plan.power_at_size)


def _completed(plan: StudyPlan) -> StudyPlan:
    """Return the plan with what was not asked for, as many as are needed, and what it is worth."""
    subject, clip, least = plan.rho_subject, plan.rho_clip, least_viewers(plan.alpha)
    viewers = plan.n_viewers or _USUAL_VIEWERS
    clips_needed = clips_for(plan.size, n_viewers=viewers, rho_subject=subject, rho_clip=clip)
    clips_needed = clips_needed and max(clips_needed, LEAST_CLIPS)
    viewers_needed = None
    if plan.n_clips is not None:
        viewers_needed = viewers_for(plan.size, n_clips=plan.n_clips, rho_subject=subject, rho_clip=clip)
        viewers_needed = viewers_needed and max(viewers_needed, least)
    plan = replace(
        plan,
        n_clips=plan.n_clips or clips_needed,
        n_viewers=plan.n_viewers or viewers_needed,
        clips_needed=clips_needed,
        viewers_needed=viewers_needed,
    )
    most = plan.n_clips / clip if plan.n_clips and clip else None
    if plan.n_clips is None or plan.n_viewers is None:
        return replace(plan, most_effective=most)
    effect = design_effect(plan.n_viewers, plan.n_clips, subject, clip)
    effective = plan.n_viewers * plan.n_clips / effect
    return replace(
        plan,
        design_effect=effect,
        n_effective=effective,
        most_effective=most,
        power_expected=float(sure_powers(plan.share, int(effective + 1e-9), plan.alpha)[-1]),
    )


def least_viewers(alpha: float) -> int:
    """Return how many viewers of one mind give p <= alpha: with fewer, no votes of theirs can.

    >>> least_viewers(0.05)
    6
    """
    return 1 + ceil(log2(1 / alpha) - 1e-9)


def _check(clips: int | None, viewers: int | None, minutes: float) -> None:
    for name, value in (("clips", clips), ("viewers", viewers)):
        if value is not None and not 1 <= value <= 1_000_000:
            raise InputError(name, f"is {value}", "give a number from 1 to 1,000,000")
    if not 0 < minutes <= 1000:
        raise InputError("minutes per vote", f"is {minutes:g}", "give minutes above 0, such as 0.5")


def _advice(plan: StudyPlan) -> tuple[str, str]:
    """Return what helps most, and why: of more clips and more viewers that which takes fewer votes."""
    clips, viewers = plan.clips_needed, plan.viewers_needed
    if plan.n_clips is None or plan.n_viewers is None or plan.n_effective is None:
        return _impossible(plan)
    least = least_viewers(plan.alpha)
    if plan.n_viewers < least:
        return "more viewers", f"With fewer than {least} viewers no votes can give p <= {plan.alpha:g}."
    planned = f"{plan.n_viewers} viewers on {plan.n_clips} clips are worth {plan.n_effective:.1f} independent votes"
    if plan.n_clips < LEAST_CLIPS:
        return "more clips", f"{planned}; fewer than {LEAST_CLIPS} clips say nothing about clips like these."
    if plan.n_effective >= plan.size - 1e-9:
        return "nothing", f"{planned}; {plan.size} are needed. That is enough."
    if viewers is None:
        bound = f"more viewers bring that to {plan.most_effective:.0f} at most" if plan.most_effective else ""
        more = f"with {plan.n_viewers} viewers take {clips}" if clips else "with more viewers, too"
        return "more clips", f"{planned}; {plan.size} are needed, and {bound}. More clips, not more viewers: {more}."
    if clips is not None and clips * plan.n_viewers < viewers * plan.n_clips:
        spared = f"{clips} clips need {clips * plan.n_viewers} votes, {viewers} viewers {viewers * plan.n_clips}"
        return "more clips", f"{planned}; {plan.size} are needed. More clips, not more viewers: {spared}."
    return "more viewers", f"{planned}; {plan.size} are needed: {viewers} viewers give them."


def _impossible(plan: StudyPlan) -> tuple[str, str]:
    if plan.n_clips is not None:
        most = f"{plan.most_effective:.0f}" if plan.most_effective else "too few"
        more = f", such as {plan.clips_needed} with {_USUAL_VIEWERS} viewers" if plan.clips_needed else ""
        return "more clips", (
            f"However many viewers come, {plan.n_clips} clips are worth {most} independent votes at most; {plan.size} "
            f"are needed. More clips, not more viewers{more}."
        )
    most = f"{plan.n_viewers / plan.rho_subject:.0f}" if plan.n_viewers and plan.rho_subject else "too few"
    return "more viewers", (
        f"However many clips there are, {plan.n_viewers} viewers are worth {most} independent votes at most; "
        f"{plan.size} are needed."
    )
