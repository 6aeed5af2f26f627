"""Results: what viewers preferred, how sure that is, and what cannot be said."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from qualab import lab
from qualab.charts.preference import preference_forest
from qualab.charts.theme import watermark
from qualab.config import Study
from qualab.stats.result import Result
from qualab.stats.summary import conclusion
from qualab.terms import ESTIMANDS
from qualab.ui.console.choice import advise, study_or_advice
from qualab.ui.words import plain, told
from qualab.workspace import Workspace


def results() -> None:
    """Show the analysis of the chosen study's votes."""
    ws = Workspace.at()
    study_id = study_or_advice(ws, "Results")
    if study_id is None:
        return
    with told():
        study, found = ws.folder(study_id).load(), lab.analyze(ws, study_id)
        real = [result for side in found if not side.is_simulated for result in side.results]
        made_up = [result for side in found if side.is_simulated for result in side.results]
        is_open = lab.progress(ws, study_id)["state"] == "open"
        if any(result.n_votes for result in real):
            if is_open:
                st.warning(
                    "The voting is still open. Looking at results while votes come in makes chance look like a "
                    "finding; decide only after closing.",
                    icon=":material/hourglass:",
                )
            _findings(study, real, key="real")
        else:
            advise(
                "No votes of viewers yet.",
                "The voting is open: send out the links. The page *Voting* makes more of them, or:"
                if is_open
                else "Launch the study on the page *Voting* and send out the links, or:",
                f"qualab launch {study_id} --viewers {study.voting.viewers}",
            )
        if any(result.n_votes for result in made_up):
            _simulated(study, made_up)


def _findings(study: Study, found: Sequence[Result], *, key: str) -> None:
    for result in found:
        if result.src is None and result.pair:
            _headline(result)
    titles = {src.id: src.title for src in study.src}
    figure = preference_forest(found, hrcs=study.hrc_ids, titles=titles)
    st.plotly_chart(watermark(figure, "SIMULATED") if key == "simulated" else figure, key=f"forest-{key}")
    st.dataframe(_table(found, titles), hide_index=True, column_config=_COLUMNS, key=f"table-{key}")
    st.caption(
        " ".join(f"**{code}**: {plain(text)}." for code, text in ESTIMANDS.items())
        + " The share is of votes preferring the test HRC; n counts votes."
    )


def _headline(result: Result) -> None:
    baseline, test = result.pair or ("", "")
    with st.container(border=True):
        st.markdown(f"**{plain(test)}** against **{plain(baseline)}**, all clips")
        left, right = st.columns([1, 3], vertical_alignment="center")
        share = "–" if result.estimate is None else f"{100 * result.estimate:.0f}%"
        left.metric(f"of {result.n_votes} votes prefer {plain(test)}", share)
        right.markdown(plain(conclusion(result)))
        if result.note:
            right.caption(plain(result.note))


def _interval(result: Result) -> str:
    return f"{100 * result.ci[0]:.0f}–{100 * result.ci[1]:.0f}%" if result.ci else "–"


_COLUMNS = {
    "share": st.column_config.ProgressColumn("Prefer it", format="%.0f%%", min_value=0, max_value=100),
    "p": st.column_config.NumberColumn("p", format="%.3g"),
}


def _table(found: Sequence[Result], titles: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Clip": "All clips" if result.src is None else titles.get(result.src, result.src),
            "Baseline": result.pair[0],
            "Against": result.pair[1],
            "share": None if result.estimate is None else 100 * result.estimate,
            "Interval": _interval(result),
            "p": result.p_value,
            "Votes": result.n_votes,
            "Viewers": result.n_subjects,
            "Analysis": result.analysis,
            "Estimand": result.estimand,
            "Note": result.note,
        }
        for result in found
        if result.pair
    )


def _simulated(study: Study, found: Sequence[Result]) -> None:
    st.header("Simulated viewers", divider="gray")
    st.warning(
        "Synthetic answers, made to test the study. They say nothing about viewers and enter no result above.",
        icon=":material/smart_toy:",
    )
    _findings(study, found, key="simulated")
