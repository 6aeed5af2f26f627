"""Diagnostics of PVSs: what each clip is like by itself, which ranks nothing."""

import pandas as pd
import streamlit as st

from qualab.charts.frames import frame_lines
from qualab.study.scores import diagnostics_of, scenes_of
from qualab.study.terms import DIAGNOSTIC_TITLES
from qualab.ui.console.dashboard.clip import chosen_clip
from qualab.ui.console.dashboard.view import Board
from qualab.ui.console.figures import csv_button, shown
from qualab.ui.console.study_picker import advise

_LEGEND = {
    "si": "Detail and edges in a picture (ITU-T P.910). Upscaling that invents edges raises it, and so does noise.",
    "ti": "Change from one picture to the next (ITU-T P.910).",
    "cambi": "Visible steps in what should be a smooth ramp.",
    "blur": "Width of edges: high is soft.",
    "blockiness": "Steps at the borders of coding blocks.",
    "flicker": "Change of brightness from frame to frame that movement does not explain.",
}


def diagnostics(board: Board) -> None:
    """Show one diagnostic frame by frame and the means of all."""
    st.subheader("Diagnostics: what the clips are like, not a ranking")
    clip = chosen_clip(board)
    tables = diagnostics_of(board.build.data, board.folder, clip) if clip else {}
    if clip is None or not tables:
        advise(
            "No diagnostics yet.",
            "A build of this version measures them; build again:",
            f"qualab build {board.study.id}",
        )
        return
    drawn = [hrc for hrc in board.drawn(clip) if hrc in tables]
    name = st.segmented_control(
        "Diagnostic",
        list(DIAGNOSTIC_TITLES),
        default="si",
        format_func=DIAGNOSTIC_TITLES.__getitem__,
        required=True,
        key="diagnostic",
        bind="query-params",
    )
    st.caption(_LEGEND[name])
    lines = {hrc: tables[hrc] for hrc in drawn}
    figure = frame_lines(lines, metric=name, hrcs=board.study.hrc_ids, scenes=scenes_of(board.build.data, clip))
    about = f"{name} by frame {clip} {board.study.id}"
    shown(figure, lambda: pd.concat([table.assign(hrc=hrc) for hrc, table in lines.items()]), about)
    means = pd.DataFrame(
        {hrc: tables[hrc][list(DIAGNOSTIC_TITLES)].mean() for hrc in board.made(clip) if hrc in tables}
    )
    means = means.T.rename_axis("hrc").reset_index()
    titles = {key: st.column_config.NumberColumn(title, format="%.2f") for key, title in DIAGNOSTIC_TITLES.items()}
    st.dataframe(means, hide_index=True, column_config={"hrc": "HRC", **titles})
    csv_button(means, f"diagnostics {clip} {board.study.id}")
