"""While viewers may still vote: numbers that hold at any moment, and no others."""

import streamlit as st

from qualab.charts.preference import share_bar
from qualab.charts.sequential import interval_narrowing
from qualab.stats.analysis import Role
from qualab.stats.findings import wording
from qualab.stats.findings.advice import conclusions, next_step
from qualab.stats.pairwise.sequential import path
from qualab.ui.console.results.votes_side import Pair, Side, result_rows
from qualab.ui.console.study_picker import advise
from qualab.ui.markdown import escape_markdown


def watched(side: Side, pair: Pair) -> None:
    """Show the e-value and the confidence sequence of a pair; the rest waits until the voting is closed."""
    result = side.findings.one(Role.WATCHING, pair=pair)
    sentences = conclusions(side.findings, pair)
    st.info(escape_markdown(sentences[0]), icon=":material/hourglass:")
    if result is None or not result.n_votes or result.estimate is None:
        advise("No viewer is done yet.", "A viewer counts once all of their comparisons are answered.")
        return
    with st.container(border=True):
        st.subheader(f"{escape_markdown(pair[1])} against {escape_markdown(pair[0])}, so far", anchor=False)
        figure = share_bar(result, hrcs=side.hrcs)
        side.chart(figure, lambda: result_rows([result], side.titles), f"so far {' '.join(pair)}")
        step = next_step(side.findings, pair)
        lines = [f"- {escape_markdown(sentence)}" for sentence in sentences[1:]]
        st.markdown("\n".join([*lines, f"- **Next: {escape_markdown(step.step)}.** {escape_markdown(step.why)}"]))
    steps = path(side.votes_on(pair), alpha=result.alpha)
    if len(steps):
        level = wording.level(result.alpha)
        side.chart(interval_narrowing(steps, pair, level=level), steps, f"interval over viewers {' '.join(pair)}")
    st.caption(
        "Clips one by one, scales, metrics, sides and answer times are shown once the voting is closed "
        "(page *Voting*): the final analysis is made once."
    )
