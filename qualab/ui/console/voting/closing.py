"""The ends of a voting: more viewers, the close, and the way back; each asks before it acts."""

from collections.abc import Callable

import streamlit as st

from qualab import lab
from qualab.study.workspace import Workspace
from qualab.ui.console.voting.launch import preview_button
from qualab.ui.console.voting.links import keep, put_away
from qualab.ui.markdown import escape_markdown, show_errors
from qualab.voting.design.frozen import Design


def extending(ws: Workspace, study_id: str, design: Design) -> None:
    """Show what makes more links for the same design."""
    if code := design.completion_code:
        st.markdown(f"Viewers who finish read the completion code **{escape_markdown(code)}**.")
    with st.expander("Invite more viewers", icon=":material/person_add:"), st.form("more", border=False):
        st.markdown("They answer the same frozen design; those who joined before go on as they are.")
        if missing := lab.missing_viewers(ws, study_id):
            real = lab.progress(ws, study_id)["real"]
            waiting = real["invited"] - real["finished"] - real["withdrawn"]
            st.markdown(
                f"For {design.votes_per_pair} votes on every pair **{missing}** viewers still have to answer; "
                f"{waiting} who are invited have not finished."
            )
        left, right = st.columns([1, 2], vertical_alignment="bottom")
        viewers = int(left.number_input("Further viewers", 1, 1000, 1))
        is_open = right.toggle("By one open link, which takes that many", key="more-open")
        with st.container(horizontal=True):
            submitted = st.form_submit_button("Make links", icon=":material/add_link:")
            preview_button(study_id)
        if submitted:
            with show_errors():
                tokens = lab.launch(ws, study_id, viewers=viewers, is_open=is_open)
                keep(study_id, tokens, cap=viewers if is_open else None)
                st.rerun()


def closing(ws: Workspace, study_id: str) -> None:
    """Show what ends the voting."""
    with st.expander("Close the voting", icon=":material/lock:"):
        st.markdown(
            "Viewers can answer no more, and their links stop working. Every saved vote stays. You may open it again, "
            "but who looks at results in between and then goes on makes chance look like a finding."
        )
        if _confirmed("close", "Close now"):
            _act(lambda: lab.close(ws, study_id))


def reopening(ws: Workspace, study_id: str) -> None:
    """Show what opens a closed voting again."""
    with st.expander("Open it again", icon=":material/lock_open:"):
        st.markdown(
            "The same design goes on, and the links that viewers have work again. Who decides to go on after a look at "
            "the results makes chance look like a finding; fix the number of viewers before."
        )
        if _confirmed("reopen", "Open again"):
            _act(lambda: lab.reopen(ws, study_id))


def _confirmed(key: str, label: str) -> bool:
    """Show a tick box and a button that waits for it; say whether it was pressed."""
    sure = st.checkbox("I am sure", key=f"{key}-sure")
    return bool(st.button(label, key=key, disabled=not sure))


def _act(act: Callable[[], object]) -> None:
    with show_errors():
        act()
        put_away()
        st.rerun()
