"""The analyses of a whole study, in the order in which results are listed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from qualab.stats.analysis import Analysis, Role
from qualab.stats.findings.roles import of_role
from qualab.stats.multiplicity import holm
from qualab.stats.pairwise.groups import LEAST_VIEWERS, Group, by_tag, by_viewer, too_few
from qualab.stats.pairwise.preference import of_clip
from qualab.stats.power.correlation import correlation
from qualab.stats.result import Result
from qualab.stats.tally import by_clip, tally

_LEAST_HRCS = 3
_BESIDE = (Role.SENSITIVITY, Role.ORDER_EFFECT, Role.WATCHING)


def summarize(
    votes: pd.DataFrame,
    *,
    alpha: float = 0.05,
    tags: Mapping[str, Sequence[str]] | None = None,
    viewers: pd.DataFrame | None = None,
) -> list[Result]:
    """Return the results of the votes that count: pair by pair in order of ids, then those of all pairs together.

    Of a pair over all clips: the headline (E1) and the general claim (E2), then sensitivity, order effect and watching;
    then every clip, by the headline where a subject saw it more than once; then, by the headline, every tag and group
    of viewers where there are two of a kind. Of all pairs: order effects, and scales of three HRCs or more.
    `p_adjusted` is Holm's over the pairs, over the clips of a pair, over the groups of a kind. Without votes there is
    one result without a pair, whose note says so.

    Args:
        votes: FOREIGN_VOTE_COLUMNS and further ones, by viewers of one side, real or simulated.
        tags: tags by SRC id.
        viewers: `subject`, and a column for each question that viewers were asked.

    Raises:
        InputError: real and simulated votes are mixed, or a choice is unknown.
    """
    if votes.empty:
        return [analysis.run(votes, alpha=alpha) for analysis in of_role(Role.HEADLINE)]
    pairs = pairs_of(votes)
    claims = [
        _several([_of_all_clips(analysis, table, alpha) for table in pairs], "pairs")
        for analysis in of_role(Role.HEADLINE, Role.GENERAL)
    ]
    groups = [*by_tag(tags or {}), *by_viewer(viewers)]
    results: list[Result] = []
    for place, table in enumerate(pairs):
        results += [claim[place] for claim in claims]
        results += [_of_all_clips(analysis, table, alpha) for analysis in of_role(*_BESIDE)]
        results += [*_clips(table, alpha), *_groups(table, groups, alpha)]
    return results + _of_all_pairs(votes, len(pairs), alpha)


def watched(votes: pd.DataFrame, *, alpha: float = 0.05) -> list[Result]:
    """Return what may be looked at while viewers vote, of every pair."""
    watching = of_role(Role.WATCHING)
    if votes.empty:
        return [analysis.run(votes, alpha=alpha) for analysis in watching]
    return [_of_all_clips(analysis, table, alpha) for table in pairs_of(votes) for analysis in watching]


def without_screened(
    votes: pd.DataFrame, checks: pd.DataFrame, *, alpha: float, is_watched: bool = False
) -> list[Result]:
    """Return, for every pair, the result without those whom the checks exclude beside that of all who voted.

    While viewers may still vote it holds the number of those alone.
    """
    results = [
        replace(analysis.run(table, alpha=alpha, checks=checks), src=None)
        for table in pairs_of(votes)
        for analysis in of_role(Role.SCREENING)
    ]
    return [_number_only(result) for result in results] if is_watched else results


def agreements(points: pd.DataFrame, *, alpha: float = 0.05) -> list[Result]:
    """Return how well every metric's differences agree with the votes, of every pair (tables of POINT_COLUMNS)."""
    tables = points.groupby(["hrc_a", "hrc_b", "metric"], sort=False)
    return [
        replace(analysis.run(table, alpha=alpha), pair=(str(hrc_a), str(hrc_b)), group=f"metric: {metric}")
        for (hrc_a, hrc_b, metric), table in tables
        for analysis in of_role(Role.AGREEMENT)
    ]


def pairs_of(votes: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the votes of every pair, in order of ids."""
    return [table for _, table in votes.groupby(["hrc_a", "hrc_b"], sort=True)]


def _of_all_clips(analysis: Analysis, votes: pd.DataFrame, alpha: float) -> Result:
    """Return a result over all clips; the effects of a general one hold how votes correlate, too."""
    result = replace(analysis.run(votes, alpha=alpha), src=None)
    if analysis.role is not Role.GENERAL:
        return result
    rho = correlation(votes)
    effects = {"rho_subject": rho.rho_subject, "rho_clip": rho.rho_clip, "n_effective": rho.n_effective}
    return replace(result, effects={**result.effects, **effects})


def _clips(table: pd.DataFrame, alpha: float) -> list[Result]:
    return _several([of_clip(clip, alpha) for clip in by_clip(tally(table, alpha=alpha))], "clips")


def _groups(table: pd.DataFrame, groups: Iterable[Group], alpha: float) -> list[Result]:
    """Return a result for every group of a kind of which the votes hold at least two."""
    kinds: dict[str, list[Result]] = {}
    for group in groups:
        part = table[table[group.column].isin(group.members)]
        for analysis in of_role(Role.HEADLINE) if len(part) else ():
            result = replace(_of_all_clips(analysis, part, alpha), group=group.title)
            few = group.column == "subject" and result.n_subjects < LEAST_VIEWERS
            kinds.setdefault(group.kind, []).append(too_few(result) if few else result)
    return [result for kind, rows in kinds.items() if len(rows) > 1 for result in _several(rows, f"groups by {kind}")]


def _of_all_pairs(votes: pd.DataFrame, n_pairs: int, alpha: float) -> list[Result]:
    orders = of_role(Role.ORDER_EFFECT)
    results = [replace(_of_all_clips(analysis, votes, alpha), pair=None) for analysis in orders]
    if n_pairs > 1 and len({*votes["hrc_a"].unique(), *votes["hrc_b"].unique()}) >= _LEAST_HRCS:
        has_ties = bool((votes["choice"] == "tie").any())
        scales = [analysis for analysis in of_role(Role.SCALE) if has_ties or not analysis.needs_ties]
        results += [analysis.run(votes, alpha=alpha) for analysis in scales]
    return results


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
    without_effects = replace(result, effects=kept, counts=counts, note=note)
    return replace(without_effects, estimate=None, ci=None, p_value=None, p_adjusted=None, is_reachable=False)
