"""While viewers may still vote: numbers that hold at any moment, and no others."""

import streamlit as st

from qualab.charts.preference import share_bar
from qualab.charts.sequential import interval_narrowing
from qualab.stats.analysis import Role
from qualab.stats.findings import wording
from qualab.stats.findings.advice import next_step, what_can_be_said
from qualab.stats.pairwise.sequential import path
from qualab.ui.console.results.votes_side import Pair, Side, told_table
from qualab.ui.console.study_picker import advise
from qualab.ui.markdown import escape_markdown


def watched(side: Side, pair: Pair) -> None:
    """Show the e-value and the confidence sequence of a pair; the rest waits until the voting is closed."""
    found = side.findings.one(Role.WATCHING, pair=pair)
    said = what_can_be_said(side.findings, pair)
    st.info(escape_markdown(said[0]), icon=":material/hourglass:")
    if found is None or not found.n_votes or found.estimate is None:
        advise("No viewer is done yet.", "A viewer counts once all of their comparisons are answered.")
        return
    with st.container(border=True):
        st.subheader(f"{escape_markdown(pair[1])} against {escape_markdown(pair[0])}, so far", anchor=False)
        figure = share_bar(found, hrcs=side.hrcs)
        side.chart(figure, lambda: told_table([found], side.titles), f"so far {' '.join(pair)}")
        step = next_step(side.findings, pair)
        lines = [f"- {escape_markdown(sentence)}" for sentence in said[1:]]
        st.markdown("\n".join([*lines, f"- **Next: {escape_markdown(step.step)}.** {escape_markdown(step.why)}"]))
    steps = path(side.votes_on(pair), alpha=found.alpha)
    if len(steps):
        level = wording.level(found.alpha)
        side.chart(interval_narrowing(steps, pair, level=level), steps, f"interval over viewers {' '.join(pair)}")
    st.caption(
        "Clips one by one, scales, metrics, sides and answer times are shown once the voting is closed "
        "(page *Voting*): the final analysis is made once."
    )
