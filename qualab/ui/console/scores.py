"""Scores: every clip and HRC against the baseline, and frame by frame."""

from typing import Any

import pandas as pd
import streamlit as st

from qualab import lab
from qualab.charts.scores import frame_lines, score_bars
from qualab.config import Study
from qualab.terms import METRIC_TITLES, METRIC_UNITS, POOLINGS
from qualab.ui.console.choice import advise, study_or_advice
from qualab.ui.words import plain, told
from qualab.workspace import Workspace

_LEGEND = {
    "vmaf": "Netflix's trained score of perceived quality. Sharpening can raise it without a better picture: "
    "compare it with NEG.",
    "vmaf_neg": "VMAF without credit for enhancement. Where it falls behind VMAF, the gain may be mere sharpening.",
    "psnr_y": "Mean error of the luma, in decibels. Blind to what viewers notice, but hard to game.",
    "psnr": "Mean error of all three planes, in decibels.",
    "ssim": "Structural similarity of luma, chroma included by FFmpeg's weights.",
}


_TABLE = ("clip", "hrc", "value", "difference", "baseline", "note")


def scores() -> None:
    """Show the scores of the chosen study."""
    ws = Workspace.at()
    study_id = study_or_advice(ws, "Scores")
    if study_id is None:
        return
    with told():
        study, table = ws.folder(study_id).load(), lab.scores(ws, study_id)
        if table.empty:
            _nothing(study)
            return
        metric, pooling = _choices(table)
        st.caption(f"**{METRIC_TITLES[metric]}**, {METRIC_UNITS[metric]}. {_LEGEND[metric]}")
        hrcs, titles = study.hrc_ids, {src.id: src.title for src in study.src}
        st.dataframe(
            _differences(table, study, metric, pooling), hide_index=True, column_config=_columns(metric, study)
        )
        st.plotly_chart(score_bars(table, metric=metric, pooling=pooling, hrcs=hrcs, titles=titles), key="score-bars")
        _without_reference(study)
        _frames(ws, study, table, metric)


def _nothing(study: Study) -> None:
    if not study.src:
        advise("No clip yet.", "Add one on the page *Studies*, or:", f"qualab clip add {study.id} CLIP.mp4")
    elif not any(src.reference for src in study.src):
        advise("No clip has a reference.", "Scores need one. Without it, viewers decide:", f"qualab launch {study.id}")
    else:
        advise("Nothing is scored yet.", "Build the study on the page *Studies*, or:", f"qualab build {study.id}")


def _choices(table: pd.DataFrame) -> tuple[str, str]:
    left, right = st.columns([2, 1])
    present = [metric for metric in METRIC_TITLES if (table["metric"] == metric).any()]
    metric = left.segmented_control(
        "Metric", present, default=present[0], format_func=METRIC_TITLES.__getitem__, required=True
    )
    pooling = right.selectbox(
        "Pooled over frames by",
        [name for name in POOLINGS if (table["pooling"] == name).any()],
        format_func=lambda name: name.replace("_", " "),
    )
    return str(metric), str(pooling)


def _differences(table: pd.DataFrame, study: Study, metric: str, pooling: str) -> pd.DataFrame:
    """Return one row per clip and HRC: its value, the baseline's, and the difference; the baseline alone if alone."""
    rows = table[(table["metric"] == metric) & (table["pooling"] == pooling)].set_index(["src", "hrc"])
    value, lossless = rows["value"].astype(float), rows["lossless"].astype(bool)
    titles = {src.id: src.title for src in study.src}
    alone = set(rows.index.get_level_values("hrc")) == {study.baseline}
    found = []
    for src, hrc in rows.index:
        base = value.get((src, study.baseline), float("nan"))
        if hrc != study.baseline or alone:
            here, note = value[src, hrc], "lossless" if lossless[src, hrc] else ""
            row = (titles.get(src, src), hrc, here, here - base, base, note)
            found.append(dict(zip(_TABLE, row, strict=True)))
    return pd.DataFrame(found)


def _columns(metric: str, study: Study) -> dict[str, Any]:
    decimals = "%.4f" if metric == "ssim" else "%.2f"
    return {
        "clip": st.column_config.TextColumn("Clip", width="medium"),
        "hrc": st.column_config.TextColumn("HRC", width="small"),
        "value": st.column_config.NumberColumn(METRIC_TITLES[metric], format=decimals),
        "baseline": st.column_config.NumberColumn(f"{study.baseline} (baseline)", format=decimals),
        "difference": st.column_config.NumberColumn("Difference", format=decimals.replace("%", "%+")),
        "note": st.column_config.TextColumn("", width="small"),
    }


def _without_reference(study: Study) -> None:
    unscored = [src.title for src in study.src if not src.reference]
    if unscored:
        st.caption(
            f"Not scored, because there is no reference: {plain(', '.join(unscored))}. Viewers judge them (*Voting*)."
        )


def _frames(ws: Workspace, study: Study, table: pd.DataFrame, metric: str) -> None:
    st.subheader("Frame by frame")
    scored = list(dict.fromkeys(table["src"]))
    titles = {src.id: src.title for src in study.src}
    src = st.selectbox("Clip", scored, format_func=lambda one: titles.get(one, one))
    hrcs = [hrc.id for hrc in study.hrcs if ((table["src"] == src) & (table["hrc"] == hrc.id)).any()]
    frames = {hrc: lab.frame_scores(ws, study.id, src, hrc) for hrc in hrcs}
    st.plotly_chart(frame_lines(frames, metric=metric, hrcs=study.hrc_ids), key="frame-lines")
