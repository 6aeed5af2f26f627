"""One side's votes of a study, the real ones or the simulated ones, and what they say; read once for a page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from qualab import lab
from qualab.charts.theme import watermark
from qualab.stats.eligible import eligible_votes
from qualab.stats.findings.find import Findings
from qualab.stats.result import Result
from qualab.stats.screening.rules import excluded, without
from qualab.study.config import Study
from qualab.study.scores import identity
from qualab.study.workspace import StudyFolder, Workspace
from qualab.ui.console.figures import shown
from qualab.voting.store.records import same_design

Pair = tuple[str, str]
_MARK = "SIMULATED"


@dataclass(frozen=True)
class Side:
    """What one side's votes say.

    Attributes:
        findings: results, checks and points.
        votes: the votes behind the results: of the latest design that count, without viewers whom screening leaves out.
    """

    folder: StudyFolder
    study: Study
    findings: Findings
    votes: pd.DataFrame = field(repr=False)

    @property
    def is_simulated(self) -> bool:
        """Whether no person cast these votes."""
        return self.findings.is_simulated

    @property
    def titles(self) -> dict[str, str]:
        """Display titles by SRC id."""
        return self.study.titles

    @property
    def hrcs(self) -> list[str]:
        """HRC ids, the baseline first."""
        return self.study.hrc_ids

    @property
    def pairs(self) -> list[Pair]:
        """Return the pairs that were voted on: the study's own in its order, then what else there is."""
        voted = [row.pair for row in self.findings.results if row.pair and row.n_votes]
        return [pair for pair in dict.fromkeys([*self.study.pairs(), *voted]) if pair in set(voted)]

    def votes_on(self, pair: Pair) -> pd.DataFrame:
        """Return the votes on one pair."""
        return self.votes[(self.votes["hrc_a"] == pair[0]) & (self.votes["hrc_b"] == pair[1])]

    def key(self, name: str) -> str:
        """Return a widget's key that the other side's widget does not have."""
        return f"{name}-simulated" if self.is_simulated else name

    def chart(self, figure: go.Figure, table: Any, name: str, **chart: Any) -> Any:
        """Show a chart as qualab.ui.console.figures.shown does, marked where no person voted; `name` gets the study."""
        about = f"{name} {self.study.id}{' simulated' if self.is_simulated else ''}"
        return shown(watermark(figure, _MARK) if self.is_simulated else figure, table, about, **chart)


def sides_of(ws: Workspace, study_id: str) -> list[Side]:
    """Return the sides of a study that has votes, the real one first; from memory where nothing has changed since."""
    folder = ws.folder(study_id)
    files = (folder.manifest, folder.scores_table, folder.path / "study.toml")
    key = (ws.database_url, lab.revision(ws, study_id), *(identity(file) for file in files))
    sides: list[Side] = _sides(ws, study_id, key)
    return sides


# A resource, because nobody changes it: no copy for each run.
@st.cache_resource(show_spinner="Reading the votes", max_entries=8)
def _sides(_ws: Workspace, study_id: str, key: tuple[object, ...]) -> list[Side]:
    data, folder = lab.snapshot(_ws, study_id), _ws.folder(study_id)
    votes = eligible_votes(same_design(data.votes, lab.store(_ws).launches(study_id)))
    return [Side(folder, data.study, findings, _behind(findings, votes)) for findings in data.findings]


def _behind(findings: Findings, votes: pd.DataFrame) -> pd.DataFrame:
    """Return the votes behind one side's results."""
    return without(votes[votes["simulated"].eq(1) == findings.is_simulated], excluded(findings.checks))


def result_rows(results: list[Result], titles: Mapping[str, str]) -> pd.DataFrame:
    """Return results as people read them, a row each."""
    return pd.DataFrame(
        {
            "clip": "All clips" if row.src is None else titles.get(row.src, row.src),
            "group": row.group or "",
            "baseline": row.pair[0] if row.pair else "",
            "against": row.pair[1] if row.pair else "",
            "share_percent": None if row.estimate is None else 100 * row.estimate,
            "low_percent": 100 * row.ci[0] if row.ci else None,
            "high_percent": 100 * row.ci[1] if row.ci else None,
            "p": row.p_value,
            "p_adjusted": row.p_adjusted,
            "votes": row.n_votes,
            "ties": row.counts.get("n_tie", 0),
            "viewers": row.n_subjects,
            "clips": row.n_srcs,
            "analysis": row.analysis,
            "estimand": row.estimand,
            "note": row.note,
        }
        for row in results
    )
