"""What the store hands out, and how it says no."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypedDict

import pandas as pd

from qualab.errors import InputError
from qualab.study.terms import TEST

Choice = Literal["left", "right", "tie"]


class UnknownInvite(InputError):
    """An invite or session that nobody was given; the text never says why."""

    def __init__(self) -> None:
        super().__init__("invite", "is not known", "open the link exactly as it was sent to you")


class StudyClosed(InputError):
    """The launch was closed; what was saved before stays saved."""

    def __init__(self) -> None:
        super().__init__("study", "is closed", "nothing more to do: every answer saved before counts")


class LinkUsedUp(InputError):
    """An open link that as many viewers joined by as it takes."""

    def __init__(self) -> None:
        super().__init__("link", "has all the viewers it takes", "thank you; nothing more to do")


class Withdrawn(InputError):
    """The viewer withdrew: no answer counts, and none more is taken."""

    def __init__(self) -> None:
        super().__init__("viewer", "has withdrawn", "nothing more to do: no answer counts")


class OutOfOrder(InputError):
    """A step or vote that is not the next one: another trial or showing is due, or it was not played yet."""

    def __init__(self, what: str = "is not on the current trial") -> None:
        super().__init__("vote", what, "reload the page to see the current trial")


@dataclass(frozen=True)
class Launch:
    """A frozen voting design, `design` as the JSON that was stored: the store knows nothing of what is in it.

    `closed_at` is None while viewers may vote; `has_viewers` says that some are invited.

    Without any it is a rehearsal: only simulated ones ever answer.
    """

    id: int
    study_id: str
    design: str
    design_sha256: str
    created_at: str
    closed_at: str | None
    has_viewers: bool = True

    @property
    def is_open(self) -> bool:
        """Whether viewers may vote, simulated ones too."""
        return self.closed_at is None

    @property
    def awaits_viewers(self) -> bool:
        """Whether people may still vote."""
        return self.is_open and self.has_viewers


def same_design(votes: pd.DataFrame, launches: Sequence[Launch]) -> pd.DataFrame:
    """Return the votes that belong together: those of launches with the design of the latest one."""
    same = [launch.id for launch in launches if launch.design_sha256 == launches[-1].design_sha256]
    return votes[votes["launch"].isin(same)]


@dataclass(frozen=True)
class Viewer:
    """The subject behind a session: `done` of `total` trials have a vote.

    `consented` says that a consent was given, `withdrawn` that all votes were voided at the viewer's wish.
    """

    subject_id: int
    number: int
    simulated: bool
    study_id: str
    launch: Launch
    is_open: bool
    done: int
    total: int
    consented: bool = False
    withdrawn: bool = False


@dataclass(frozen=True)
class Trial:
    """One ordered pair for one subject; `left` ('a' or 'b') says which HRC is shown left, `position` counts from 1.

    `kind` is one of terms.TRIAL_KINDS. `attempt` counts showings from 1; from the second on, `again` says which rule
    the one before broke.
    """

    id: int
    position: int
    total: int
    src: str
    hrc_a: str
    hrc_b: str
    left: str
    media_token: str
    kind: str = TEST
    attempt: int = 1
    again: str | None = None


@dataclass(frozen=True)
class PendingTrial:
    """Who asks and what is due: the first trial without a vote, whether it was issued, and the trial after it.

    Both trials are None where no vote would be taken.
    """

    viewer: Viewer
    trial: Trial | None
    following: Trial | None
    is_issued: bool


@dataclass(frozen=True)
class Receipt:
    """What is in the database for a trial after a submit; `remaining` counts the trials after this one.

    With the status `again` no vote is stored, `choice_stored` is None, and `trial` is to be shown again. `why` is the
    rule that the showing broke, None where it broke none.
    """

    status: Literal["saved", "repeated", "already-voted", "again"]
    choice_stored: Choice | None
    position: int
    remaining: int
    why: str | None
    trial: Trial


def now() -> str:
    """Return the time in UTC, ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def digest(secret: object) -> str:
    """Return the SHA-256 of a token in hex; anything that is no text gives a digest no token has."""
    data = secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else b""
    return hashlib.sha256(data).hexdigest()


def canonical(data: Mapping[str, object] | list[str]) -> str:
    """Return JSON that is equal for equal data: sorted keys, no spaces, no NaN."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class PlaybackHealth(TypedDict):
    """How the clips of all votes played; the mean is None without votes, `full_screen` counts votes."""

    votes: int
    dropped_percent_mean: float | None
    stalls: int
    focus_losses: int
    full_screen: int


class PairCounts(TypedDict):
    """The trials of one pair: planned, voted on, and `counted`, those valid and not voided."""

    src: str
    hrc_a: str
    hrc_b: str
    kind: str
    votes: int
    counted: int
    planned: int


class SideCounts(TypedDict):
    """Counts of the real or of the simulated viewers.

    `active`: seen in the last minute. `invalid`: showings that did not count, `invalid_by` by the rule broken.
    """

    invited: int
    joined: int
    active: int
    finished: int
    withdrawn: int
    votes: int
    planned: int
    late_votes: int
    invalid: int
    invalid_by: dict[str, int]
    health: PlaybackHealth
    pairs: list[PairCounts]


class Progress(TypedDict):
    """The state of a study's voting; `launch` is the id of the open launch, else of the latest."""

    study: str
    state: Literal["none", "open", "closed"]
    launch: int | None
    launches: int
    real: SideCounts
    simulated: SideCounts
