"""Everything a report is made from: one snapshot, read before the first word is written."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from pydantic import JsonValue

from qualab.stats.eligible import eligible_votes
from qualab.stats.findings.find import NOTHING, Context, Findings
from qualab.stats.result import Result
from qualab.study.config import Study
from qualab.study.manifest import Manifest
from qualab.study.tables import POINT_COLUMNS
from qualab.study.terms import TEST
from qualab.upscalers.card import Card
from qualab.voting.design.frozen import Design, parse_design
from qualab.voting.store.records import Launch

_UNTOLD = ("pairs", "consent", "completion_code")


@dataclass(frozen=True)
class ReportData:
    """One study at one moment.

    Attributes:
        study: what its study.toml says.
        scores: table of SCORE_COLUMNS.
        frames: tables of FRAME_COLUMNS by (src, hrc).
        votes: table of VOTE_COLUMNS; real and simulated rows are told apart by the column `simulated`.
        findings: what the real votes say, then what the simulated ones say where there are any.
        manifest: build.json.
        launches: `design_sha256`, `created_at`, `closed_at`, `method`, `presentation`, `viewers` of each.
        generated_at: ISO time, UTC.
        version: qualab's version.
        cards: cards of the weights in use; told apart by id, which is an upscaler's name.
        viewing: conditions of the viewers' sessions (store.conditions).
        playback: how the clips of the real votes played (`health` of store.progress), empty where it is not known.
        context: what the findings were made with beside the votes; an export recomputes them from both.
    """

    study: Study
    scores: pd.DataFrame
    frames: Mapping[tuple[str, str], pd.DataFrame]
    votes: pd.DataFrame
    findings: Sequence[Findings]
    manifest: Manifest
    launches: Sequence[Mapping[str, Any]]
    generated_at: str
    version: str
    cards: Sequence[Card] = ()
    viewing: pd.DataFrame = field(default_factory=pd.DataFrame)
    playback: Mapping[str, Any] = field(default_factory=dict)
    context: Context = NOTHING

    @property
    def titles(self) -> dict[str, str]:
        """Display titles by SRC id."""
        return self.study.titles

    @property
    def hrcs(self) -> list[str]:
        """HRC ids, the baseline first."""
        return self.study.hrc_ids

    @property
    def level(self) -> str:
        """The level of the results' intervals, as in `95%`."""
        levels = sorted({100 * (1 - result.alpha) for result, _ in self.results})
        return " or ".join(f"{level:g}%" for level in levels) or "95%"

    @property
    def results(self) -> list[tuple[Result, bool]]:
        """All results, each with whether it comes from simulated votes."""
        return [(result, findings.is_simulated) for findings in self.findings for result in findings.results]

    def votes_of(self, *, simulated: bool) -> pd.DataFrame:
        """Return the real or the simulated votes that count, never both."""
        return eligible_votes(self._answers_of(simulated=simulated))

    def left_out(self, *, simulated: bool) -> dict[str, int]:
        """Return how many answers do not count, by why: `checks`, `invalid` playback, `withdrawn` viewers."""
        answers = self._answers_of(simulated=simulated)
        voided, tested = answers["voided"].eq(True), answers["kind"].fillna(TEST).eq(TEST)
        invalid = answers["valid"].eq(False) & tested & ~voided
        return {"checks": int((~tested & ~voided).sum()), "invalid": int(invalid.sum()), "withdrawn": int(voided.sum())}

    def _answers_of(self, *, simulated: bool) -> pd.DataFrame:
        if self.votes.empty:
            return self.votes
        return self.votes[self.votes["simulated"].eq(1) == simulated]

    def findings_of(self, *, simulated: bool) -> Findings | None:
        """Return what the real or the simulated votes say, None where there are none."""
        return next((findings for findings in self.findings if findings.is_simulated == simulated), None)


def viewers_in(votes: pd.DataFrame) -> int:
    """Return how many viewers voted; the same number in another launch is another viewer."""
    return len(votes[["launch", "subject"]].drop_duplicates())


def context_of(
    study: Study, scores: pd.DataFrame, launches: Sequence[Launch], viewers: pd.DataFrame | None = None
) -> Context:
    """Return what a study knows beside its votes; the rules are those frozen with the latest launch."""
    latest = launches[-1] if launches else None
    return Context(
        tags={src.id: src.tags for src in study.src},
        viewers=NOTHING.viewers if viewers is None else viewers,
        deltas=_deltas(study, scores),
        screening=parse_design(latest.design).screening if latest else study.voting.screening,
        is_watched=any(launch.awaits_viewers for launch in launches),
    )


def _deltas(study: Study, scores: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of every metric of hrc_b minus that of hrc_a, of every pair of HRCs and clip with a reference."""
    means = scores.loc[scores["pooling"] == "mean", ["src", "hrc", "metric", "value"]]
    keys = ["src", "metric"]
    of_hrc = {hrc: table.set_index(keys)["value"].astype(float) for hrc, table in means.groupby("hrc")}
    tables = [
        (of_hrc[test] - of_hrc[base]).dropna().rename("delta").reset_index().assign(hrc_a=base, hrc_b=test)
        for base, test in study.pairs()
        if {base, test} <= set(of_hrc)
    ]
    columns = list(POINT_COLUMNS[:5])
    return pd.concat(tables, ignore_index=True)[columns] if tables else NOTHING.deltas


def launch_rows(launches: Sequence[Launch], votes: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what ReportData tells of each launch of the store; `viewers` are the real ones who voted in it."""
    real = votes[votes["simulated"].ne(1)]
    designs = [parse_design(launch.design) for launch in launches]
    return [
        {
            "id": launch.id,
            "design_sha256": launch.design_sha256,
            "created_at": launch.created_at,
            "closed_at": launch.closed_at,
            "has_viewers": launch.has_viewers,
            "method": design.method,
            "presentation": design.presentation,
            "viewers": int(real.loc[real["launch"] == launch.id, "subject"].nunique()),
            "design": design_summary(design),
        }
        for launch, design in zip(launches, designs, strict=True)
    ]


def design_summary(design: Design) -> dict[str, JsonValue]:
    """Return what a report tells of a frozen design: all but files, the consent's text and the completion code.

    `n_pairs` counts its pairs by role, in place of the pairs themselves.
    """
    kept = {name: value for name, value in design.dump().items() if name not in _UNTOLD}
    return {**kept, "n_pairs": dict(Counter(pair.role for pair in design.pairs))}
