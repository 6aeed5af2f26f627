"""Studies: the list, a new one, its clips, its build."""

from collections import Counter

import pandas as pd
import streamlit as st

from qualab import lab
from qualab.study.config import Study
from qualab.study.hrc import UPSCALE_FIRST
from qualab.study.workspace import Workspace
from qualab.ui.console.clips import clips
from qualab.ui.console.creation import new_study
from qualab.ui.console.jobs import work
from qualab.ui.console.study_picker import advise, chosen_study
from qualab.ui.markdown import escape_markdown, show_errors

_STATES = {"none": "not launched", "open": "voting open", "closed": "voting closed"}
_FEW = 8


def studies() -> None:
    """Show all studies, then the chosen one."""
    ws = Workspace.at()
    st.title("Studies")
    study_id = chosen_study(ws)
    if study_id is None:
        advise("No study yet.", "Create one below, or make one from real clips to look around:", "qualab demo")
        new_study(ws)
        return
    with show_errors():
        _overview(ws)
    with st.expander("New study", icon=":material/add:", key=f"new-study-after-{len(ws.ids())}"):
        new_study(ws)
    with show_errors():
        study = ws.folder(study_id).load()
        folder = ws.folder(study_id)
        st.header(escape_markdown(study.title or study.id), divider="gray")
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
    """Say in a line or two what the study compares."""
    voting = study.voting
    voting_summary = (
        f"{escape_markdown(voting.presentation)}, {voting.viewers} viewers planned" if voting.enabled else "no voting"
    )
    if not study.rendition:
        others = ", ".join(study.hrc_ids[1:]) or "nothing yet"
        st.markdown(
            f"{study.source_height} → {study.display_height} lines · baseline **{escape_markdown(study.baseline)}** "
            f"against **{escape_markdown(others)}** · {voting_summary}"
        )
        return
    st.markdown(
        f"{len(study.rendition)} renditions, {len(study.hrcs)} HRCs at {study.display_height} lines · baseline "
        f"**{escape_markdown(study.baseline)}** "
        f"· upscalers **{escape_markdown(', '.join(sorted(study.upscalers)))}** · {voting_summary}"
    )
    with st.expander("Renditions", icon=":material/stacked_bar_chart:", expanded=len(study.rendition) <= _FEW):
        st.dataframe(pd.DataFrame(rendition_rows(study)), hide_index=True)


def rendition_rows(study: Study) -> list[dict[str, object]]:
    """Return one row a rendition: what is asked of which encoder, and which upscalers come before or after it."""
    users: dict[str, list[str]] = {}
    for hrc in study.hrcs:
        first = "before: " if hrc.order == UPSCALE_FIRST else ""
        users.setdefault(hrc.rendition or "", []).append(f"{first}{hrc.upscaler}")
    used = Counter(hrc.rendition for hrc in study.hrcs)
    return [
        {
            "Rendition": rendition.id,
            "Height": rendition.height,
            "Codec": rendition.codec,
            "Asked": rendition.target,
            "Preset": rendition.speed,
            "Passes": 2 if rendition.two_pass else 1,
            "HRCs": used[rendition.id],
            "Upscalers": ", ".join(users.get(rendition.id, [])),
        }
        for rendition in study.rendition
    ]
