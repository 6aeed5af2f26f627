"""What the sections of the dashboard share: one study's build and scores, as the filters leave them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from qualab.stats.objective.gains import gains
from qualab.study.config import Study
from qualab.study.manifest import Manifest, Record
from qualab.study.scores import Identity, frames_of, identity, pooled_scores
from qualab.study.workspace import StudyFolder

_MOST_LINES = 8
# So many letters of an HRC's id fit into a narrow column.
SHORT_ID = 12


class Build:
    """build.json, with its records by kind, SRC and HRC (empty where an object has none)."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self._by = {(record.kind, record.src, record.hrc): record for record in manifest.objects}

    def record(self, kind: str, src: str, hrc: str | None = None) -> Record | None:
        """Return the record of an object; None where the build made none."""
        return self._by.get((kind, src, hrc or ""))


@dataclass(frozen=True)
class Board:
    """One study as the filters leave it.

    Attributes:
        srcs: the clips that are left, in the study's order.
        hrcs: the HRCs that are left, in the study's order.
        metric, pooling: what is looked at.
        scores: the pooled scores that are left (SCORE_COLUMNS).
        table: a row per clip and HRC that are left, as of qualab.stats.objective.gains, and `bitrate_kbps`.
    """

    folder: StudyFolder
    study: Study
    build: Build = field(repr=False)
    srcs: Sequence[str]
    hrcs: Sequence[str]
    metric: str
    pooling: str
    scores: pd.DataFrame = field(repr=False)
    table: pd.DataFrame = field(repr=False)

    @property
    def titles(self) -> dict[str, str]:
        """Display titles by SRC id."""
        return self.study.titles

    @property
    def metrics(self) -> list[str]:
        """The metrics there are scores by, in the order of the table."""
        return [str(name) for name in self.table.columns if f"{name}_gain" in self.table]

    def hrcs_of(self, src: str) -> list[str]:
        """Return the HRCs, of those left, that a clip has a PVS of."""
        return [hrc for hrc in self.hrcs if self.build.record("pvs", src, hrc)]

    def most_telling_hrc(self, src: str) -> tuple[str, str | None]:
        """Return the HRC of a clip that says most, and what it is held against: that of the greatest gain or loss."""
        there, bases = self.hrcs_of(src), self.study.baselines()
        held = [hrc for hrc in there if bases.get(hrc) in there]
        rows = self.table[(self.table["src"] == src) & self.table["hrc"].isin(held)]
        sizes = rows.set_index("hrc")[f"{self.metric}_gain"].abs().dropna() if len(rows) else pd.Series(dtype=float)
        test = str(sizes.idxmax()) if len(sizes) else next(iter(held), there[-1])
        return test, bases.get(test) if bases.get(test) in there else None

    def shown_hrcs(self, src: str) -> list[str]:
        """Return the HRCs whose lines are drawn, the most telling and its like first; say so where that is not all."""
        there = self.hrcs_of(src)
        if len(there) <= _MOST_LINES:
            return there
        test, base = self.most_telling_hrc(src)
        renditions = {hrc.id: hrc.rendition for hrc in self.study.hrcs}
        ordered = sorted(there, key=lambda hrc: (hrc not in (test, base), renditions[hrc] != renditions[test]))
        chosen = ordered[:_MOST_LINES]
        st.caption(f"{len(chosen)} of {len(there)} HRCs are shown_hrcs. Choose which under *Filters*.")
        return [hrc for hrc in there if hrc in chosen]

    def frames(self, src: str, hrcs: Sequence[str], metrics: Sequence[str]) -> Mapping[str, pd.DataFrame]:
        """Return frame scores of one clip by HRC, in the order of `hrcs`."""
        key = _state(self.folder, self.folder.frames_table.is_file())
        tables: Mapping[str, pd.DataFrame] = _frames(self.folder, key, src, tuple(hrcs), tuple(metrics))
        return tables


def whole_board(folder: StudyFolder, study: Study, metric: str) -> Board:
    """Return the board of a study with no filter set, means over frames, by one metric."""
    build, srcs = build_of(folder), [src.id for src in study.src]
    scores, table = pooled_of(folder), gains_of(folder, study, build, "mean")
    return Board(folder, study, build, srcs, study.hrc_ids, metric, "mean", scores, table)


def build_of(folder: StudyFolder) -> Build:
    """Return a study's build, from memory where build.json is as it was."""
    build: Build = _build(folder, identity(folder.manifest))
    return build


def pooled_of(folder: StudyFolder) -> pd.DataFrame:
    """Return all pooled scores of a study, from memory where the files are as they were; not to be changed."""
    table: pd.DataFrame = _pooled(folder, _state(folder, folder.scores_table.is_file()))
    return table


def gains_of(folder: StudyFolder, study: Study, build: Build, pooling: str) -> pd.DataFrame:
    """Return all gains of a study with the measured bitrates; not to be changed."""
    key = (_state(folder, folder.scores_table.is_file()), identity(folder.path / "study.toml"))
    table: pd.DataFrame = _gains(folder, study, build, key, pooling)
    return table


def _state(folder: StudyFolder, is_one_table: bool) -> Identity:
    # Files beside PVSs are named by their content: build.json tells one state from the next.
    return identity(folder.scores_table if is_one_table else folder.manifest)


# Resources, because nobody changes them: no copy for each run.
@st.cache_resource(show_spinner=False, max_entries=8)
def _build(_folder: StudyFolder, key: Identity) -> Build:
    return Build(_folder.read_manifest())


@st.cache_resource(show_spinner=False, max_entries=8)
def _pooled(_folder: StudyFolder, key: Identity) -> pd.DataFrame:
    return pooled_scores(_folder)


@st.cache_resource(show_spinner=False, max_entries=16)
def _gains(
    _folder: StudyFolder, _study: Study, _build: Build, key: tuple[Identity, Identity], pooling: str
) -> pd.DataFrame:
    table = gains(pooled_of(_folder), _study.baselines(), pooling=pooling)
    rates = pd.Series(_build.manifest.bitrates(), dtype=float)
    keys = pd.MultiIndex.from_frame(table[["src", "hrc"]])
    return table.assign(bitrate_kbps=rates.reindex(keys).to_numpy() if len(rates) else float("nan"))


@st.cache_data(show_spinner=False, max_entries=64)
def _frames(
    _folder: StudyFolder, key: Identity, src: str, hrcs: tuple[str, ...], metrics: tuple[str, ...]
) -> dict[str, pd.DataFrame]:
    return dict(frames_of(_folder, src, hrcs, metrics))
