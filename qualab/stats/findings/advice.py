"""What the votes on a pair support in plain words, the one sentence to quote, and what would help most next."""

from dataclasses import dataclass

from scipy.stats import binomtest

from qualab.errors import InputError
from qualab.stats.analysis import Role
from qualab.stats.findings.conclusion import conclusion, p_claimed
from qualab.stats.findings.find import Findings
from qualab.stats.findings.wording import interval, level, p_phrase, percent, percent_range, pluralize
from qualab.stats.power.sample_size import clips_for, sample_size, viewers_for
from qualab.stats.power.study_plan import LEAST_CLIPS, least_viewers
from qualab.stats.result import Result
from qualab.study.terms import ESTIMANDS

Pair = tuple[str, str]
MORE_CLIPS, MORE_VIEWERS, NOTHING_MORE = "more clips", "more viewers", "nothing"
WATCHED = (
    "Viewers may still vote: only numbers that hold at any moment are told, no ordinary p-value and no ordinary "
    "interval, because looking again and again makes chance look like a finding."
)
_TARGET_POWER = 0.8
_SAID_BY_FEW = 0.6


@dataclass(frozen=True)
class NextStep:
    """What to add, `more clips`, `more viewers` or `nothing`, and why, with the numbers."""

    step: str
    why: str


def conclusions(findings: Findings, pair: Pair) -> list[str]:
    """Return a few sentences: these clips (E1), clips like these (E2) or why not, ties, sides, viewers left out."""
    if findings.is_watched:
        e_value = findings.one(Role.WATCHING, pair=pair)
        return [WATCHED, *([conclusion(e_value)] if e_value else [])]
    these = findings.one(Role.HEADLINE, pair=pair)
    if these is None or not these.n_votes:
        return ["Not enough votes: there are none yet.", *_left_out(findings, pair)]
    sentences = [conclusion(these), *_few(these), *_beyond(these, findings.one(Role.GENERAL, pair=pair))]
    return [*sentences, *_ties(these), *_sides(findings.one(Role.ORDER_EFFECT, pair=pair)), *_left_out(findings, pair)]


def quotable(findings: Findings, pair: Pair) -> str:
    """Return the sentence to quote: share, votes, viewers, clips, interval, p and estimand; else why there is none."""
    if findings.is_watched:
        return "Nothing to quote yet: viewers may still vote."
    result = findings.one(Role.HEADLINE, pair=pair)
    if result is None or result.estimate is None or result.p_value is None:
        return "Nothing to quote yet: there are no votes."
    ties = result.counts["n_tie"]
    tied = f" ({pluralize(ties, 'tie')}, counting half)" if ties else ""
    mark = "Simulated viewers, no real vote: " if result.is_simulated else ""
    enough = "" if result.is_reachable else "; too few viewers to show a preference"
    return (
        f"{mark}{percent(result.estimate)} of {pluralize(result.n_votes, 'vote')}{tied} by "
        f"{pluralize(result.n_subjects, 'viewer')} on {pluralize(result.n_srcs, 'clip')} "
        f"preferred {pair[1]} to {pair[0]} "
        f"({interval(result)}, {p_claimed(result)}{enough}; {result.estimand}: {ESTIMANDS[result.estimand]})."
    )


def next_step(findings: Findings, pair: Pair, *, share: float = 0.65) -> NextStep:
    """Return what would help most; `share` is the preference that the study should not miss."""
    if findings.is_watched:
        return _while_watched(findings.one(Role.WATCHING, pair=pair))
    these = findings.one(Role.HEADLINE, pair=pair)
    if these is None or these.estimate is None or these.claim_p is None:
        return NextStep(MORE_VIEWERS, "There are no votes yet.")
    beyond = findings.one(Role.GENERAL, pair=pair)
    is_general = beyond is not None and beyond.claim_p is not None and beyond.claim_p <= these.alpha
    if these.claim_p <= these.alpha:
        return (
            NextStep(NOTHING_MORE, "Shown for these clips and for clips like these.")
            if is_general
            else _more_clips(these, beyond, share)
        )
    if not these.is_reachable:
        n = least_viewers(these.alpha)
        return NextStep(MORE_VIEWERS, f"With fewer than {n} viewers no votes can give p <= {these.alpha:g}.")
    return _undecided(these, beyond, share)


