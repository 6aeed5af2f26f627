"""Plan: how many viewers and clips a preference takes, before anybody is invited. No study is needed."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from qualab import lab
from qualab.charts.power import curves, power_curves, worth_curves
from qualab.lab.planning import RHO_CLIP, RHO_SUBJECT, StudyPlan
from qualab.stats.findings.wording import pluralize
from qualab.stats.power.correlation import Correlation
from qualab.stats.power.study_plan import LEAST_CLIPS
from qualab.study.workspace import Workspace
from qualab.ui.console.figures import csv_button, picture_choice, shown
from qualab.ui.markdown import escape_markdown, show_errors

_USUAL = "usual values"
_LEAST_SHOWN = 60
_OTHERS = (5, 10, 20, 40)
_BUDGETS = (5, 8, 12, 16, 20, 30, 40, 60)
_STEPS = {"more clips": ":material/movie:", "more viewers": ":material/group_add:", "nothing": ":material/check:"}


@dataclass(frozen=True)
class _Inputs:
    """What the page's inputs say."""

    share: float
    power: float
    clips: int
    viewers: int
    rho_subject: float
    rho_clip: float
    minutes: float


def plan() -> None:
    """Show what a plan could find, what would help most, and what it costs."""
    st.title("Plan")
    ws = Workspace.at()
    picture_choice()
    with show_errors():
        inputs = _inputs(ws)
        study_plan = _of(ws, inputs, clips=inputs.clips, viewers=inputs.viewers)
        _headline(study_plan)
        _charts(inputs, study_plan)
        _budget(ws, inputs)


def _inputs(ws: Workspace) -> _Inputs:
    left, middle, right = st.columns(3)
    share = left.slider("Share of viewers that prefers one HRC", 51, 95, 65, format="%d%%", key="plan-share") / 100
    power = left.segmented_control(
        "Chance to show it", [0.8, 0.9, 0.95], default=0.8, required=True, format_func="{:.0%}".format
    )
    clips = int(middle.number_input("Clips", 1, 1000, 12, key="plan-clips"))
    viewers = int(middle.number_input("Viewers", 1, 10_000, 24, key="plan-viewers"))
    with right:
        pilot = st.selectbox("How alike votes are", [_USUAL, *ws.ids()], help="A study with votes is a pilot study.")
        pilot_correlation = lab.vote_correlation(ws, pilot) if pilot != _USUAL else None
        subject, clip = _correlation_inputs(str(pilot), pilot_correlation)
    minutes = float(middle.number_input("Minutes per vote", 0.1, 60.0, 0.5, step=0.1))
    return _Inputs(share, float(power), clips, viewers, subject, clip, minutes)


def _correlation_inputs(pilot: str, measured_on: Correlation | None) -> tuple[float, float]:
    """Show both correlations, of the pilot where it tells them; return them as they stand."""
    left, right = st.columns(2)
    subject = measured_on.rho_subject if measured_on and measured_on.rho_subject is not None else RHO_SUBJECT
    clip = measured_on.rho_clip if measured_on and measured_on.rho_clip is not None else RHO_CLIP
    by_viewer = left.number_input("of a viewer", 0.0, 1.0, round(subject, 3), step=0.01, key=f"rho-subject {pilot}")
    by_clip = right.number_input("on a clip", 0.0, 1.0, round(clip, 3), step=0.01, key=f"rho-clip {pilot}")
    if measured_on is None:
        st.caption("Correlation of two votes. Usual values; those of a pilot study are better.")
    else:
        n = f"{pluralize(measured_on.n_votes, 'vote')} by {pluralize(measured_on.n_subjects, 'viewer')}"
        where = f"on {pluralize(measured_on.n_srcs, 'clip')} of {pilot}"
        measured = "Estimated from" if measured_on.rho_subject is not None else "Usual values, not told by"
        st.caption(escape_markdown(f"{measured} {n} {where}{'; ' if measured_on.note else ''}{measured_on.note}."))
    return float(by_viewer), float(by_clip)


