"""Charts on console pages, each with ways to take it away: its picture by the browser, its numbers as CSV."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from qualab.study.csv_files import csv_text
from qualab.study.ids import slug

# How the columns of a table are titled and written, by name.
Columns = dict[str, ColumnConfig | str | None]
_FORMAT = "chart-format"
_PIXELS_A_DOT = 2


def picture_choice() -> None:
    """Show the page-wide choice of what charts are saved as; a page that shows charts calls it once, before them."""
    st.sidebar.segmented_control(
        "Save charts as",
        ["SVG", "PNG"],
        default="SVG",
        required=True,
        key=_FORMAT,
        help="SVG stays sharp at any size; PNG opens anywhere. Saved by the camera button of each chart.",
    )


def shown(figure: go.Figure, table: pd.DataFrame | Callable[[], pd.DataFrame], name: str, **chart: Any) -> Any:
    """Show a chart, a button that saves its picture (made by the reader's browser) and one that saves its numbers.

    Args:
        figure: the chart, by `qualab.charts`.
        table: its numbers, or what makes them once they are asked for (it may call no Streamlit).
        name: what it shows, of which study, such as `vmaf by clip toy`: the file name, and the key on this page.
        chart: further arguments of st.plotly_chart, such as `on_select="rerun"`.

    Returns:
        What st.plotly_chart returns: with `on_select` the selection.
    """
    file = slug(name)
    event = st.plotly_chart(figure, key=key_of(name), config=_config(file), **chart)
    csv_button(table, name, what="The numbers of this chart")
    return event


def key_of(name: str) -> str:
    """Return the key in st.session_state of the chart that `shown` shows under a name."""
    return f"chart-{slug(name)}"


def csv_button(table: pd.DataFrame | Callable[[], pd.DataFrame], name: str, *, what: str = "This table") -> None:
    """Show a button that saves a table as CSV that no spreadsheet runs; arguments as of `shown`."""
    file = slug(name)
    st.download_button(
        "CSV",
        lambda: csv_text(table() if callable(table) else table).encode(),
        file_name=f"{file}.csv",
        mime="text/csv",
        key=f"csv-{file}",
        on_click="ignore",
        type="tertiary",
        icon=":material/table_chart:",
        help=what,
    )


def _config(file: str) -> dict[str, object]:
    kind = str(st.session_state.get(_FORMAT) or "SVG").lower()
    picture = {"format": kind, "filename": file, "scale": 1 if kind == "svg" else _PIXELS_A_DOT}
    buttons = [["toImage"]]
    return {"displaylogo": False, "modeBarButtons": buttons, "toImageButtonOptions": picture}
