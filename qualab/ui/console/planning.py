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
class _Asked:
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
        asked = _inputs(ws)
        found = _of(ws, asked, clips=asked.clips, viewers=asked.viewers)
        _headline(found)
        _charts(asked, found)
        _budget(ws, asked)


def _inputs(ws: Workspace) -> _Asked:
    left, middle, right = st.columns(3)
    share = left.slider("Share of viewers that prefers one HRC", 51, 95, 65, format="%d%%", key="plan-share") / 100
    power = left.segmented_control(
        "Chance to show it", [0.8, 0.9, 0.95], default=0.8, required=True, format_func="{:.0%}".format
    )
    clips = int(middle.number_input("Clips", 1, 1000, 12, key="plan-clips"))
    viewers = int(middle.number_input("Viewers", 1, 10_000, 24, key="plan-viewers"))
    with right:
        pilot = st.selectbox("How alike votes are", [_USUAL, *ws.ids()], help="A study with votes is a pilot study.")
        alike = lab.vote_correlation(ws, pilot) if pilot != _USUAL else None
        subject, clip = _alike(str(pilot), alike)
    minutes = float(middle.number_input("Minutes per vote", 0.1, 60.0, 0.5, step=0.1))
    return _Asked(share, float(power), clips, viewers, subject, clip, minutes)


def _alike(pilot: str, found: Correlation | None) -> tuple[float, float]:
    """Show both correlations, of the pilot where it tells them; return them as they stand."""
    one, two = st.columns(2)
    subject = found.rho_subject if found and found.rho_subject is not None else RHO_SUBJECT
    clip = found.rho_clip if found and found.rho_clip is not None else RHO_CLIP
    by_viewer = one.number_input("of a viewer", 0.0, 1.0, round(subject, 3), step=0.01, key=f"rho-subject {pilot}")
    by_clip = two.number_input("on a clip", 0.0, 1.0, round(clip, 3), step=0.01, key=f"rho-clip {pilot}")
    if found is None:
        st.caption("Correlation of two votes. Usual values; those of a pilot study are better.")
    else:
        n = f"{pluralize(found.n_votes, 'vote')} by {pluralize(found.n_subjects, 'viewer')}"
        where = f"on {pluralize(found.n_srcs, 'clip')} of {pilot}"
        measured = "Estimated from" if found.rho_subject is not None else "Usual values, not told by"
        st.caption(escape_markdown(f"{measured} {n} {where}{'; ' if found.note else ''}{found.note}."))
    return float(by_viewer), float(by_clip)


def _of(ws: Workspace, asked: _Asked, *, clips: int | None, viewers: int | None) -> StudyPlan:
    return lab.plan(
        ws, asked.share, power=asked.power, clips=clips, viewers=viewers, rho_subject=asked.rho_subject,
        rho_clip=asked.rho_clip, minutes_per_vote=asked.minutes,
    )  # fmt: skip


def _headline(found: StudyPlan) -> None:
    with st.container(border=True):
        columns = st.columns(4)
        effective, power, minutes = found.n_effective, found.power_expected, found.viewer_minutes
        columns[0].metric("Independent votes needed", f"{found.size}")
        columns[1].metric(f"{found.n_votes} votes are worth", "–" if effective is None else f"{effective:.0f}")
        columns[2].metric("Chance to show it", "–" if power is None else f"{power:.0%}")
        columns[3].metric("Viewer-minutes", "–" if minutes is None else f"{minutes:,.0f}")
        icon = _STEPS[found.step]
        title = "This is enough" if found.step == "nothing" else f"Next: {found.step}"
        st.markdown(f"{icon} **{title}.** {escape_markdown(found.why)}")
        for note in found.notes:
            st.caption(escape_markdown(note))


def _charts(asked: _Asked, found: StudyPlan) -> None:
    rho = {"rho_subject": asked.rho_subject, "rho_clip": asked.rho_clip}
    clips = sorted({asked.clips, *(count for count in _OTHERS if abs(count - asked.clips) > 2)})
    most = max(_LEAST_SHOWN, 2 * asked.viewers)
    table = curves(asked.share, clips, min(most, 10_000), **rho)
    left, right = st.columns(2)
    with left:
        st.subheader("Chance to show it")
        shown(power_curves(table, target=asked.power, viewers=asked.viewers), table, "plan power")
    with right:
        st.subheader("What the votes are worth")
        chart = worth_curves(table, needed=found.size, rho_clip=asked.rho_clip, viewers=asked.viewers)
        shown(chart, table, "plan worth")
    st.caption(
        "Votes of one viewer, and votes on one clip, are alike, so that more viewers on the same clips bring less and "
        "less: every curve ends at its dotted line, clips divided by the correlation on a clip. The upright line marks "
        "your viewers. Every viewer sees every clip."
    )


def _budget(ws: Workspace, asked: _Asked) -> None:
    st.subheader("What it costs")
    counts = sorted({asked.clips, *_BUDGETS} - set(range(1, LEAST_CLIPS)))
    plans = [(clips, _of(ws, asked, clips=clips, viewers=None)) for clips in counts]
    table = pd.DataFrame(
        {
            "clips": clips,
            "viewers": found.viewers_needed,
            "votes": found.n_votes,
            "viewer_minutes": found.viewer_minutes,
            "minutes_per_viewer": clips * asked.minutes,
            "note": "" if found.viewers_needed else "no number of viewers is enough: more clips",
        }
        for clips, found in plans
    )
    st.dataframe(table, hide_index=True, placeholder="–", column_config=_COLUMNS, key="plan-budget")
    csv_button(table, "plan budget")
    st.caption(
        f"Viewers that reach {asked.power:.0%} for a share of {asked.share:.0%} on so many clips, for a pair of HRCs; "
        "further pairs cost as many votes again. On the command line: `qualab plan`."
    )


_COLUMNS = {
    "clips": st.column_config.NumberColumn("Clips"),
    "viewers": st.column_config.NumberColumn("Viewers needed"),
    "votes": st.column_config.NumberColumn("Votes"),
    "viewer_minutes": st.column_config.NumberColumn("Viewer-minutes", format="%.0f"),
    "minutes_per_viewer": st.column_config.NumberColumn("Minutes a viewer", format="%.1f"),
    "note": st.column_config.TextColumn("Note"),
}
