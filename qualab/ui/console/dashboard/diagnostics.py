"""Diagnostics of PVSs: what each clip is like by itself, which ranks nothing."""

import pandas as pd
import streamlit as st

from qualab.charts.frames import frame_lines
from qualab.study.families import DIAGNOSTICS
from qualab.study.scores import diagnostics_of, scenes_of
from qualab.ui.console.dashboard.clip import chosen_clip
from qualab.ui.console.dashboard.view import Board
from qualab.ui.console.figures import csv_button, shown
from qualab.ui.console.study_picker import advise


def diagnostics(board: Board) -> None:
    """Show one diagnostic frame by frame and the means of all."""
    st.subheader("Diagnostics: what the clips are like, not a ranking")
    clip = chosen_clip(board)
    tables = diagnostics_of(board.build.manifest, board.folder, clip) if clip else {}
    if clip is None or not tables:
        advise(
            "No diagnostics yet.",
            "A build of this version measures them; build again:",
            f"qualab build {board.study.id}",
        )
        return
    drawn = [hrc for hrc in board.shown_hrcs(clip) if hrc in tables]
    name = st.segmented_control(
        "Diagnostic",
        list(DIAGNOSTICS),
        default="si",
        format_func=lambda name: DIAGNOSTICS[name].title,
        required=True,
        key="diagnostic",
        bind="query-params",
    )
    st.caption(DIAGNOSTICS[name].help)
    lines = {hrc: tables[hrc] for hrc in drawn}
    figure = frame_lines(lines, metric=name, hrcs=board.study.hrc_ids, scenes=scenes_of(board.build.manifest, clip))
    about = f"{name} by frame {clip} {board.study.id}"
    shown(figure, lambda: pd.concat([table.assign(hrc=hrc) for hrc, table in lines.items()]), about)
    means = pd.DataFrame(
        {hrc: tables[hrc].reindex(columns=list(DIAGNOSTICS)).mean() for hrc in board.hrcs_of(clip) if hrc in tables}
    )
    means = means.T.rename_axis("hrc").reset_index()
    titles = {key: st.column_config.NumberColumn(row.title, format="%.2f") for key, row in DIAGNOSTICS.items()}
    st.dataframe(means, hide_index=True, column_config={"hrc": "HRC", **titles})
    csv_button(means, f"diagnostics {clip} {board.study.id}")
