"""What may be looked at while viewers vote: evidence by pair, and who is left out; both by rules frozen at launch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from qualab.stats.eligible import eligible_votes
from qualab.stats.pairwise.sequential import e_value, path
from qualab.stats.result import Result
from qualab.stats.screening.rules import check, excluded, screening, without
from qualab.study.protocol import Screening, Stopping

Pair = tuple[str, str]


@dataclass(frozen=True)
class Watched:
    """The evidence so far.

    Attributes:
        results: `e_value` of each pair of HRCs of the study, without viewers who are left out.
        paths: how the evidence on each pair grew (sequential.path).
        stopping: the frozen rule; intervals are at its alpha.
        n_left_out: viewers whom the frozen screening rules leave out.
    """

    results: tuple[Result, ...]
    paths: Mapping[Pair, pd.DataFrame]
    stopping: Stopping
    n_left_out: int


@dataclass(frozen=True)
class Screened:
    """What screening saw of one side's viewers.

    Attributes:
        checks: table of CHECK_COLUMNS.
        results: `screening` of each pair; none while real viewers may vote.
        rules: the frozen ones.
        is_simulated: whether no person cast these votes.
    """

    checks: pd.DataFrame
    results: tuple[Result, ...]
    rules: Screening
    is_simulated: bool


def watch(answers: pd.DataFrame, pairs: Sequence[Pair], rules: Screening, stopping: Stopping) -> Watched:
    """Return the evidence on each of `pairs` in the answers of one side (VOTE_COLUMNS, every kind of trial)."""
    left_out = excluded(check(answers, rules))
    votes = without(eligible_votes(answers), left_out)
    results, paths = [], {}
    for pair in pairs:
        of_pair = _of(votes, pair)
        results.append(replace(e_value(of_pair, alpha=stopping.alpha), pair=pair, src=None))
        paths[pair] = path(of_pair, alpha=stopping.alpha)
    return Watched(tuple(results), paths, stopping, len(left_out))


def screen(answers: pd.DataFrame, pairs: Sequence[Pair], rules: Screening, *, is_watched: bool = False) -> Screened:
    """Return what screening saw in the answers of one side, and what that does to the result on each of `pairs`."""
    checks = check(answers, rules)
    is_simulated = bool(answers["simulated"].eq(1).any())
    with_votes = [] if is_watched else [pair for pair in pairs if len(_of(answers, pair))]
    results = (screening(answers, rules=rules, pair=pair, checks=checks) for pair in with_votes)
    return Screened(checks, tuple(replace(result, src=None) for result in results), rules, is_simulated)


def _of(votes: pd.DataFrame, pair: Pair) -> pd.DataFrame:
    return votes[votes["hrc_a"].eq(pair[0]) & votes["hrc_b"].eq(pair[1])]
