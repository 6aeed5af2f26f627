"""What a launch would mean, the rehearsal as a viewer, and the launch itself."""

from urllib.parse import quote

import pandas as pd
import streamlit as st

from qualab import lab
from qualab.lab.planning import RHO_CLIP, RHO_SUBJECT, TARGET_POWER, LaunchPlan
from qualab.stats.findings.wording import percent
from qualab.study.config import Study
from qualab.study.workspace import Workspace
from qualab.ui.console.figures import csv_button
from qualab.ui.console.voting.links import keep
from qualab.ui.markdown import show_errors

_PERSONAL, _OPEN = "Personal links", "One open link"
_FEW_ROWS = 8


def launch(ws: Workspace, study: Study) -> None:
    """Show the plan for a number of viewers, and the buttons that preview and launch it."""
    st.subheader("Launch")
    with show_errors():
        first = lab.plan_of(ws, study.id)
        left, right = st.columns([1, 2], vertical_alignment="bottom")
        viewers = int(left.number_input("Viewers to invite now", 1, 1000, min(first.viewers, 1000)))
        kind = right.segmented_control("Links", [_PERSONAL, _OPEN], default=_PERSONAL, required=True, help=_KINDS)
        plan = first if viewers == first.viewers else lab.plan_of(ws, study.id, viewers=viewers)
        _meaning(plan)
        planned_votes(plan.counts, study)
        st.caption(
            "Launching freezes the design: question, pairs and sides stay as they are until you close it. "
            "In the preview nothing is stored."
        )
        with st.container(horizontal=True):
            if st.button("Launch and make links", type="primary", icon=":material/rocket_launch:"):
                is_open = kind == _OPEN
                tokens = lab.launch(ws, study.id, viewers=viewers, is_open=is_open)
                keep(study.id, tokens, cap=viewers if is_open else None)
                st.rerun()
            preview_button(study.id)


_KINDS = (
    "Personal: one link a viewer, nobody votes twice. Open: one link for all, which stops at that many viewers; "
    "somebody with two browsers may join twice."
)


def preview_button(study_id: str) -> None:
    """Show the button that opens the whole session as a viewer sees it; its votes are not stored."""
    st.link_button(
        "Preview as a viewer",
        f"/console-preview/{quote(study_id, safe='')}",
        icon=":material/visibility:",
        help="Opens a new tab. Answers are thrown away. A session of a viewer in this browser ends.",
    )


def _meaning(plan: LaunchPlan) -> None:
    """Say what a viewer does, how many are needed, and what the study could find."""
    share = percent(plan.share)
    with st.container(horizontal=True, gap="medium"):
        st.metric("Comparisons a viewer", plan.comparisons, width="content", help=_kinds(plan))
        st.metric("Minutes a viewer", f"{plan.minutes:.0f}" if plan.minutes >= 1 else "under 1", width="content")
        if plan.needed:
            st.metric("Viewers for the quota", plan.needed, width="content", help="So many give every pair its votes.")
        enough = "–" if plan.viewers_for_power is None else plan.viewers_for_power
        st.metric(f"Viewers for {percent(TARGET_POWER)} power", enough, width="content", help=_POWER)
        st.metric(f"Power to find {share}", percent(plan.all_clips.power), width="content", help=_POWER)
    single, overall = plan.one_clip, plan.all_clips
    st.markdown(
        f"If {share} of viewers prefer one side, the chance to show it at p ≤ 0.05 is **{percent(single.power)}** for "
        f"one clip alone (n = {single.n} votes) and **{percent(overall.power)}** for clips of this kind, from "
        f"{_clips(plan)} (n = {overall.n} votes, which weigh like {overall.n_effective:.0f} independent ones)."
    )
    for advice in _advice(plan):
        st.info(advice, icon=":material/lightbulb:")


_POWER = (
    "Of the pair of HRCs with the fewest votes. Votes of one viewer are alike (correlation "
    f"{RHO_SUBJECT:g}), and so are those on one clip ({RHO_CLIP:g}): together they weigh less than independent ones."
)


def _kinds(plan: LaunchPlan) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in plan.kinds.items())


def _clips(plan: LaunchPlan) -> str:
    return f"all {plan.n_clips} clips" if plan.n_clips > 1 else "the only clip"


def _advice(plan: LaunchPlan) -> list[str]:
    """Return what would help a study that is too weak."""
    sentences = []
    if plan.viewers < plan.needed:
        sentences.append(f"{plan.viewers} viewers do not give every pair the votes planned: {plan.needed} are needed.")
    if plan.all_clips.power < TARGET_POWER and plan.sample_size:
        target = f"{percent(TARGET_POWER)} power takes {plan.sample_size} independent votes"
        if plan.viewers_for_power is None:
            # However many viewers come, the votes on one clip never weigh more than 1 / RHO_CLIP independent ones.
            clips = f"{plan.n_clips} clip{'s' * (plan.n_clips > 1)}"
            sentences.append(
                f"{target}. No number of viewers gives them on {clips}: it takes {plan.clips_for_power} clips."
            )
        else:
            sentences.append(f"{target}: {plan.viewers_for_power} viewers, or fewer with more clips.")
    return sentences


def planned_votes(counts: pd.DataFrame, study: Study) -> None:
    """Show how many votes each pair gets."""
    titles = study.titles
    shown = counts.assign(src=[titles.get(src, src) for src in counts["src"]])
    low, high = int(counts["planned"].min()), int(counts["planned"].max())
    each = f"{low}" if low == high else f"{low} to {high}"
    with st.expander(
        f"Planned votes: {each} for each of {len(counts)} pairs",
        icon=":material/table_rows:",
        expanded=len(counts) <= _FEW_ROWS,
    ):
        st.dataframe(
            shown,
            hide_index=True,
            column_config={"src": "Clip", "hrc_a": "Baseline", "hrc_b": "Against", "planned": "Votes"},
        )
        csv_button(counts, f"{study.id} planned votes")
