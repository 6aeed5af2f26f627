"""Everything that one side's votes say: the real ones', or the simulated ones'."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import EllipsisType

import pandas as pd

from qualab.stats.analysis import Role
from qualab.stats.eligible import eligible_votes
from qualab.stats.findings.roles import role_of
from qualab.stats.findings.summary import agreements, summarize, watched, without_screened
from qualab.stats.objective.agreement import points
from qualab.stats.result import Result
from qualab.stats.screening.rules import check, excluded, without
from qualab.study.protocol import Screening
from qualab.study.tables import POINT_COLUMNS, empty

Pair = tuple[str, str]


@dataclass(frozen=True)
class Findings:
    """The results of one side's votes, in the order in which they are listed, and the tables beside them.

    Attributes:
        results: per pair all clips (E1, E2, sensitivity), then clip by clip, group by group; then what is of all pairs.
        checks: table of CHECK_COLUMNS, what screening saw of every viewer.
        points: table of POINT_COLUMNS, preference beside metric differences.
        is_simulated: whether no person cast these votes.
        is_watched: whether viewers may still vote: then `results` holds e-values only, which hold at any time.
    """

    results: tuple[Result, ...]
    checks: pd.DataFrame
    points: pd.DataFrame
    is_simulated: bool = False
    is_watched: bool = False

    def one(
        self,
        analysis: str | Role,
        *,
        pair: Pair | EllipsisType | None = ...,
        src: str | EllipsisType | None = None,
        group: str | EllipsisType | None = None,
    ) -> Result | None:
        """Return the first result of an analysis, by id or by role; over all clips and viewers by default.

        >>> import pandas as pd
        >>> Findings((), pd.DataFrame(), pd.DataFrame()).one(Role.HEADLINE, pair=("bicubic", "sr")) is None
        True
        """
        return next(iter(self.all(analysis, pair=pair, src=src, group=group)), None)

    def all(
        self,
        *analyses: str | Role,
        pair: Pair | EllipsisType | None = ...,
        src: str | EllipsisType | None = ...,
        group: str | EllipsisType | None = ...,
    ) -> list[Result]:
        """Return the results of analyses, by ids or by roles, in their order; `...` stands for any pair, clip, group.

        Args:
            pair: None for results of all pairs together.
            src: None for results over all clips.
            group: None for results of no part of the votes.
        """
        return [
            result
            for analysis in analyses
            for result in self.results
            if analysis in (result.analysis, role_of(result))
            and pair in (..., result.pair)
            and src in (..., result.src)
            and group in (..., result.group)
        ]


@dataclass(frozen=True)
class Context:
    """What a study knows beside its votes.

    Attributes:
        tags: tags by SRC id.
        viewers: one row a subject: `subject`, and what the questionnaire asked (protocol.QUESTIONS).
        deltas: `hrc_a`, `hrc_b`, `src`, `metric`, `delta`: means of hrc_b minus those of hrc_a.
        screening: the rules frozen at launch.
        is_watched: whether real viewers may still vote.
    """

    tags: Mapping[str, Sequence[str]]
    viewers: pd.DataFrame
    deltas: pd.DataFrame
    screening: Screening = field(default_factory=Screening)
    is_watched: bool = False


NOTHING = Context({}, empty(("subject",)), empty(POINT_COLUMNS[:5]))


def analyse(answers: pd.DataFrame, *, alpha: float = 0.05, context: Context = NOTHING) -> Findings:
    """Return what the answers of one side (real or simulated) say, checks among them.

    Args:
        answers: VOTE_COLUMNS with every kind of trial, or the five columns of votes from elsewhere.
    """
    is_simulated = "simulated" in answers and bool(answers["simulated"].eq(1).any())
    is_watched = context.is_watched and not is_simulated
    checks = check(answers, context.screening)
    every = eligible_votes(answers)
    votes = without(every, excluded(checks))
    apart = without_screened(every, checks, alpha=alpha, is_watched=is_watched)
    if is_watched:
        results = [*watched(votes, alpha=alpha), *apart]
        return Findings(tuple(results), checks, empty(POINT_COLUMNS), is_watched=True)
    beside = points(votes, context.deltas) if len(context.deltas) else empty(POINT_COLUMNS)
    results = summarize(votes, alpha=alpha, tags=context.tags, viewers=context.viewers)
    return Findings((*results, *apart, *agreements(beside, alpha=alpha)), checks, beside, is_simulated)


def analyse_by_origin(answers: pd.DataFrame, *, alpha: float = 0.05, context: Context = NOTHING) -> list[Findings]:
    """Return what the real votes say, then what the simulated ones say where there are any."""
    real, simulated = answers[answers["simulated"].ne(1)], answers[answers["simulated"].eq(1)]
    findings = [analyse(real, alpha=alpha, context=context)]
    return findings + ([analyse(simulated, alpha=alpha, context=context)] if len(simulated) else [])
