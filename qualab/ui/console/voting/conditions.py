"""Under which conditions viewers watched: screens, windows, refresh rates, a row a visit."""

import pandas as pd
import streamlit as st

from qualab import lab
from qualab.study.workspace import Workspace
from qualab.ui.console.figures import Columns, csv_button

_TITLES: Columns = {
    "subject": "Viewer",
    "screen": "Screen",
    "window": "Window",
    "dpr": st.column_config.NumberColumn("Pixel ratio", help="Pixels of the screen in a CSS pixel"),
    "refresh_hz": st.column_config.NumberColumn("Hz", help="Refreshes of the screen in a second"),
    "colour_depth": "Colour bits",
    "touch": "Touch",
    "reduced_motion": "Reduced motion",
    "language": "Language",
    "noted_at": "When",
}


def conditions(ws: Workspace, study_id: str) -> None:
    """Show the table of viewing conditions of real viewers; only for a closed voting."""
    table = lab.viewing(ws, study_id)
    real = table[~table["simulated"].astype(bool)]
    with st.expander("Viewing conditions", icon=":material/desktop_windows:"):
        if real.empty:
            st.caption("No viewer came, so no screen was measured.")
            return
        st.dataframe(_readable(real), hide_index=True, column_order=list(_TITLES), column_config=_TITLES)
        csv_button(table, f"{study_id} viewing conditions")


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with sizes as `width × height`, as they are read."""
    return table.assign(
        screen=_size(table, "screen"),
        window=_size(table, "viewport"),
        noted_at=table["noted_at"].astype(str).str.slice(0, 19).str.replace("T", " "),
    )


def _size(table: pd.DataFrame, what: str) -> list[str]:
    # Told by browsers: anything may stand there.
    sides = [pd.to_numeric(table[f"{what}_{side}"], errors="coerce") for side in ("width", "height")]
    pairs = zip(*sides, strict=True)
    return ["" if pd.isna(width) or pd.isna(height) else f"{width:.0f} × {height:.0f}" for width, height in pairs]
