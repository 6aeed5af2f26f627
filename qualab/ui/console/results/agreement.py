"""Votes against metrics: does what is measured tell what viewers prefer? A click on a clip opens its frames."""

import pandas as pd
import streamlit as st

from qualab.charts.agreement import preference_against_metric
from qualab.stats.analysis import Role
from qualab.stats.findings.wording import pluralize
from qualab.study.families import METRICS, metric_row
from qualab.ui.console.dashboard.frames import pictures
from qualab.ui.console.dashboard.view import whole_board
from qualab.ui.console.figures import key_of
from qualab.ui.console.results.votes_side import Pair, Side
from qualab.ui.console.study_picker import advise
from qualab.ui.markdown import escape_markdown


def agreement(side: Side, pair: Pair) -> None:
    """Show the scatter of one metric, its correlations where there are clips enough, and the chosen clip's frames."""
    points = side.findings.points
    points = points[(points["hrc_a"] == pair[0]) & (points["hrc_b"] == pair[1])].dropna(subset=["delta", "share"])
    if points.empty:
        _nothing(side)
        return
    known = set(points["metric"])
    metrics = [name for name in METRICS if name in known] + sorted(known - set(METRICS))
    metric = st.segmented_control(
        "Metric",
        metrics,
        default=metrics[0],
        format_func=lambda name: metric_row(name).title,
        required=True,
        key=side.key("metric"),
    )
    of_metric = points[points["metric"] == metric]
    result = side.findings.one(Role.AGREEMENT, pair=pair, group=f"metric: {metric}")
    name = f"votes against {metric} {' '.join(pair)}"
    figure = preference_against_metric(of_metric, result=result, titles=side.titles)
    chosen, chart = side.key("look"), key_of(f"{name} {side.study.id}{' simulated' if side.is_simulated else ''}")
    side.chart(figure, of_metric, name, on_select=lambda: _picked(chart, chosen), selection_mode="points")
    unscored = len(side.study.src) - of_metric["src"].nunique()
    without = f" {pluralize(unscored, 'clip')} without a reference or votes left out." if unscored else ""
    st.caption(f"In the shaded quarters viewers and metric agree.{without} Click a clip to see its frames below.")
    if result and result.note:
        st.caption(escape_markdown(result.note))
    _table(side, pair)
    _look(side, pair, of_metric, chosen, metric)


def _nothing(side: Side) -> None:
    if not any(src.reference for src in side.study.src):
        advise("No clip has a reference.", "There is no score to hold votes against: here viewers alone decide.")
    else:
        advise("No clip has both votes and scores.", "Build the study to score it:", f"qualab build {side.study.id}")


def _table(side: Side, pair: Pair) -> None:
    """Show the agreement with every metric, where it was computed."""
    results = [row for row in side.findings.all(Role.AGREEMENT, pair=pair, src=None) if row.group]
    rows = [
        {
            "Metric": metric_row(name).title,
            **{
                title: row.effects.get(key)
                for title, key in (("PLCC", "plcc"), ("SROCC", "srocc"), ("Kendall", "kendall"))
            },
            **{title: row.effects.get(key) for title, key in (("AUC different", "auc_ds"), ("AUC better", "auc_bw"))},
            "Clips": row.n_srcs,
        }
        for row in results
        if (name := str(row.group).removeprefix("metric: "))
    ]
    table = pd.DataFrame(rows)
    if len(table) < 2 or table.drop(columns=["Metric", "Clips"]).isna().all(axis=None):
        return
    with st.expander("All metrics", icon=":material/table_rows:"):
        columns = {name: st.column_config.NumberColumn(format="%.2f") for name in table.columns[1:-1]}
        st.dataframe(table, hide_index=True, placeholder="–", column_config=columns, key=side.key("metrics"))
        st.caption(
            "AUC different: how well the size of the metric's difference tells clips on which viewers preferred one "
            "from those on which they did not; AUC better: how well its sign tells which one. 0.5 is chance."
        )


def _picked(chart: str, chosen: str) -> None:
    """Take the clip of a click; a callback, so that it counts once."""
    points = st.session_state[chart]["selection"]["points"]
    if points:
        st.session_state[chosen] = str(points[0]["customdata"][0])


def _look(side: Side, pair: Pair, points: pd.DataFrame, chosen: str, metric: str) -> None:
    titles = side.titles
    src = st.selectbox(
        "Frames of",
        [str(src) for src in points["src"]],
        index=None,
        format_func=lambda src: titles.get(src, src),
        placeholder="Choose a clip, or click one above",
        key=chosen,
    )
    if src is None:
        return
    board = whole_board(side.folder, side.study, metric)
    if not set(pair) <= set(board.hrcs_of(src)):
        advise("This clip is not built any more.", "Build the study:", f"qualab build {side.study.id}")
        return
    pictures(board, src, pair, key=side.key("frames"))
