"""Scores: the dashboard of a study's objective scores, a section at a time."""

from collections.abc import Callable

import streamlit as st

from qualab.study.config import Study
from qualab.study.workspace import StudyFolder, Workspace
from qualab.ui.console.dashboard.diagnostics import diagnostics
from qualab.ui.console.dashboard.distribution import distribution
from qualab.ui.console.dashboard.filters import clear, filtered
from qualab.ui.console.dashboard.frames import TITLE, frames
from qualab.ui.console.dashboard.overview import overview
from qualab.ui.console.dashboard.provenance import provenance
from qualab.ui.console.dashboard.view import Board, Build, build_of, pooled_of
from qualab.ui.console.dashboard.worst import worst
from qualab.ui.console.figures import picture_choice
from qualab.ui.console.study_picker import advise, study_or_advice
from qualab.ui.markdown import escape_markdown, show_errors

_SECTIONS: dict[str, Callable[[Board], None]] = {
    "Overview": overview,
    TITLE: frames,
    "Distribution": distribution,
    "Worst frames": worst,
    "Diagnostics": diagnostics,
    "Provenance": provenance,
}
# Those that need no score.
_UNSCORED = (TITLE, "Diagnostics", "Provenance")


def scores() -> None:
    """Show the scores of the chosen study."""
    ws = Workspace.at()
    study_id = study_or_advice(ws, "Scores")
    if study_id is None:
        return
    with show_errors():
        folder = ws.folder(study_id)
        study, build, table = folder.load(), build_of(folder), pooled_of(folder)
        picture_choice()
        if table.empty:
            _nothing(study)
            if not any(build.manifest.of_kind("pvs")):
                return
        _dashboard(folder, study, build)


def _dashboard(folder: StudyFolder, study: Study, build: Build) -> None:
    table = pooled_of(folder)
    board = filtered(folder, study, build, table)
    if not board.srcs or not board.hrcs or (board.table.empty and not table.empty and not _has_pvs(board)):
        advise("Nothing is left.", "No clip and HRC have all that the filters ask for.")
        st.button("Show all", on_click=clear)
        return
    names = [name for name in _SECTIONS if name in _UNSCORED] if table.empty else list(_SECTIONS)
    for tab, name in zip(st.tabs(names, key="view", bind="query-params"), names, strict=True):
        if tab.open:
            with tab:
                _SECTIONS[name](board)
    if not table.empty:
        _without_reference(study)


def _has_pvs(board: Board) -> bool:
    return any(board.hrcs_of(src) for src in board.srcs)


def _nothing(study: Study) -> None:
    if not study.src:
        advise("No clip yet.", "Add one on the page *Studies*, or:", f"qualab clip add {study.id} CLIP.mp4")
    elif not any(src.reference for src in study.src):
        advise("No clip has a reference.", "Scores need one. Without it, viewers decide:", f"qualab launch {study.id}")
    else:
        advise("Nothing is scored yet.", "Build the study on the page *Studies*, or:", f"qualab build {study.id}")


def _without_reference(study: Study) -> None:
    unscored = [src.title for src in study.src if not src.reference]
    if unscored:
        st.caption(
            f"Not scored, because there is no reference: {escape_markdown(', '.join(unscored))}. "
            "Viewers judge them (*Voting*)."
        )
