"""Report: build the study report and fetch it, and the tables behind it."""

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st
from humanize import naturalsize

from qualab import lab
from qualab.report import FORMATS
from qualab.report.format import ReportFormat
from qualab.study.workspace import Workspace
from qualab.ui.console.study_picker import study_or_advice
from qualab.ui.markdown import show_errors

_TABLES = {
    "scores.csv": ("Scores, CSV", ":material/table_chart:"),
    "votes.csv": ("Votes, CSV", ":material/table_chart:"),
}


def report() -> None:
    """Show what of the chosen study can be taken away."""
    ws = Workspace.at()
    study_id = study_or_advice(ws, "Report")
    if study_id is None:
        return
    with show_errors():
        ws.folder(study_id).load()
        reports = ws.folder(study_id).path / "reports"
        st.markdown("The report is a snapshot: scores, votes, conclusions and how they were made, as of now.")
        for row in FORMATS.values():
            _format(ws, study_id, reports / f"report{row.suffix}", row)
        st.subheader("Tables")
        st.markdown("Always fresh: made from the study at the moment of the download.")
        left, right, _ = st.columns([1, 1, 2])
        for column, (name, (title, icon)) in zip((left, right), _TABLES.items(), strict=True):
            column.link_button(title, f"/export/{study_id}/{name}", icon=icon, width="stretch")


def _format(ws: Workspace, study_id: str, path: Path, row: ReportFormat) -> None:
    with st.container(border=True):
        words, build, fetch = st.columns([3, 1, 1], vertical_alignment="center")
        words.markdown(f"**Report, {row.title}**  \n{row.meaning}")
        if build.button("Build again" if path.is_file() else "Build", key=f"build-{path.name}", width="stretch"):
            with show_errors(), st.spinner("Building"):
                lab.report(ws, study_id, path)
        if path.is_file():
            built_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            words.caption(f"Built {built_at:%Y-%m-%d %H:%M} UTC, {naturalsize(path.stat().st_size)}")
            address = f"/export/{study_id}/{path.name}"
            fetch.link_button("Download", address, icon=":material/download:", type="primary", width="stretch")
        else:
            words.caption(f"Not built yet. On the command line: `qualab report {study_id} -o {path.name}`")
