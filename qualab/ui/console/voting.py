"""Voting: launch a study, hand out its links, watch the counts, close it."""

from typing import Any

import pandas as pd
import streamlit as st

from qualab import lab
from qualab.config import Study
from qualab.trials import METHODS, PRESENTATIONS
from qualab.ui.console.choice import advise, study_or_advice
from qualab.ui.words import told
from qualab.workspace import Workspace

_LINKS = "fresh-links"
_EVERY_S = 5.0
_LONG_LIST = 10


def voting() -> None:
    """Show the voting on the chosen study."""
    ws = Workspace.at()
    study_id = study_or_advice(ws, "Voting")
    if study_id is None:
        return
    with told():
        study, state = ws.folder(study_id).load(), lab.progress(ws, study_id)
        _fresh_links(study_id)
        if state["state"] == "open":
            _live(ws, study_id)
            _more_viewers(ws, study)
            _close(ws, study_id)
        elif not _pairs(ws, study_id):
            advise(
                "There is nothing to compare yet.",
                "Viewers need at least one clip and two HRCs, built. Use the page *Studies*, or:",
                f"qualab build {study_id}",
            )
        else:
            if state["state"] == "closed":
                st.info("The voting is closed; results are on the page *Results*.", icon=":material/lock:")
                _live(ws, study_id)
            _launch(ws, study)


def _pairs(ws: Workspace, study_id: str) -> int:
    return sum(1 for made in ws.folder(study_id).manifest_data()["objects"] if made["kind"] == "pair")


def _launch(ws: Workspace, study: Study) -> None:
    st.subheader("Launch")
    st.markdown(
        f"Every viewer answers **{_pairs(ws, study.id)}** comparisons. Launching freezes the design: question, pairs "
        "and sides stay as they are until you close it."
    )
    with st.form("launch"):
        viewers = st.number_input("Viewers to invite now", 1, 1000, study.voting.viewers)
        presentation = st.selectbox(
            "Presentation",
            list(PRESENTATIONS),
            index=list(PRESENTATIONS).index(study.voting.presentation),
            format_func=lambda name: PRESENTATIONS[name].title,
            help="Side by side falls back to one at a time on windows too narrow for both pictures at full size.",
        )
        method = st.selectbox(
            "Method",
            list(METHODS),
            index=list(METHODS).index(study.voting.method),
            format_func=lambda name: METHODS[name].title,
        )
        if st.form_submit_button("Launch and make links", type="primary", icon=":material/rocket_launch:"):
            with told():
                tokens = lab.launch(ws, study.id, viewers=int(viewers), presentation=presentation, method=method)
                st.session_state[_LINKS] = (study.id, tokens)
                st.rerun()


def _more_viewers(ws: Workspace, study: Study) -> None:
    with st.expander("Invite more viewers", icon=":material/person_add:"), st.form("more", border=False):
        viewers = st.number_input("Further viewers", 1, 1000, 1)
        if st.form_submit_button("Make links"):
            with told():
                tokens = lab.launch(ws, study.id, viewers=int(viewers))
                st.session_state[_LINKS] = (study.id, tokens)
                st.rerun()


def _fresh_links(study_id: str) -> None:
    """Show links that were just made; only their hashes are stored, so they are shown once."""
    owner, tokens = st.session_state.get(_LINKS, (None, []))
    if owner != study_id:
        return
    with st.container(border=True):
        st.markdown(
            f"**Invitation links for {len(tokens)} viewer{'s' if len(tokens) != 1 else ''}, one each.** "
            "Copy them now: they are not stored and cannot be shown again."
        )
        links = "\n".join(f"{_address()}/join/{token}" for token in tokens)
        st.code(links, language=None, wrap_lines=True, height=320 if len(tokens) > _LONG_LIST else "content")
        if st.button("I have copied them"):
            del st.session_state[_LINKS]
            st.rerun()


def _address() -> str:
    """Return the address of this server as the researcher's browser sees it."""
    host = st.context.headers.get("host", "127.0.0.1")
    forwarded = st.context.headers.get("x-forwarded-proto")
    scheme = forwarded or ("https" if (st.context.url or "").startswith("https") else "http")
    return f"{scheme}://{host}"


@st.fragment(run_every=_EVERY_S)
def _live(ws: Workspace, study_id: str) -> None:
    """Show counts that reveal no preference."""
    state = lab.progress(ws, study_id)
    real, simulated = state["real"], state["simulated"]
    _counts(real)
    if real["pairs"]:
        with st.expander("Votes by comparison"):
            st.dataframe(pd.DataFrame(real["pairs"]), hide_index=True, column_config=_BY_PAIR)
    if simulated["planned"]:
        st.caption(f"Simulated, kept apart: {simulated['votes']} votes of {simulated['invited']} synthetic viewers.")
    if real["late_votes"]:
        st.caption(f"{real['late_votes']} answers came after closing and were not taken.")


_BY_PAIR: dict[str, Any] = {
    "src": "Clip",
    "hrc_a": "Baseline",
    "hrc_b": "Against",
    "votes": st.column_config.ProgressColumn("Votes", format="%d"),
    "planned": "Planned",
}


def _counts(side: dict[str, Any]) -> None:
    votes, planned = side["votes"], side["planned"]
    st.progress(votes / planned if planned else 0.0, text=f"{votes} of {planned} votes")
    with st.container(horizontal=True, gap="large"):
        for what in ("invited", "joined", "finished"):
            st.metric(f"Viewers {what}", side[what], width="content")


def _close(ws: Workspace, study_id: str) -> None:
    with st.expander("Close the voting", icon=":material/lock:"):
        st.markdown("Links stop working at once. Every saved vote stays. A closed launch cannot be opened again.")
        if st.button("Close now", key="close"):
            with told():
                lab.close(ws, study_id)
                st.session_state.pop(_LINKS, None)
                st.rerun()
