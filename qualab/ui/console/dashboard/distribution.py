"""The distribution of a clip's frame scores, and its lows."""

import pandas as pd
import streamlit as st

from qualab.charts.distribution import frame_distribution, lows
from qualab.charts.scores import score_bars
from qualab.study.families import METRICS
from qualab.ui.console.dashboard.clip import chosen_clip
from qualab.ui.console.dashboard.view import SHORT_ID, Board
from qualab.ui.console.figures import Columns, csv_button, shown
from qualab.ui.console.study_picker import advise

_LOW = "p1"


def distribution(board: Board) -> None:
    """Show the distribution of the chosen metric over a clip's frames, its lows, and the 1% lows of all clips."""
    clip = chosen_clip(board, scored=True)
    if clip is None:
        advise("No clip here is scored.", "Clear the filters, or build the study:", f"qualab build {board.study.id}")
        return
    tables = board.frames(clip, board.shown_hrcs(clip), [board.metric])
    st.caption("A mean hides short drops that viewers see: look where the lines begin, not only where they end.")
    about = f"{board.metric} distribution {clip} {board.study.id}"
    shown(
        frame_distribution(tables, metric=board.metric, hrcs=board.study.hrc_ids),
        lambda: pd.concat([table.assign(hrc=hrc) for hrc, table in tables.items()], ignore_index=True),
        about,
    )
    table = lows(tables, metric=board.metric)
    st.dataframe(table, hide_index=True, column_config=_columns(board.metric, max(map(len, board.hrcs))))
    csv_button(table, f"{board.metric} lows {clip} {board.study.id}")
    if board.table["src"].nunique() > 1 and ((board.scores["pooling"] == _LOW).any()):
        st.subheader("1% lows of all clips")
        bars = score_bars(
            board.scores, metric=board.metric, pooling=_LOW, hrcs=board.study.hrc_ids, titles=board.titles
        )
        chosen = (board.scores["metric"] == board.metric) & (board.scores["pooling"] == _LOW)
        shown(bars, lambda: board.scores[chosen], f"{board.metric} low of all clips {board.study.id}")


def _columns(metric: str, longest: int) -> Columns:
    number = f"%.{METRICS[metric].unit.decimals}f"
    titles = {"mean": f"{METRICS[metric].title}, mean", "low_5": "5% low", "low_1": "1% low", "worst": "worst frame"}
    columns: Columns = {name: st.column_config.NumberColumn(title, format=number) for name, title in titles.items()}
    columns["hrc"] = st.column_config.TextColumn("HRC", width="small" if longest <= SHORT_ID else "medium")
    columns["worst_frame"] = st.column_config.NumberColumn("which", format="%d")
    return columns
