"""The filters of the dashboard; they stand in the address, so that a link opens the same view."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from qualab.study.config import Study
from qualab.study.families import METRICS, metric_row
from qualab.study.terms import APSNR, POOLINGS
from qualab.study.workspace import StudyFolder
from qualab.ui.console.dashboard.view import Board, Build, gains_of

_KEYS = ("clips", "tags", "renditions", "upscalers", "hrcs")
_POOLING_TITLES = {"p1": "1% low", "p5": "5% low", "harmonic_mean": "harmonic mean", APSNR: "APSNR (of the whole clip)"}


def filtered(folder: StudyFolder, study: Study, build: Build, scores: pd.DataFrame) -> Board:
    """Show the filters and return what they leave of a study."""
    srcs, hrcs = _filters(study)
    metric, pooling = _choices(study, scores)
    table = gains_of(folder, study, build, pooling)
    return Board(
        folder=folder,
        study=study,
        build=build,
        srcs=srcs,
        hrcs=hrcs,
        metric=metric,
        pooling=pooling,
        scores=_only(scores, srcs, hrcs),
        table=_only(table, srcs, hrcs),
    )


def clear() -> None:
    """Take all filters off; a callback of a button."""
    for key in _KEYS:
        if key in st.session_state:
            st.session_state[key] = []


def _only(table: pd.DataFrame, srcs: Sequence[str], hrcs: Sequence[str]) -> pd.DataFrame:
    return table[table["src"].isin(srcs) & table["hrc"].isin(hrcs)]


def _filters(study: Study) -> tuple[list[str], list[str]]:
    """Return the clips and HRCs that are left. Nothing chosen means all."""
    taken = sum(bool(st.session_state.get(key) or st.query_params.get_all(key)) for key in _KEYS)
    with st.expander(f"Filters ({taken} in force)" if taken else "Filters", icon=":material/filter_alt:"):
        clips = _chosen("Clips", "clips", [src.id for src in study.src])
        tags = _chosen("Tags", "tags", sorted({tag for src in study.src for tag in src.tags}))
        renditions = _chosen("Renditions", "renditions", [rendition.id for rendition in study.rendition])
        upscalers = _chosen("Upscalers", "upscalers", sorted(study.upscalers), least=2 if study.rendition else 99)
        hrcs = _chosen("HRCs", "hrcs", study.hrc_ids)
        if taken:
            st.button("Clear filters", on_click=clear, icon=":material/filter_alt_off:")
    left = [src.id for src in study.src if (src.id in clips or not clips) and (set(src.tags) & {*tags} or not tags)]
    by_id = {hrc.id: hrc for hrc in study.hrcs}
    kept = [
        name
        for name in study.hrc_ids
        if (name in hrcs or not hrcs)
        and (by_id[name].rendition in renditions or not renditions)
        and (by_id[name].upscaler in upscalers or not upscalers)
    ]
    return left, kept


def _chosen(title: str, key: str, options: list[str], *, least: int = 2) -> list[str]:
    if len(options) < least:
        return []
    picked: list[Any] = st.multiselect(title, options, key=key, bind="query-params", placeholder="all")
    return [str(item) for item in picked]


def _choices(study: Study, scores: pd.DataFrame) -> tuple[str, str]:
    measured = set(scores["metric"].unique())
    present = [name for name in (*study.scored_by, *METRICS) if name in measured]
    present = list(dict.fromkeys(present)) or [study.scored_by[0]]
    left, right = st.columns([3, 1])
    metric = left.segmented_control(
        "Metric",
        present,
        default=present[0],
        format_func=lambda name: metric_row(name).title,
        required=True,
        key="metric",
        bind="query-params",
    )
    mine = set(scores.loc[scores["metric"] == metric, "pooling"].unique())
    pooling = right.selectbox(
        "Pooled over frames by",
        [name for name in (*POOLINGS, APSNR) if name in mine] or list(POOLINGS),
        format_func=lambda name: _POOLING_TITLES.get(name, name),
        key="pooling",
        bind="query-params",
    )
    name = str(metric)
    row = METRICS[name]
    st.caption(f"**{row.title}**, {row.unit.name}. {row.help}")
    return name, str(pooling)
