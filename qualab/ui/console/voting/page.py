"""Voting: set up how viewers are asked, launch, hand out links, watch the counts, close."""

import streamlit as st

from qualab import lab
from qualab.study.workspace import Workspace
from qualab.ui.console.study_picker import advise, study_or_advice
from qualab.ui.console.voting.closing import closing, extending, reopening
from qualab.ui.console.voting.conditions import conditions
from qualab.ui.console.voting.design_form import show_design_form
from qualab.ui.console.voting.evidence import evidence
from qualab.ui.console.voting.frozen_design import frozen
from qualab.ui.console.voting.launch import launch
from qualab.ui.console.voting.links import fresh_links
from qualab.ui.console.voting.monitor import monitor
from qualab.ui.markdown import escape_markdown, show_errors
from qualab.voting.design.frozen import Design, parse_design


def voting() -> None:
    """Show the voting on the chosen study."""
    ws = Workspace.at()
    study_id = study_or_advice(ws, "Voting")
    if study_id is None:
        return
    with show_errors():
        ws.folder(study_id).load()
        state = lab.progress(ws, study_id)["state"]
        fresh_links(study_id)
        _SHOWN[state](ws, study_id)


def _none(ws: Workspace, study_id: str) -> None:
    """Show what leads to a launch."""
    study = ws.folder(study_id).load()
    if not study.voting.enabled:
        advise("This study is not voted on.", "Turn *Viewers are asked* on below, save, then build it again.")
        show_design_form(ws, study)
    elif not _pairs(ws, study_id):
        advise(
            "There is nothing to compare yet.",
            "Viewers need at least one clip and two HRCs, built. Use the page *Studies*, or:",
            f"qualab build {study_id}",
        )
        show_design_form(ws, study)
    else:
        show_design_form(ws, study)
        launch(ws, study)


def _open(ws: Workspace, study_id: str) -> None:
    """Show what goes on while viewers vote."""
    design = _design(ws, study_id)
    monitor(ws, study_id)
    evidence(ws, study_id)
    frozen(design)
    extending(ws, study_id, design)
    closing(ws, study_id)


def _closed(ws: Workspace, study_id: str) -> None:
    """Show what came of it, and the ways on."""
    st.info("The voting is closed; results are on the page *Results*.", icon=":material/lock:")
    design = _design(ws, study_id)
    monitor(ws, study_id)
    conditions(ws, study_id)
    frozen(design)
    reopening(ws, study_id)
    with st.expander("Launch it anew", icon=":material/restart_alt:"):
        st.markdown(
            f"A new launch of {escape_markdown(study_id)} is a new design with new viewers. "
            "Its votes are analysed together with the earlier ones only where both designs are the same."
        )
        _none(ws, study_id)


_SHOWN = {"none": _none, "open": _open, "closed": _closed}


def _pairs(ws: Workspace, study_id: str) -> int:
    return sum(1 for _ in ws.folder(study_id).read_manifest().of_kind("pair"))


def _design(ws: Workspace, study_id: str) -> Design:
    return parse_design(lab.store(ws).launches(study_id)[-1].design)
