"""The answer to a pair: x of n preferred it, what that says and does not, what to do next, the sentence to quote."""

import pandas as pd
import streamlit as st

from qualab.charts.preference import score_bars, share_bar
from qualab.stats import ANALYSES
from qualab.stats.analysis import Role
from qualab.stats.findings.advice import conclusions, next_step, quotable
from qualab.stats.findings.roles import OF_A_PAIR, title_of
from qualab.stats.findings.wording import level, p_text, percent_range, pluralize, signed, signed_range
from qualab.stats.result import Result
from qualab.study.terms import ESTIMANDS
from qualab.ui.console.results.votes_side import Pair, Side, result_rows
from qualab.ui.console.study_picker import advise
from qualab.ui.markdown import escape_markdown


def headline(side: Side, pair: Pair) -> None:
    """Show the answer, its sentence to quote, and other analyses of the same question."""
    these = side.findings.one(Role.HEADLINE, pair=pair)
    if these is None or not these.n_votes:
        advise(
            "No votes on this pair count yet.", "Those given broke a rule or were taken back: see the page *Voting*."
        )
        return
    with st.container(border=True):
        st.subheader(counted_heading(these), anchor=False)
        if not these.is_reachable:
            st.warning(
                f"Not enough votes: {these.n_subjects} viewers cannot show a preference, whatever they answer. "
                "The line below the bar is how far off the share may be.",
                icon=":material/group_add:",
            )
        side.chart(
            share_bar(these, hrcs=side.hrcs), lambda: result_rows([these], side.titles), f"preferred {' '.join(pair)}"
        )
        _score(side, pair, these)
        advice(side, pair)
    st.markdown("**The sentence to quote**")
    st.code(quotable(side.findings, pair), language=None, wrap_lines=True)
    _sensitivity(side, pair)


def counted_heading(result: Result) -> str:
    """Return x of n preferred it, as a heading."""
    baseline, test = result.pair or ("", "")
    ties = result.counts.get("n_tie", 0)
    tied = f", {ties} saw no difference" if ties else ""
    votes = pluralize(result.n_votes, "vote")
    return f"{result.counts['n_b']:,} of {votes} preferred {escape_markdown(test)} to {escape_markdown(baseline)}{tied}"


def advice(side: Side, pair: Pair) -> None:
    """Show what can be said, of what, and what to do next."""
    step = next_step(side.findings, pair)
    sentences = [f"- {escape_markdown(sentence)}" for sentence in conclusions(side.findings, pair)]
    st.markdown("\n".join([*sentences, f"- **Next: {escape_markdown(step.step)}.** {escape_markdown(step.why)}"]))


def _score(side: Side, pair: Pair, these: Result) -> None:
    """Show scores of -3 to 3 where viewers gave them."""
    mean = these.effects.get("mean_score")
    if mean is None:
        return
    low, high = these.effects.get("mean_score_lo"), these.effects.get("mean_score_hi")
    ends = "" if low is None or high is None else f", {level(these.alpha)} interval {signed_range((low, high))}"
    text = f"Mean score {signed(mean)}{ends}, of {pluralize(these.n_votes, 'vote')}."
    st.markdown(f"{escape_markdown(text)} The scale goes from \u22123 (much worse) to +3 (much better).")
    votes = side.votes_on(pair)
    side.chart(
        score_bars(votes, hrcs=side.hrcs), lambda: votes[["subject", "src", "score"]], f"scores {' '.join(pair)}"
    )


def _sensitivity(side: Side, pair: Pair) -> None:
    results = side.findings.all(*OF_A_PAIR, pair=pair, src=None, group=None)
    # Where nobody is left out, screening says the same as the claim.
    results += [row for row in side.findings.all(Role.SCREENING, pair=pair) if row.effects.get("n_excluded")]
    if len(results) < 2:
        return
    with st.expander("Does it depend on the analysis?", icon=":material/balance:"):
        st.markdown("The claim is the first row. The others ask the same votes in other ways; none of them is a claim.")
        table = pd.DataFrame(
            {
                "Analysis": title_of(row),
                "Of": row.estimand,
                "Share": None if row.estimate is None else 100 * row.estimate,
                "Interval": percent_range(row.ci),
                "p": p_text(row.p_value),
                "What it is": ANALYSES[row.analysis].meaning,
                "Note": row.note,
            }
            for row in results
        )
        columns = {
            "Share": st.column_config.NumberColumn(format="%.0f%%", width="small"),
            "p": st.column_config.TextColumn(width="small"),
        }
        st.dataframe(table, hide_index=True, placeholder="–", column_config=columns, key=side.key("sensitivity"))
        st.caption(" ".join(f"**{code}**: {escape_markdown(text)}." for code, text in ESTIMANDS.items()))
        with_assumptions = [f"- **{title_of(row)}**: {escape_markdown(row.assumptions)}" for row in results]
        st.markdown("\n".join(with_assumptions))
