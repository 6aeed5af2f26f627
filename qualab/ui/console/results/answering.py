"""How viewers answered: sides, order, ties, times, and whom screening leaves out."""

import pandas as pd
import streamlit as st

from qualab.charts.position import over_session, sides
from qualab.charts.response import response_times
from qualab.stats.analysis import Role
from qualab.stats.findings.wording import percent, pluralize, signed
from qualab.stats.result import Result
from qualab.stats.screening.rules import RULES
from qualab.ui.console.results.votes_side import Pair, Side, result_rows
from qualab.ui.markdown import escape_markdown


def answering(side: Side, pair: Pair) -> None:
    """Show what the answers tell about how they were given."""
    _sides(side, pair)
    _order(side, pair)
    _ties(side)
    _times(side)
    _screening(side, pair)


def _sides(side: Side, pair: Pair) -> None:
    results = side.findings.all(Role.ORDER_EFFECT)
    if not results:
        return
    st.subheader("Left and right", anchor=False)
    side.chart(sides(results), lambda: result_rows(results, side.titles), "sides")
    st.caption(
        "Sides are balanced, so a pull to one side blurs a preference and hardly moves it. An interval that holds 50% "
        "shows no pull."
    )
    of_pair = side.findings.one(Role.ORDER_EFFECT, pair=pair)
    pull, se = (of_pair.effects.get(name) for name in ("b0", "b0_se")) if of_pair else (None, None)
    if pull is not None and se is not None:
        sentence = f"With the side taken out, the log odds of preferring {pair[1]} are {signed(pull)} (SE {se:.2f})."
        st.caption(escape_markdown(sentence))


def _order(side: Side, pair: Pair) -> None:
    votes = side.votes_on(pair)
    if "position" not in votes or votes["position"].nunique() < 4:
        return
    st.subheader("As the session goes on", anchor=False)
    figure = over_session(votes, hrcs=side.hrcs)
    side.chart(figure, lambda: votes[["subject", "position", "choice"]], f"session {' '.join(pair)}")
    st.caption("Shares of each quarter of the trials. A drift would tell of tiring or of learning; it is not tested.")


def _ties(side: Side) -> None:
    rows = [row for row in side.findings.all(Role.HEADLINE, src=None, group=None) if row.counts.get("n_tie")]
    if not rows:
        return
    st.subheader("Ties", anchor=False)
    table = pd.DataFrame(
        {
            "Pair": f"{row.pair[1]} against {row.pair[0]}",
            "share": 100 * row.counts["n_tie"] / row.n_votes,
            "Ties": row.counts["n_tie"],
            "Votes": row.n_votes,
        }
        for row in rows
        if row.pair
    )
    columns = {"share": st.column_config.ProgressColumn("No preference", format="%.0f%%", min_value=0, max_value=100)}
    st.dataframe(table, hide_index=True, column_config=columns, key=side.key("ties"))


def _times(side: Side) -> None:
    st.subheader("Answer times", anchor=False)
    votes = side.votes
    side.chart(response_times(votes), lambda: votes[["subject", "src", "position", "response_ms"]], "answer times")
    st.caption(f"n = {len(votes):,} votes, from the end of the clips to the answer.")


def _screening(side: Side, pair: Pair) -> None:
    checks, result = side.findings.checks, side.findings.one(Role.SCREENING, pair=pair)
    if checks.empty and result is None:
        return
    st.subheader("Screening", anchor=False)
    if result is not None and result.estimate is not None:
        st.markdown(_with_and_without(pair, result))
    if not checks.empty:
        counts = checks.assign(failed=checks["passed"].eq(False), asked=checks["passed"].notna())
        table = counts.groupby("rule", sort=False)[["failed", "asked"]].sum().reset_index()
        viewers = int(counts.loc[counts["failed"], "subject"].nunique())
        st.caption(f"{viewers} of {checks['subject'].nunique()} viewers failed a check. Page *Screening* shows each.")
        named = {"rule": "Check", "failed": "Viewers who failed it", "asked": "Viewers it applies to"}
        table["rule"] = [RULES[rule].title for rule in table["rule"]]
        applied = table[table["asked"] > 0].rename(columns=named)
        st.dataframe(applied, hide_index=True, key=side.key("screening"))


def _with_and_without(pair: Pair, result: Result) -> str:
    """Return what the rules frozen at launch leave out, and what that changes."""
    n, before = int(result.effects.get("n_excluded") or 0), result.effects.get("estimate_all")
    if not n:
        return "Nobody is left out by the rules frozen at launch."
    excluded = f"{pluralize(n, 'viewer')} left out by the rules frozen at launch. Without them"
    with_all = "" if before is None else f" With everybody it is {percent(before)}."
    share = percent(result.estimate or 0.0)
    return f"{excluded} {share} of {pluralize(result.n_votes, 'vote')} prefer {escape_markdown(pair[1])}.{with_all}"