def _while_watched(result: Result | None) -> NextStep:
    now = result.effects.get("e_value") if result else None
    if result is None or now is None or result.p_value is None:
        why = result.note if result and result.pair else "there are no votes yet"
        return NextStep(MORE_VIEWERS, f"{why[:1].upper()}{why[1:]}.")
    if result.p_value <= result.alpha:
        return NextStep(
            NOTHING_MORE, f"The e-value has reached {1 / result.alpha:g}: these clips need no more viewers."
        )
    return NextStep(MORE_VIEWERS, f"The e-value is {now:.3g}, {1 / result.alpha:g} is needed.")


def _more_clips(these: Result, beyond: Result | None, share: float) -> NextStep:
    """Return that a preference on these clips is not shown for clips like these, and how many clips may show it."""
    planned = _planned(these, beyond, max(share, these.estimate or share, 1 - (these.estimate or share)))
    why = f"Shown for {_these(these)}, not for clips like these."
    if planned is None or planned[1] is None:
        return NextStep(MORE_CLIPS, f"{why} {max(LEAST_CLIPS, 2 * these.n_srcs)} clips or more let that be asked.")
    needed = max(LEAST_CLIPS, planned[1], these.n_srcs + 1)
    return NextStep(MORE_CLIPS, f"{why} With {these.n_subjects} viewers about {needed} clips should show it.")


def _undecided(these: Result, beyond: Result | None, share: float) -> NextStep:
    planned = _planned(these, beyond, share)
    if planned is None:
        n = _size(share, these.alpha)
        why = f"{pluralize(n, 'independent vote')} find a share of {percent(share)} in 8 of 10 studies"
        return NextStep(MORE_VIEWERS, f"{why}; there are {these.n_votes}, and how alike they are is not known.")
    size, clips, viewers, effective = planned
    worth = (
        f"The {these.n_votes} votes are worth {effective:.0f} independent ones; {size} find a share of "
        f"{percent(share)} in 8 of 10 studies"
    )
    if effective >= size:
        return NextStep(NOTHING_MORE, f"{worth}: a preference of that size would most likely have been seen.")
    by_clips = None if clips is None else clips * these.n_votes / these.n_srcs
    by_viewers = None if viewers is None else viewers * these.n_votes / these.n_subjects
    if viewers is not None and (by_clips is None or (by_viewers or 0.0) <= by_clips):
        return NextStep(MORE_VIEWERS, f"{worth}: {viewers} viewers on {_these(these)} would do.")
    more = f"about {clips} clips with these {these.n_subjects} viewers" if clips else "more clips and more viewers"
    if viewers is None:
        return NextStep(MORE_CLIPS, f"{worth}: no number of viewers on {_these(these)} reaches that, {more} would do.")
    return NextStep(
        MORE_CLIPS, f"{worth}: {more} would do, with fewer votes than {viewers} viewers on {_these(these)}."
    )


def _planned(these: Result, beyond: Result | None, share: float) -> tuple[int, int | None, int | None, float] | None:
    """Return independent votes needed, clips and viewers that give them, and those there are; None without rho."""
    effects = beyond.effects if beyond else {}
    rho_subject, rho_clip, effective = (effects.get(name) for name in ("rho_subject", "rho_clip", "n_effective"))
    if rho_subject is None or rho_clip is None or effective is None:
        return None
    size = _size(min(share, 0.99), these.alpha)
    seen, rho = these.n_votes / these.n_subjects, {"rho_subject": rho_subject, "rho_clip": rho_clip}
    # A viewer who sees a part of the clips goes on seeing that part.
    clips = clips_for(size, n_viewers=these.n_subjects, share_seen=min(1.0, seen / these.n_srcs), **rho)
    return size, clips, viewers_for(size, n_clips=these.n_srcs, clips_seen=seen, **rho), effective


