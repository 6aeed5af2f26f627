"""The overview: every clip and HRC against its baseline, with the gains that deserve a second look."""

from typing import Literal

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from qualab.charts.enhancement import vmaf_against_neg
from qualab.charts.scores import score_bars
from qualab.stats.objective.gains import MEANINGS, NEG_OF
from qualab.study.families import METRICS
from qualab.ui.console.dashboard.view import SHORT_ID, Board
from qualab.ui.console.figures import Columns, csv_button, shown


def overview(board: Board) -> None:
    """Show the table, the means by HRC where there are several clips, the bars, and VMAF against NEG."""
    study, table = board.study, board.table
    if table["src"].nunique() > 1:
        st.subheader("By HRC, mean over clips")
        means = by_hrc(board)
        st.dataframe(means, hide_index=True, placeholder="–", column_config=_columns(board, list(means.columns)))
    st.subheader("By clip and HRC")
    rows = summary_rows(board)
    st.dataframe(rows, hide_index=True, placeholder="–", column_config=_columns(board, list(rows.columns)))
    csv_button(lambda: summary_rows(board), f"overview {board.pooling} {study.id}")
    flags = list(dict.fromkeys(flag for flags_of_row in table["flags"] for flag in flags_of_row))
    for flag in flags:
        st.caption(f":material/flag: **{flag}**: {MEANINGS[flag]}.")
    better = "Lower is better." if METRICS[board.metric].lower_is_better else ""
    if better:
        st.caption(better)
    st.subheader(METRICS[board.metric].title)
    bars = score_bars(board.scores, metric=board.metric, pooling=board.pooling, hrcs=study.hrc_ids, titles=board.titles)
    shown(bars, lambda: _long(board), f"{board.metric} {board.pooling} by clip {study.id}")
    _enhancement(board)


def summary_rows(board: Board) -> pd.DataFrame:
    """Return the overview as people read it: clip, HRC, rate, metrics, gain of the chosen metric, flags in words."""
    table = board.table
    rows = pd.DataFrame({"clip": table["src"].map(board.titles).fillna(table["src"]), "hrc": table["hrc"]})
    if table["bitrate_kbps"].notna().any():
        rows["bitrate_kbps"] = table["bitrate_kbps"]
    for metric in _ordered(board):
        rows[metric] = table[metric]
        if metric == board.metric:
            rows["gain"], rows["baseline"] = table[f"{metric}_gain"], table["baseline"].fillna("")
    lossless = table["lossless"].map({True: "lossless", False: ""})
    flags = table["flags"].map("; ".join)
    rows["notes"] = [", ".join(part for part in pair if part) for pair in zip(lossless, flags, strict=True)]
    return rows if rows["notes"].any() else rows.drop(columns="notes")


def by_hrc(board: Board) -> pd.DataFrame:
    """Return a row per HRC: clips, mean value and gain, least gain and its clip, how many gains are flagged.

    Clips without a number by the chosen metric (lossless ones) are left out of an HRC's means.
    """
    metric, gain = board.metric, f"{board.metric}_gain"
    table = board.table.assign(flagged=board.table["flags"].map(len) > 0)
    groups = table.groupby("hrc", sort=False, observed=True)
    means = groups.agg(
        clips=("src", "size"),
        bitrate_kbps=("bitrate_kbps", "mean"),
        **{metric: (metric, "mean"), "gain": (gain, "mean")},
        flagged=("flagged", "sum"),
    )
    rising = table.dropna(subset=gain).sort_values(gain, ascending=not METRICS[metric].lower_is_better)
    least = rising.drop_duplicates("hrc").set_index("hrc")
    means.insert(4, "least_gain", least[gain].reindex(means.index))
    means.insert(5, "worst_clip", least["src"].map(lambda src: board.titles.get(src, src)).reindex(means.index))
    means = means.reindex([hrc for hrc in board.hrcs if hrc in means.index]).reset_index()
    return means.dropna(axis="columns", how="all")


def _ordered(board: Board) -> list[str]:
    """Return the metrics, the chosen one first: its gain stands beside it, in sight on a narrow screen."""
    return [board.metric, *(name for name in board.metrics if name != board.metric)]


def _columns(board: Board, names: list[str]) -> Columns:
    def number(title: str, format: str, help: str | None = None) -> ColumnConfig:
        return st.column_config.NumberColumn(title, format=format, help=help)

    chosen = METRICS[board.metric]
    decimals = f"%.{chosen.unit.decimals}f"
    signed = decimals.replace("%", "%+")
    wide: Literal["small", "medium"] = "small" if max(map(len, board.hrcs), default=0) <= SHORT_ID else "medium"
    known: Columns = {
        "clip": st.column_config.TextColumn("Clip", width="medium" if wide == "small" else "small"),
        "hrc": st.column_config.TextColumn("HRC", width=wide),
        "baseline": st.column_config.TextColumn("against", width=wide),
        "bitrate_kbps": number("kb/s", "%.0f", help="Measured on the coded pictures, not the asked rate"),
        "gain": number(f"Δ {chosen.short or chosen.title}", signed, help="Value minus the baseline's"),
        "least_gain": number("worst Δ", signed),
        "worst_clip": st.column_config.TextColumn("on clip", width="medium"),
        "clips": number("Clips", "%d"),
        "flagged": number("Flagged", "%d", help="Clips whose gain deserves a second look; see the table below"),
        "notes": st.column_config.TextColumn("Second look", width="medium"),
    }
    values = {
        name: number(row.short or row.title, f"%.{row.unit.decimals}f", help=row.title)
        for name, row in METRICS.items()
        if name in names
    }
    return {name: column for name, column in {**known, **values}.items() if name in names}


def _long(board: Board) -> pd.DataFrame:
    scores = board.scores
    return scores[(scores["metric"] == board.metric) & (scores["pooling"] == board.pooling)]


def _enhancement(board: Board) -> None:
    vmaf = next((name for name, neg in NEG_OF.items() if {name, neg} <= set(board.metrics)), None)
    if vmaf is None:
        return
    st.subheader("VMAF against NEG")
    st.caption("NEG gives no credit for sharpening and contrast: the further below the line, the more of VMAF is that.")
    figure = vmaf_against_neg(board.table, vmaf=vmaf, hrcs=board.study.hrc_ids, titles=board.titles)
    columns = ["src", "hrc", vmaf, NEG_OF[vmaf]]
    shown(figure, lambda: board.table[columns], f"{vmaf} against neg {board.pooling} {board.study.id}")
