"""Studies: the list, a new one, its clips, its build."""

import pandas as pd
import streamlit as st

from qualab import lab
from qualab.config import Study
from qualab.terms import ID_RULE
from qualab.ui.console.choice import advise, choose, chosen_study
from qualab.ui.console.clips import clips
from qualab.ui.console.work import work
from qualab.ui.words import plain, told
from qualab.workspace import Workspace, upscaler_ids

_STATES = {"none": "not launched", "open": "voting open", "closed": "voting closed"}


def studies() -> None:
    """Show all studies, then the chosen one."""
    ws = Workspace.at()
    st.title("Studies")
    study_id = chosen_study(ws)
    if study_id is None:
        advise("No study yet.", "Create one below, or make one from real clips to look around:", "qualab demo")
        _new_study(ws)
        return
    with told():
        _overview(ws)
    with st.expander("New study", icon=":material/add:", key=f"new-study-after-{len(ws.ids())}"):
        _new_study(ws)
    with told():
        study = ws.folder(study_id).load()
        folder = ws.folder(study_id)
        st.header(plain(study.title or study.id), divider="gray")
        _facts(study)
        work(ws, folder, study)
        clips(folder, study)


def _overview(ws: Workspace) -> None:
    table = pd.DataFrame(lab.studies(ws))
    table["state"] = table["state"].replace(_STATES)
    st.dataframe(
        table,
        hide_index=True,
        column_order=["id", "title", "state", "n_srcs", "n_hrcs", "n_pvs", "n_votes"],
        column_config={
            "id": "Study",
            "title": st.column_config.TextColumn("Title", width="medium"),
            "state": "State",
            "n_srcs": st.column_config.NumberColumn("Clips", help="Source clips (SRC)"),
            "n_hrcs": st.column_config.NumberColumn("HRCs", help="Hypothetical reference circuits: what is compared"),
            "n_pvs": st.column_config.NumberColumn("PVSs", help="Processed clips that are built: clips x HRCs"),
            "n_votes": st.column_config.NumberColumn("Votes", help="Votes of real viewers"),
        },
    )


def _facts(study: Study) -> None:
    others = ", ".join(study.hrc_ids[1:]) or "nothing yet"
    st.markdown(
        f"{study.source_height} → {study.display_height} lines · baseline **{plain(study.baseline)}** "
        f"against **{plain(others)}** · {plain(study.voting.presentation)}, {study.voting.viewers} viewers planned"
    )


def _new_study(ws: Workspace) -> None:
    names = upscaler_ids()
    # Another key once a study was made: an empty form, and a closed box around it.
    with st.form(f"new-study-{len(ws.ids())}", border=False):
        left, right = st.columns(2)
        study_id = left.text_input("Id", placeholder="old-anime", help=f"Names the folder: {ID_RULE}.")
        title = right.text_input("Title", placeholder="Is SR worth it for our old anime?")
        upscalers = st.multiselect(
            "Upscalers to compare; the first one is the baseline",
            names,
            default=[name for name in lab.DEFAULT_UPSCALERS if name in names],
        )
        left, right = st.columns(2)
        source = left.number_input("Source height, lines", 16, 4320, 360, 2)
        display = right.number_input("Display height, lines", 16, 4320, 720, 2)
        if st.form_submit_button("Create study", type="primary"):
            with told():
                made = lab.create_study(
                    ws,
                    study_id.strip(),
                    title=title.strip(),
                    upscalers=upscalers,
                    source_height=int(source),
                    display_height=int(display),
                )
                choose(made.id)
                st.rerun()
