"""The analyses of a whole study, in the order in which they are told."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from qualab.stats.multiplicity import holm
from qualab.stats.objective.agreement import agreement
from qualab.stats.pairwise.groups import LEAST_VIEWERS, Group, by_tag, by_viewer, too_few
from qualab.stats.pairwise.position import position
from qualab.stats.pairwise.preference import of_clip, sign_flip
from qualab.stats.pairwise.sequential import e_value
from qualab.stats.pairwise.two_way import gee, pigeonhole, two_way
from qualab.stats.power.correlation import correlation
from qualab.stats.result import Result
from qualab.stats.scaling.bradley_terry import bradley_terry
from qualab.stats.scaling.davidson import davidson
from qualab.stats.screening.rules import screening
from qualab.stats.tally import by_clip, tally

_LEAST_HRCS = 3


def summarize(
    votes: pd.DataFrame,
    *,
    alpha: float = 0.05,
    tags: Mapping[str, Sequence[str]] | None = None,
    viewers: pd.DataFrame | None = None,
) -> list[Result]:
    """Return the results of the votes that count: pair by pair in order of ids, then those of all pairs together.

    Of a pair: sign_flip (E1) and two_way (E2) over all clips, pigeonhole and gee beside them, position, e_value; then
    every clip, by `binomial`, by `sign` where votes are ties, by `sign_flip` where a subject saw it more than once;
    then every tag and group of viewers where there are two of a kind. `p_adjusted` is Holm's over the pairs, over the
    clips of a pair, over the groups of a kind. Without votes there is one result without a pair, whose note says so.

    Args:
        votes: FOREIGN_VOTE_COLUMNS and further ones, by viewers of one side, real or simulated.
        tags: tags by SRC id.
        viewers: `subject`, and a column for each question that viewers were asked.

    Raises:
        InputError: real and simulated votes are mixed, or a choice is unknown.
    """
    if votes.empty:
        return [sign_flip(votes, alpha=alpha)]
    pairs = pairs_of(votes)
    headlines = _several([_of_all_clips(sign_flip, table, alpha) for table in pairs], "pairs")
    general = _several([_general(table, alpha) for table in pairs], "pairs")
    groups = [*by_tag(tags or {}), *by_viewer(viewers)]
    found: list[Result] = []
    for headline, of_both, table in zip(headlines, general, pairs, strict=True):
        found += [headline, of_both, *_beside(table, alpha), *_clips(table, alpha), *_groups(table, groups, alpha)]
    return found + _of_all_pairs(votes, len(pairs), alpha)


def watched(votes: pd.DataFrame, *, alpha: float = 0.05) -> list[Result]:
    """Return what may be looked at while viewers vote: the e-value of every pair."""
    if votes.empty:
        return [e_value(votes, alpha=alpha)]
    return [_of_all_clips(e_value, table, alpha) for table in pairs_of(votes)]


def without_screened(
    votes: pd.DataFrame, checks: pd.DataFrame, *, alpha: float, is_watched: bool = False
) -> list[Result]:
    """Return, for every pair, the result without those whom the checks exclude beside that of all who voted.

    While viewers may still vote it holds the number of those alone.
    """
    found = [replace(screening(table, alpha=alpha, checks=checks), src=None) for table in pairs_of(votes)]
    return [_number_only(result) for result in found] if is_watched else found


def agreements(points: pd.DataFrame, *, alpha: float = 0.05) -> list[Result]:
    """Return how well every metric's differences agree with the votes, of every pair (tables of POINT_COLUMNS)."""
    tables = points.groupby(["hrc_a", "hrc_b", "metric"], sort=False)
    return [
        replace(agreement(table, alpha=alpha), pair=(str(hrc_a), str(hrc_b)), group=f"metric: {metric}")
        for (hrc_a, hrc_b, metric), table in tables
    ]


def pairs_of(votes: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the votes of every pair, in order of ids."""
    return [table for _, table in votes.groupby(["hrc_a", "hrc_b"], sort=True)]


def _of_all_clips(analysis: Callable[..., Result], votes: pd.DataFrame, alpha: float) -> Result:
    return replace(analysis(votes, alpha=alpha), src=None)


def _general(table: pd.DataFrame, alpha: float) -> Result:
    """Return two_way; its effects tell how alike votes are."""
    found, alike = _of_all_clips(two_way, table, alpha), correlation(table)
    effects = {"rho_subject": alike.rho_subject, "rho_clip": alike.rho_clip, "n_effective": alike.n_effective}
    return replace(found, effects={**found.effects, **effects})


def _beside(table: pd.DataFrame, alpha: float) -> list[Result]:
    return [_of_all_clips(analysis, table, alpha) for analysis in (pigeonhole, gee, position, e_value)]


def _clips(table: pd.DataFrame, alpha: float) -> list[Result]:
    return _several([of_clip(clip, alpha) for clip in by_clip(tally(table, alpha=alpha))], "clips")


def _groups(table: pd.DataFrame, groups: Iterable[Group], alpha: float) -> list[Result]:
    """Return a result for every group of a kind of which the votes hold at least two."""
    kinds: dict[str, list[Result]] = {}
    for group in groups:
        part = table[table[group.column].isin(group.members)]
        if len(part):
            found = replace(sign_flip(part, alpha=alpha), src=None, group=group.title)
            few = group.column == "subject" and found.n_subjects < LEAST_VIEWERS
            kinds.setdefault(group.kind, []).append(too_few(found) if few else found)
    return [
        result for kind, found in kinds.items() if len(found) > 1 for result in _several(found, f"groups by {kind}")
    ]


def _of_all_pairs(votes: pd.DataFrame, n_pairs: int, alpha: float) -> list[Result]:
    found = [replace(position(votes, alpha=alpha), src=None, pair=None)]
    if n_pairs > 1 and len({*votes["hrc_a"].unique(), *votes["hrc_b"].unique()}) >= _LEAST_HRCS:
        found.append(bradley_terry(votes, alpha=alpha))
        if (votes["choice"] == "tie").any():
            found.append(davidson(votes, alpha=alpha))
    return found


def _several(results: list[Result], what: str) -> list[Result]:
    """Return the results of one claim with Holm's p over those that have one; a single one stays as it is."""
    if len(results) < 2:
        return results
    adjusted = holm([result.p_value for result in results])
    note = f"one of {len(results)} {what}, p adjusted for that by Holm"
    return [
        result
        if p_value is None
        else replace(result, p_adjusted=p_value, note="; ".join(part for part in (result.note, note) if part))
        for result, p_value in zip(results, adjusted, strict=True)
    ]


def _number_only(result: Result) -> Result:
    kept = {name: result.effects[name] for name in ("n_excluded", "n_subjects_all")}
    counts, note = dict.fromkeys(result.counts, 0), "viewers may still vote: how many are left out, no preference"
    told = replace(result, effects=kept, counts=counts, note=note)
    return replace(told, estimate=None, ci=None, p_value=None, p_adjusted=None, is_reachable=False)
