"""Screening: what each viewer's checks show, who is left out and why, and what that does to the results."""

import pandas as pd
import streamlit as st

from qualab import lab
from qualab.stats.findings.monitoring import Screened
from qualab.stats.findings.wording import percent, percent_range, pluralize
from qualab.stats.result import Result
from qualab.stats.screening.rules import RULES, excluded
from qualab.study.workspace import Workspace
from qualab.ui.console.figures import csv_button
from qualab.ui.console.study_picker import advise, study_or_advice
from qualab.ui.console.voting.rules import left_out_by
from qualab.ui.markdown import escape_markdown, show_errors

_SIGNS = {True: "✓", False: "✗", None: "·"}
_MOST_NAMED = 12


def screening() -> None:
    """Show the screening of the chosen study's viewers."""
    ws = Workspace.at()
    study_id = study_or_advice(ws, "Screening")
    if study_id is None:
        return
    with show_errors():
        ws.folder(study_id).load()
        sides = lab.screened(ws, study_id)
        is_open = lab.progress(ws, study_id)["state"] == "open"
        real = next((side for side in sides if not side.is_simulated and len(side.checks)), None)
        if real is None:
            advise("No answers of viewers yet.", "Each viewer's checks are shown here as soon as there are any.")
        else:
            _side(real, study_id, is_open=is_open)
        for side in sides:
            if side.is_simulated and len(side.checks):
                st.header("Simulated viewers", divider="gray")
                st.warning("Synthetic answers: they say nothing about viewers.", icon=":material/smart_toy:")
                _side(side, f"{study_id} simulated", is_open=False)


def _side(side: Screened, name: str, *, is_open: bool) -> None:
    left_out, viewers = excluded(side.checks), side.checks["subject"].nunique()
    with st.container(horizontal=True, gap="medium"):
        st.metric("Viewers", viewers, width="content")
        st.metric("Left out", len(left_out), width="content")
    st.markdown(_rules(side))
    named = [
        f"- **{escape_markdown(who)}** is left out: {escape_markdown(_why(side.checks, who))}"
        for who in left_out[:_MOST_NAMED]
    ]
    more = len(left_out) - _MOST_NAMED
    st.markdown("\n".join([*named, *([f"- and {more} more: see the table"] if more > 0 else [])]))
    if is_open:
        st.info(
            "The voting is open, and more answers may come. What leaving viewers out does to the results is told after "
            "the close.",
            icon=":material/hourglass:",
        )
    _results(side, name)
    st.subheader("Each viewer's checks")
    _checks(side.checks, name)
    _legend(side)


def _rules(side: Screened) -> str:
    rules = left_out_by(side.rules)
    if not rules:
        return "No screening rule was frozen at launch: everybody counts, and the checks are shown only."
    return (
        f"Frozen at launch: a viewer is left out who {escape_markdown('; or '.join(rules))}. "
        "Everything else is shown only, and nobody is left out for what they prefer."
    )


def _why(checks: pd.DataFrame, subject: str) -> str:
    failed = checks[checks["subject"].eq(subject) & checks["passed"].eq(False) & checks["excludes"].eq(True)]
    return "; ".join(
        f"{RULES[rule].title.lower()}: {seen}" for rule, seen in zip(failed["rule"], failed["value"], strict=True)
    )


def _results(side: Screened, name: str) -> None:
    """Show every pair with and without those who are left out."""
    if not side.results:
        return
    st.subheader("With and without")
    if not any(result.effects["n_excluded"] for result in side.results):
        st.markdown("Nobody is left out, so the results are those of all viewers.")
        return
    table = pd.DataFrame([_both(result) for result in side.results])
    st.dataframe(table, hide_index=True, key=f"both-{name}")
    st.caption(
        "Share of votes preferring the second HRC of the pair, with its 95% interval. The results are those without."
    )


def _both(result: Result) -> dict[str, object]:
    first, second = result.pair or ("", "")
    every = result.effects
    ends = every["low_all"], every["high_all"]
    return {
        "Pair": f"{second} against {first}",
        "All viewers": _share(every["estimate_all"], ends, int(every["n_subjects_all"] or 0)),
        "Without those left out": _share(result.estimate, result.ci or (None, None), result.n_subjects),
        "Left out": int(every["n_excluded"] or 0),
    }


def _share(share: float | None, ends: tuple[float | None, float | None], viewers: int) -> str:
    who = f"n = {pluralize(viewers, 'viewer')}"
    if share is None or ends[0] is None or ends[1] is None:
        return f"no vote ({who})"
    return f"{percent(share)} ({percent_range((ends[0], ends[1]))}, {who})"


def _checks(checks: pd.DataFrame, name: str) -> None:
    titles = {rule.id: rule.title for rule in RULES.values()}
    signs = checks["passed"].map(lambda passed: _SIGNS[passed])
    cells = (signs + " " + checks["value"]).where(checks["value"].ne(""), "")
    applied = [rule for rule in RULES if checks.loc[checks["rule"].eq(rule), "value"].ne("").any()]
    wide = (
        checks.assign(cell=cells).pivot(index="subject", columns="rule", values="cell")[applied].rename(columns=titles)
    )
    left_out = set(excluded(checks))
    counts = ["✗ left out" if subject in left_out else "✓ counts" for subject in wide.index]
    wide.insert(0, "Result", counts)
    # Who is left out comes first, each part in order of names.
    wide = wide.sort_values("Result", key=lambda show_errors: show_errors.eq("✓ counts"), kind="stable")
    wide = wide.rename_axis("Viewer").reset_index()
    pinned = {"Viewer": st.column_config.TextColumn(pinned=True), "Result": st.column_config.TextColumn(width="small")}
    st.dataframe(wide, hide_index=True, column_config=pinned, key=f"checks-{name}")
    st.caption("✓ passed, ✗ failed, · does not tell. Empty: not asked.")
    csv_button(checks, f"{name} checks")


def _legend(side: Screened) -> None:
    with st.expander("What is looked at", icon=":material/help:"):
        for rule in RULES.values():
            does = "leaves out" if side.rules.enabled and rule.excludes(side.rules) else "shown only"
            st.markdown(f"**{rule.title}** ({does}). {escape_markdown(rule.meaning)}")
        st.caption(
            "Answers after a playback that broke a rule of the study count neither for nor against a viewer. Viewers "
            "who withdrew are not judged."
        )
