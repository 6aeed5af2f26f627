"""What the votes show so far, in numbers that hold however often they are looked at."""

import pandas as pd
import streamlit as st

from qualab import lab
from qualab.charts.sequential import evidence_growth, interval_narrowing
from qualab.stats.findings.monitoring import Watched
from qualab.stats.findings.wording import level, p_text, percent, percent_range
from qualab.stats.pairwise.sequential import advice, e_value_text, may_stop, verdict
from qualab.stats.result import Result
from qualab.study.workspace import Workspace
from qualab.ui.console.figures import Columns, key_of, shown
from qualab.ui.markdown import escape_markdown, show_errors

# Votes are read anew each time, so less often than the counts.
_EVERY_S = 30.0
_COLUMNS: Columns = {
    "verdict": st.column_config.TextColumn("Verdict", width="medium"),
    "pair": st.column_config.TextColumn("Pair", width="medium"),
    "e": st.column_config.TextColumn("E so far", help="The largest so far. 1 / E bounds the always-valid p."),
    "p": st.column_config.TextColumn("Always-valid p", help="min(1, 1 / largest E). Holds however often you look."),
    "share": st.column_config.TextColumn("Prefer the second", help="Mean of the viewers' own shares; a tie is half."),
    "interval": st.column_config.TextColumn("Interval", help="Confidence sequence: right at every moment at once."),
    "viewers": st.column_config.NumberColumn("Viewers", help="Who has answered everything."),
}


@st.fragment(run_every=_EVERY_S)
def evidence(ws: Workspace, study_id: str) -> None:
    """Show what the frozen stopping rule advises and the evidence on each pair, for an open voting."""
    with show_errors():
        watched = lab.watch(ws, study_id)
        if watched is None:
            return
        st.subheader("Evidence so far")
        _advice(watched)
        table = pd.DataFrame([_row(result, watched) for result in watched.results])
        st.dataframe(table[list(_COLUMNS)], hide_index=True, column_config=_COLUMNS, key="evidence")
        st.caption(_meaning(watched))
        if any(result.n_subjects for result in watched.results):
            _growth(watched, study_id)


def _advice(watched: Watched) -> None:
    sentence = escape_markdown(advice(watched.results, watched.stopping))
    if not watched.stopping.enabled:
        st.info(sentence, icon=":material/visibility:")
    elif watched.results and all(may_stop(result, watched.stopping) for result in watched.results):
        st.success(sentence, icon=":material/flag:")
    else:
        st.info(sentence, icon=":material/hourglass:")


def _row(result: Result, watched: Watched) -> dict[str, object]:
    first, second = result.pair or ("", "")
    most = result.effects.get("log10_most_e_value")
    return {
        "verdict": verdict(result, watched.stopping),
        "pair": f"{second} against {first}",
        "e": "–" if most is None else e_value_text(most),
        "p": p_text(result.p_value),
        "share": percent(result.estimate),
        "interval": percent_range(result.ci),
        "viewers": result.n_subjects,
    }


def _meaning(watched: Watched) -> str:
    bound, confidence = f"{1 / watched.stopping.alpha:g}", level(watched.stopping.alpha)
    out = watched.n_left_out
    who = f" {out} left out by the screening rules." if out else ""
    return (
        f"A viewer counts once everything is answered.{who} These numbers hold however often you look: without a "
        f"preference E reaches {bound} in at most {100 * watched.stopping.alpha:g}% of studies, and the {confidence} "
        "interval misses no more often. They speak of these clips. Ordinary p-values come after the close."
    )


def _growth(watched: Watched, study_id: str) -> None:
    with st.expander("How the evidence grew", icon=":material/show_chart:"):
        steps = pd.concat([path.assign(hrc_a=a, hrc_b=b) for (a, b), path in watched.paths.items()])
        shown(evidence_growth(watched.paths, alpha=watched.stopping.alpha), steps, f"{study_id} evidence")
        pairs = [pair for pair, path in watched.paths.items() if len(path)]
        pair = pairs[0]
        if len(pairs) > 1:
            pair = st.selectbox("Pair", pairs, format_func=lambda pair: f"{pair[1]} against {pair[0]}", key="grew-pair")
        figure = interval_narrowing(watched.paths[pair], pair, level=level(watched.stopping.alpha))
        st.plotly_chart(figure, key=key_of(f"{study_id} interval"), config={"displayModeBar": False})
