"""The study that the console's pages are about: chosen in the sidebar, kept in the address."""

import streamlit as st

from qualab.study.workspace import Workspace

_KEY = "study"


def chosen_study(ws: Workspace) -> str | None:
    """Show the choice in the sidebar and return the chosen study's id; None where there is no study."""
    ids = ws.ids()
    if not ids:
        return None
    wanted = st.session_state.get(_KEY) or st.query_params.get(_KEY)
    place = ids.index(wanted) if wanted in ids else 0
    chosen = str(st.sidebar.selectbox("Study", ids, index=place))
    choose(chosen)
    return chosen


def choose(study_id: str) -> None:
    """Make `study_id` the chosen study, on this page and the next ones."""
    st.session_state[_KEY] = study_id
    if st.query_params.get(_KEY) != study_id:
        st.query_params[_KEY] = study_id


def study_or_advice(ws: Workspace, title: str) -> str | None:
    """Show a page's title and return the chosen study; where there is none, say what to do and return None."""
    st.title(title)
    study_id = chosen_study(ws)
    if study_id is None:
        advise(
            "No study yet.",
            "Create one on the page *Studies*, or try it with real clips first:",
            "qualab demo",
        )
    return study_id


def advise(what: str, hint: str, command: str = "") -> None:
    """Show an empty state: what is missing, what to do, and the command that does it."""
    with st.container(border=True):
        st.markdown(f"**{what}** {hint}")
        if command:
            st.code(command, language="bash")