def _of(ws: Workspace, inputs: _Inputs, *, clips: int | None, viewers: int | None) -> StudyPlan:
    return lab.plan(
        ws, inputs.share, power=inputs.power, clips=clips, viewers=viewers, rho_subject=inputs.rho_subject,
        rho_clip=inputs.rho_clip, minutes_per_vote=inputs.minutes,
    )  # fmt: skip


def _headline(study_plan: StudyPlan) -> None:
    with st.container(border=True):
        columns = st.columns(4)
        effective, power, minutes = study_plan.n_effective, study_plan.power_expected, study_plan.viewer_minutes
        columns[0].metric("Independent votes needed", f"{study_plan.size}")
        columns[1].metric(f"{study_plan.n_votes} votes are worth", "–" if effective is None else f"{effective:.0f}")
        columns[2].metric("Chance to show it", "–" if power is None else f"{power:.0%}")
        columns[3].metric("Viewer-minutes", "–" if minutes is None else f"{minutes:,.0f}")
        icon = _STEPS[study_plan.step]
        title = "This is enough" if study_plan.step == "nothing" else f"Next: {study_plan.step}"
        st.markdown(f"{icon} **{title}.** {escape_markdown(study_plan.why)}")
        for note in study_plan.notes:
            st.caption(escape_markdown(note))


def _charts(inputs: _Inputs, study_plan: StudyPlan) -> None:
    rho = {"rho_subject": inputs.rho_subject, "rho_clip": inputs.rho_clip}
    clips = sorted({inputs.clips, *(count for count in _OTHERS if abs(count - inputs.clips) > 2)})
    most = max(_LEAST_SHOWN, 2 * inputs.viewers)
    table = curves(inputs.share, clips, min(most, 10_000), **rho)
    left, right = st.columns(2)
    with left:
        st.subheader("Chance to show it")
        shown(power_curves(table, target=inputs.power, viewers=inputs.viewers), table, "plan power")
    with right:
        st.subheader("What the votes are worth")
        chart = worth_curves(table, needed=study_plan.size, rho_clip=inputs.rho_clip, viewers=inputs.viewers)
        shown(chart, table, "plan worth")
    st.caption(
        "Votes of one viewer, and votes on one clip, are alike, so that more viewers on the same clips bring less and "
        "less: every curve ends at its dotted line, clips divided by the correlation on a clip. The upright line marks "
        "your viewers. Every viewer sees every clip."
    )


def _budget(ws: Workspace, inputs: _Inputs) -> None:
    st.subheader("What it costs")
    counts = sorted({inputs.clips, *_BUDGETS} - set(range(1, LEAST_CLIPS)))
    plans = [(clips, _of(ws, inputs, clips=clips, viewers=None)) for clips in counts]
    table = pd.DataFrame(
        {
            "clips": clips,
            "viewers": study_plan.viewers_needed,
            "votes": study_plan.n_votes,
            "viewer_minutes": study_plan.viewer_minutes,
            "minutes_per_viewer": clips * inputs.minutes,
            "note": "" if study_plan.viewers_needed else "no number of viewers is enough: more clips",
        }
        for clips, study_plan in plans
    )
    st.dataframe(table, hide_index=True, placeholder="–", column_config=_COLUMNS, key="plan-budget")
    csv_button(table, "plan budget")
    st.caption(
        f"Viewers that reach {inputs.power:.0%} for a share of {inputs.share:.0%} on so many clips, for a pair of "
        "HRCs; further pairs cost as many votes again. On the command line: `qualab plan`."
    )


_COLUMNS = {
    "clips": st.column_config.NumberColumn("Clips"),
    "viewers": st.column_config.NumberColumn("Viewers needed"),
    "votes": st.column_config.NumberColumn("Votes"),
    "viewer_minutes": st.column_config.NumberColumn("Viewer-minutes", format="%.0f"),
    "minutes_per_viewer": st.column_config.NumberColumn("Minutes a viewer", format="%.1f"),
    "note": st.column_config.TextColumn("Note"),
}
