"""What goes on while viewers vote: counts that reveal no preference."""

from collections.abc import Sequence
from typing import Literal

import pandas as pd
import streamlit as st

from qualab import lab
from qualab.charts.votes import votes_against_plan
from qualab.study.terms import TEST, TRIAL_KINDS
from qualab.study.workspace import Workspace
from qualab.ui.console.figures import Columns
from qualab.ui.markdown import escape_markdown
from qualab.voting.store.records import PairCounts, SideCounts

_EVERY_S = 5.0
_MOST_BARS = 24
_VIEWERS: tuple[tuple[Literal["invited", "joined", "active", "finished", "withdrawn"], str, str], ...] = (
    ("invited", "Invited", "Places made: personal links, and what open links still take."),
    ("joined", "Joined", "Opened their link."),
    ("active", "Active now", "Seen in the last minute."),
    ("finished", "Finished", "Answered everything."),
    ("withdrawn", "Withdrawn", "Asked for their votes to be taken back; they do not count."),
)
_WHY = {
    "dropped": "frames dropped",
    "focus": "focus lost",
    "rescaled": "picture rescaled",
    "small": "window too small",
}


def monitor(ws: Workspace, study_id: str) -> None:
    """Show the counts, fresh every few seconds while viewers may vote."""
    is_open = lab.progress(ws, study_id)["state"] == "open"
    if is_open:
        _live(ws, study_id)
    else:
        _counts(ws, study_id)


@st.fragment(run_every=_EVERY_S)
def _live(ws: Workspace, study_id: str) -> None:
    _counts(ws, study_id)
    if hint := _next_step(lab.progress(ws, study_id)["real"]):
        st.info(hint, icon=":material/arrow_forward:")
    st.caption("Counts are fresh every 5 s.")


def _next_step(real: SideCounts) -> str:
    """Return what to do now, where there is something to do."""
    if not real["invited"]:
        return "Nobody is invited yet: make links under *Invite more viewers*."
    if not real["joined"]:
        return "Nobody has opened a link yet: send the links out. Lost ones can be replaced by new ones below."
    if real["finished"] + real["withdrawn"] >= real["invited"]:
        return "Everybody is done: close the voting, or invite more viewers."
    return ""


def _counts(ws: Workspace, study_id: str) -> None:
    state = lab.progress(ws, study_id)
    real, simulated = state["real"], state["simulated"]
    votes, planned = real["votes"], real["planned"]
    st.progress(min(1.0, votes / planned) if planned else 0.0, text=f"**{votes}** of {planned} votes")
    with st.container(horizontal=True, gap="medium"):
        for name, title, meaning in _VIEWERS:
            if name == "active" and state["state"] != "open":
                continue
            st.metric(title, real[name], width="content", help=meaning)
    _by_pair(ws, study_id, [_counted(row) for row in real["pairs"] if row["kind"] == TEST])
    _playback(real)
    _checks([row for row in real["pairs"] if row["kind"] != TEST])
    if lost := votes - sum(row["counted"] for row in real["pairs"]):
        st.caption(f"{lost} of the votes do not count: of viewers who withdrew, or still invalid at the last showing.")
    if simulated["planned"]:
        st.caption(f"Simulated, kept apart: {simulated['votes']} votes of {simulated['invited']} synthetic viewers.")
    if real["late_votes"]:
        st.caption(f"{real['late_votes']} answers came after closing and were not taken.")


def _counted(row: PairCounts) -> PairCounts:
    """Return the row of a pair with those of its votes that count: not of viewers who withdrew, not invalid."""
    return {**row, "votes": row["counted"]}


def _by_pair(ws: Workspace, study_id: str, pairs: Sequence[PairCounts]) -> None:
    if not pairs:
        return
    titles = ws.folder(study_id).load().titles
    with st.expander("Votes that count, by pair", icon=":material/bar_chart:", expanded=len(pairs) <= _MOST_BARS):
        if len(pairs) <= _MOST_BARS:
            st.plotly_chart(votes_against_plan(pairs, titles=titles), key="votes-by-pair", config=_STILL)
            return
        table = pd.DataFrame([{**row, "src": titles.get(row["src"], row["src"])} for row in pairs])
        most = int(max(table["planned"].max(), 1))
        bar = st.column_config.ProgressColumn("Votes", width="small", format="%d", min_value=0, max_value=most)
        # Votes first: on a phone there is no room for five columns.
        names: Columns = {"votes": bar, "planned": "Planned"}
        names |= {"src": "Clip", "hrc_a": "Baseline", "hrc_b": "Against"}
        st.dataframe(table[list(names)], hide_index=True, column_config=names)


_STILL = {"displayModeBar": False}


def _playback(real: SideCounts) -> None:
    """Say how well the videos played, and which trials were shown again."""
    if not real["votes"] and not real["invalid"]:
        return
    health = real["health"]
    dropped = health["dropped_percent_mean"]
    reasons = ", ".join(f"{count} {_WHY.get(rule, rule)}" for rule, count in real["invalid_by"].items())
    parts = [
        "frames dropped: " + ("–" if dropped is None else f"{dropped:.2f}% in the mean"),
        f"stalls: {health['stalls']}",
        f"focus lost: {health['focus_losses']} times",
        f"comparisons shown again: {real['invalid']}" + (f" ({escape_markdown(reasons)})" if reasons else ""),
    ]
    st.markdown(f"**Playback** · {' · '.join(parts)}")


def _checks(rows: Sequence[PairCounts]) -> None:
    """Say how many check trials were answered; how, is told after the close."""
    parts = []
    for kind in TRIAL_KINDS:
        of_kind = [row for row in rows if row["kind"] == kind]
        if of_kind:
            done, planned = sum(row["votes"] for row in of_kind), sum(row["planned"] for row in of_kind)
            parts.append(f"{kind}: {done} of {planned}")
    if parts:
        st.markdown(f"**Checks answered** · {' · '.join(parts)}")
