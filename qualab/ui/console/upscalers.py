"""Upscalers: what can be used here, what each gains and what it costs."""

from typing import Any

import pandas as pd
import streamlit as st

from qualab import lab
from qualab.charts.upscalers import gain_against_cost, measured
from qualab.ui.console.study_picker import advise
from qualab.ui.markdown import escape_markdown, show_errors

_MEASURE = "qualab upscalers --benchmark"
_AXES = {"fps": "Speed on this machine", "gflop_720p": "Work for a frame"}
_MOST_NAMES = 8
_SHOWN = ("id", "scale", "gain_db", "fps", "gflop_720p", "parameters", "licence", "origin", "description")


def upscalers() -> None:
    """Show every upscaler in a picture of gain against cost, and in a table."""
    st.title("Upscalers")
    with show_errors():
        rows = lab.upscalers()
        usable = [row for row in rows if "error" not in row]
        _picture(usable)
        _table(usable)
        for row in rows:
            if "error" in row:
                st.error(escape_markdown(row["error"]), icon=":material/error:")


def _picture(rows: list[dict[str, Any]]) -> None:
    networks = [row for row in rows if row["kind"] != "classic"]
    axes = [axis for axis in _AXES if measured(networks, axis=axis)]
    if "fps" not in axes:
        advise("No speed is measured on this machine yet.", "Some seconds for each upscaler:", _MEASURE)
    if not axes:
        return
    axis = axes[0]
    if len(axes) > 1:
        axis = str(st.segmented_control("Against", axes, default=axis, format_func=_AXES.__getitem__, required=True))
    st.plotly_chart(gain_against_cost(rows, axis=axis), key="gain-against-cost")
    st.caption(
        "Filled points: nothing gains more at that cost or less. Gain is the mean over the clips of the card, each "
        "shrunk by bicubic and enlarged again; swscale's bicubic is 0 dB. A star: measured on other clips than most."
    )
    there = {row["id"] for row in measured(rows, axis=axis)}
    ungained = [row["id"] for row in networks if row["gain_db"] is None]
    unmeasured = [row["id"] for row in networks if row["id"] not in {*there, *ungained}]
    no_value = "Speed not measured here" if axis == "fps" else "Work for a frame not on the card"
    for what, names in (("No gain on the card", ungained), (no_value, unmeasured)):
        if names:
            more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
            st.caption(f"{what}: {escape_markdown(', '.join(names[:_MOST_NAMES]))}{more}.")


def _table(rows: list[dict[str, Any]]) -> None:
    st.subheader("All")
    st.dataframe(
        pd.DataFrame(rows, columns=list(_SHOWN)),
        hide_index=True,
        placeholder="",
        column_config={
            "id": "Upscaler",
            "scale": st.column_config.NumberColumn("Scale", help="Empty: any", format="x%d"),
            "gain_db": st.column_config.NumberColumn("Gain, dB", help="PSNR-Y over bicubic, mean", format="%+.2f"),
            "fps": st.column_config.NumberColumn("fps", help="640x360 to 1280x720, on this machine", format="%.4g"),
            "gflop_720p": st.column_config.NumberColumn("GFLOP", help="For a frame of 1280x720", format="%.4g"),
            "parameters": st.column_config.NumberColumn("Parameters", format="localized"),
            "licence": st.column_config.TextColumn("Licence", width="medium"),
            "origin": st.column_config.TextColumn("From", width="small"),
            "description": st.column_config.TextColumn("Description", width="large"),
        },
    )
    st.caption(f"Measure speeds again: `{_MEASURE} NAME`. Take a net to other tools: `qualab export NAME OUT.onnx`.")
