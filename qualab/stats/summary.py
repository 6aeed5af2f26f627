"""The analyses of a whole study, and what they say in plain words."""

from dataclasses import replace

import pandas as pd

from qualab.stats.preference import binomial, sign, sign_flip
from qualab.stats.result import Result


def summarize(votes: pd.DataFrame, *, alpha: float = 0.05) -> list[Result]:
    """Return, for every pair in order of its ids, the result over all clips (sign_flip), then one for each clip.

    A clip is analysed by `binomial`, by `sign` where votes are ties, by `sign_flip` where a subject saw it more than
    once. Without votes there is one result without a pair, whose note says so.

    Raises:
        InputError: real and simulated votes are mixed, or a choice is unknown.
    """
    if votes.empty:
        return [sign_flip(votes, alpha=alpha)]
    pairs = [table for _, table in votes.groupby(["hrc_a", "hrc_b"], sort=True)]
    found: list[Result] = []
    for table in pairs:
        overall = replace(sign_flip(table, alpha=alpha), src=None)
        found.append(_noted(overall, "pairs", len(pairs)))
        clips = [clip for _, clip in table.groupby("src", sort=True)]
        found.extend(_noted(_of_clip(clip, alpha), "clips", len(clips)) for clip in clips)
    return found


def conclusion(result: Result) -> str:
    """Return one to three plain sentences: what was preferred, by how many of whom, how sure that is, and where.

    A percentage stands with its n, a p-value with its interval; simulated viewers are called so.
    """
    said = _conclusion(result)
    return f"Simulated viewers, no real vote. {said}" if result.is_simulated else said


def _conclusion(result: Result) -> str:
    if result.n_votes == 0 or result.pair is None:
        return "Not enough votes: there are none yet."
    if not result.is_reachable or result.p_value is None:
        return f"Not enough votes: {_too_few(result)}. So far {_shares(result)}."
    baseline, test = result.pair
    evidence = f"{_shares(result)}; {_interval(result)}, {_p(result.p_value)}; {_where(result)}."
    if result.p_value > result.alpha:
        return f"No preference shown: {evidence} This does not show that the two look alike."
    winner, loser = (test, baseline) if (result.estimate or 0.0) > 0.5 else (baseline, test)
    return f"Viewers preferred {winner} to {loser}: {evidence}"


def _of_clip(clip: pd.DataFrame, alpha: float) -> Result:
    if clip["subject"].duplicated().any():
        return sign_flip(clip, alpha=alpha)
    analysis = sign if (clip["choice"] == "tie").any() else binomial
    return analysis(clip, alpha=alpha)


def _noted(result: Result, what: str, several: int) -> Result:
    if several < 2:
        return result
    note = f"one of {several} {what}, p not corrected for testing several"
    return replace(result, note="; ".join(part for part in (result.note, note) if part))


def _too_few(result: Result) -> str:
    by_viewer = result.analysis == "sign_flip"
    n = _counted(result.n_subjects, "viewer") if by_viewer else _counted(result.n_votes, "vote")
    return f"with {n} no result can reach p <= {result.alpha:g}"


def _shares(result: Result) -> str:
    ties = result.counts["n_tie"]
    test = result.pair[1] if result.pair else "the test HRC"
    given = f"{_counted(result.n_votes, 'vote')} by {_counted(result.n_subjects, 'viewer')}"
    tied = f", {ties} {'was a tie' if ties == 1 else 'were ties'}" if ties else ""
    share = "" if result.estimate is None else f" ({_share_of(result)})"
    return f"{result.counts['n_b']} of {given} preferred {test}{tied}{share}"


def _share_of(result: Result) -> str:
    ties = result.counts["n_tie"]
    percent = f"{100 * (result.estimate or 0.0):.0f}%"
    if not ties:
        return percent
    if result.analysis == "sign_flip":
        return f"{percent} of {result.n_votes}, a tie counting half"
    return f"{percent} of the {result.n_votes - ties} that chose"


def _counted(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def _interval(result: Result) -> str:
    low, high = result.ci or (0.0, 1.0)
    return f"{100 * (1 - result.alpha):g}% interval {100 * low:.0f}% to {100 * high:.0f}%"


def _p(p_value: float) -> str:
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}" if p_value < 0.1 else f"p = {p_value:.2f}"


def _where(result: Result) -> str:
    if result.src is not None:
        return f"on clip {result.src} only"
    return "on this clip only" if result.n_srcs == 1 else f"on these {result.n_srcs} clips only"
