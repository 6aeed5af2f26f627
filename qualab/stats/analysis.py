"""The contract of an analysis of votes: a row of the table qualab.stats.ANALYSES."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from qualab.stats.result import Result


class Role(Enum):
    """What an analysis is for; who shows results goes by it, and an analysis of a known role is shown everywhere."""

    HEADLINE = "headline"
    """The claim on these clips (E1): of each pair and of each group of viewers or clips."""
    GENERAL = "general"
    """The claim on clips like these (E2), of each pair."""
    SENSITIVITY = "sensitivity"
    """The same question in another way, of each pair; never a claim."""
    ORDER_EFFECT = "order effect"
    """Whether it mattered how a pair was shown: of each pair and of all."""
    WATCHING = "watching"
    """What holds at any moment: of each pair, and the only one while viewers may still vote."""
    PER_CLIP = "per clip"
    """One vote a viewer on one clip."""
    SCALE = "scale"
    """All HRCs on one scale, where there are three or more."""
    SCREENING = "screening"
    """The headline without the viewers whom frozen rules leave out, of each pair: it takes `checks`, too."""
    AGREEMENT = "agreement"
    """Votes against metric differences, of each pair and metric: it takes a table of POINT_COLUMNS."""


@dataclass(frozen=True)
class Analysis:
    """One analysis.

    Attributes:
        id: as `qualab analyze --json` prints it.
        title: as tables head it.
        role: where it is run and shown.
        meaning: one sentence on how it asks.
        run: (votes, *, alpha) -> Result; see FOREIGN_VOTE_COLUMNS for the columns, Role for what else it takes.
        needs_ties: whether it says nothing of votes without ties, and is left out there.
    """

    id: str
    title: str
    role: Role
    meaning: str
    run: Callable[..., Result]
    needs_ties: bool = False