def _size(share: float, alpha: float) -> int:
    try:
        return sample_size(share, power=_TARGET_POWER, alpha=alpha)
    except InputError:
        return 0


def _few(these: Result) -> list[str]:
    """Return what a large share among few viewers is worth: the 83% that one viewer more or less makes."""
    n, share = these.n_votes, these.estimate or 0.5
    is_plain = these.n_subjects == n and not these.counts["n_tie"]
    if not is_plain or (these.p_value or 0.0) <= these.alpha or abs(share - 0.5) < _SAID_BY_FEW - 0.5:
        return []
    more = [(k * n, binomtest(k * these.counts["n_b"], k * n, 0.5).pvalue) for k in (2, 4)]
    p_values = " and ".join(f"{p_phrase(p)} from {count}" for count, p in more)
    return [f"{percent(share)} of {pluralize(n, 'viewer')} says little: the same share would have {p_values} viewers."]


def _beyond(these: Result, beyond: Result | None) -> list[str]:
    if beyond is None:
        return []
    if beyond.claim_p is None or beyond.estimate is None:
        return [f"Of clips like these nothing can be said: {_reason(beyond) or 'there are too few'}."]
    evidence = (
        f"{percent(beyond.estimate)} of {pluralize(beyond.n_votes, 'vote')}, {interval(beyond)}, {p_claimed(beyond)}"
    )
    known = (these.claim_p or 0.0) <= these.alpha
    if beyond.claim_p <= these.alpha:
        odd = "" if known else " That this is clearer than on these clips alone comes from the tests: go by the first."
        return [f"It holds for clips like these, too: {evidence}; {beyond.n_srcs} clips as a sample of them.{odd}"]
    why = ""
    if known:
        why = (
            f" The {beyond.n_srcs} clips differ so much from each other that others might come out otherwise: "
            "say it of these clips only."
        )
    return [f"For clips like these it is not shown: {evidence}.{why}"]


def _reason(result: Result) -> str:
    """Return why a result was refused: its note, but for who voted, which is said before."""
    parts = result.note.split("; ")
    return "; ".join(part for part in parts if not (result.is_simulated and part.startswith("simulated")))


def _ties(these: Result) -> list[str]:
    ties = these.counts["n_tie"]
    if not ties:
        return []
    share = ties / these.n_votes
    much = ": most often no difference was seen" if share > 0.5 else ""
    return [f"{ties} of {pluralize(these.n_votes, 'vote')} were ties ({percent(share)}){much}."]


def _sides(result: Result | None) -> list[str]:
    if result is None or result.estimate is None or result.p_value is None or result.p_value > result.alpha:
        return []
    is_left = result.estimate > 0.5
    side, share = ("left", result.estimate) if is_left else ("right", 1 - result.estimate)
    low, high = result.ci or (0.0, 1.0)
    low, high = (low, high) if is_left else (1 - high, 1 - low)
    evidence = f"{level(result.alpha)} interval {percent_range((low, high))}, {p_phrase(result.p_value)}"
    n = pluralize(result.counts["n_a"] + result.counts["n_b"], "vote")
    return [
        f"Viewers leaned to the {side}: {percent(share)} of the {n} that chose ({evidence}). "
        "With balanced sides this blurs the preference and hardly moves it."
    ]


def _left_out(findings: Findings, pair: Pair) -> list[str]:
    result = findings.one(Role.SCREENING, pair=pair)
    number = int((result.effects.get("n_excluded") if result else None) or 0)
    if result is None or not number:
        return []
    before = result.effects.get("estimate_all")
    with_all = "" if before is None else f"; with them the share is {percent(before)}"
    return [f"{pluralize(number, 'viewer')} left out by the rules frozen at launch{with_all}."]


def _these(result: Result) -> str:
    return "this clip" if result.n_srcs == 1 else f"these {result.n_srcs} clips"
