"""What a result says, in sentences: a percentage with its n, a p-value with its interval."""

from qualab.stats.analysis import Role
from qualab.stats.findings.roles import role_of
from qualab.stats.findings.wording import interval, p_phrase, percent, pluralize
from qualab.stats.result import Result


def p_claimed(result: Result) -> str:
    """Return the p that a claim goes by, and that it is corrected where it is one of several."""
    phrase = p_phrase(1.0 if result.claim_p is None else result.claim_p)
    return phrase if result.p_adjusted is None else f"{phrase} by Holm"


def shares(result: Result) -> str:
    """Return how many votes of how many, by how many viewers, preferred the test HRC, and the share that makes."""
    ties = result.counts["n_tie"]
    test = result.pair[1] if result.pair else "the test HRC"
    given = f"{pluralize(result.n_votes, 'vote')} by {pluralize(result.n_subjects, 'viewer')}"
    tied = f", {ties} {'was a tie' if ties == 1 else 'were ties'}" if ties else ""
    share = "" if result.estimate is None else f" ({share_of(result)})"
    return f"{result.counts['n_b']} of {given} preferred {test}{tied}{share}"


def share_of(result: Result) -> str:
    """Return the share, and of what where votes are ties."""
    ties, text = result.counts["n_tie"], percent(result.estimate or 0.0)
    if not ties:
        return text
    if role_of(result) is Role.PER_CLIP:
        return f"{text} of the {result.n_votes - ties} that chose"
    return f"{text} of {result.n_votes}, a tie counting half"


def where(result: Result) -> str:
    """Return which clips a result speaks of."""
    if result.src is not None:
        return f"on clip {result.src} only"
    return "on this clip only" if result.n_srcs == 1 else f"on these {result.n_srcs} clips only"


def conclusion(result: Result) -> str:
    """Return one to three plain sentences: what was preferred, by how many of whom, how sure that is, and where.

    A percentage stands with its n, a p-value with its interval; simulated viewers are called so.
    """
    text = _conclusion(result)
    return f"Simulated viewers, no real vote. {text}" if result.is_simulated else text


def _conclusion(result: Result) -> str:
    if result.n_votes == 0 or result.pair is None:
        # Of an e-value the note says who is still at it.
        why = result.note if role_of(result) is Role.WATCHING and result.pair else "there are none yet"
        return f"Not enough votes: {why}."
    if role_of(result) is Role.WATCHING:
        return _so_far(result)
    p_value = result.claim_p
    if not result.is_reachable or result.p_value is None or p_value is None:
        return f"Not enough votes: {_too_few(result)}. So far {shares(result)}."
    baseline, test = result.pair
    evidence = f"{shares(result)}; {interval(result)}, {p_claimed(result)}; {where(result)}."
    if p_value > result.alpha:
        alone = f" By itself it would be ({p_phrase(result.p_value)}): among several, one comes out so by chance."
        seen = alone if result.p_value <= result.alpha else " This does not show that the two look alike."
        return f"No preference shown: {evidence}{seen}"
    winner, loser = (test, baseline) if (result.estimate or 0.0) > 0.5 else (baseline, test)
    return f"Viewers preferred {winner} to {loser}: {evidence}"


def _so_far(result: Result) -> str:
    """Return what an e-value says, at whatever moment one looks."""
    seen = f"{pluralize(result.n_votes, 'vote')} by {pluralize(result.n_subjects, 'viewer')}"
    now = result.effects.get("e_value")
    if result.estimate is None or result.p_value is None or now is None:
        return f"Not enough votes: {seen}."
    test = result.pair[1] if result.pair else "the test HRC"
    is_shown = result.p_value <= result.alpha
    lead = "A preference is shown, at whatever moment one looks" if is_shown else "No preference shown so far"
    mean = f"the viewers' mean preference for {test} is {percent(result.estimate)}"
    return (
        f"{lead}: after {seen} {mean}; {interval(result)} at all times, e-value {now:.3g} "
        f"({1 / result.alpha:g} is needed), always-valid {p_phrase(result.p_value)}; {where(result)}."
    )


def _too_few(result: Result) -> str:
    by_viewer = role_of(result) is not Role.PER_CLIP
    n = pluralize(result.n_subjects, "viewer") if by_viewer else pluralize(result.n_votes, "vote")
    return f"with {n} no result can reach p <= {result.alpha:g}"
