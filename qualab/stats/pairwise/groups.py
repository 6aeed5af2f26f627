"""Parts of the votes that are looked at apart: clips by tag, viewers by what they said of themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from qualab.stats.result import Result
from qualab.study.protocol import QUESTIONS

# Fewer viewers cannot show a preference, and could be told apart by what they said.
LEAST_VIEWERS = 6
# What a viewer may leave unsaid: stored like an answer.
_UNSAID = ("", "unsaid")


@dataclass(frozen=True)
class Group:
    """The votes whose `column` (src or subject) is one of `members`; `kind` and `name` say what they share."""

    kind: str
    name: str
    column: str
    members: frozenset[str]

    @property
    def title(self) -> str:
        """The group as results name it."""
        return f"{self.kind}: {self.name}"


def by_tag(tags: Mapping[str, Sequence[str]]) -> list[Group]:
    """Return a group for each tag, in order of names; a clip with two tags is in both.

    >>> [(group.title, sorted(group.members)) for group in by_tag({"fox": ["film"], "cups": ["film", "dark"]})]
    [('tag: dark', ['cups']), ('tag: film', ['cups', 'fox'])]
    """
    names = sorted({tag for clip_tags in tags.values() for tag in clip_tags})
    return [
        Group("tag", name, "src", frozenset(src for src, clip_tags in tags.items() if name in clip_tags))
        for name in names
    ]


def by_viewer(viewers: pd.DataFrame | None) -> list[Group]:
    """Return a group for each answer to each question; who did not say is in none."""
    if viewers is None or viewers.empty:
        return []
    groups = []
    for question in (name for name in QUESTIONS if name in viewers):
        answered = viewers[viewers[question].notna() & ~viewers[question].isin(_UNSAID)]
        for answer, members in answered.groupby(question, sort=True):
            groups.append(Group(question, str(answer), "subject", frozenset(members["subject"])))
    return groups


def too_few(result: Result) -> Result:
    """Return a result of so few viewers that it is not analysed: their number, and the note that says so."""
    note = f"not analysed: a group needs {LEAST_VIEWERS} viewers"
    return replace(
        result, estimate=None, ci=None, p_value=None, note=note, counts=dict.fromkeys(result.counts, 0), effects={},
        is_reachable=False,
    )  # fmt: skip
