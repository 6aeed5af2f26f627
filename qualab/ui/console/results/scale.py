"""All HRCs on one scale, and who was preferred to whom."""

import pandas as pd
import streamlit as st

from qualab.charts.matrix import win_matrix
from qualab.charts.scaling import scale_chart
from qualab.stats.analysis import Role
from qualab.stats.findings.roles import title_of
from qualab.stats.findings.wording import p_phrase, p_text, signed_range
from qualab.stats.result import Result
from qualab.ui.console.results.votes_side import Pair, Side
from qualab.ui.console.study_picker import advise
from qualab.ui.markdown import escape_markdown

_UNITS = {"JOD": "jod", "log odds": "logit"}


def scale(side: Side, _pair: Pair) -> None:
    """Show the scale with intervals, the differences between HRCs, and the matrix of votes."""
    results = {title_of(row): row for row in side.findings.all(Role.SCALE, pair=None, src=None, group=None)}
    scaled = {title: row for title, row in results.items() if row.scale}
    if scaled:
        _scaled(side, scaled)
    elif results:
        note = next(iter(results.values())).note
        advise("No scale can be made of these votes.", escape_markdown(note))
    _matrix(side)


def _scaled(side: Side, scaled: dict[str, Result]) -> None:
    st.subheader("One scale of preference", anchor=False)
    title = next(iter(scaled))
    with st.container(horizontal=True, gap="medium"):
        if len(scaled) > 1:
            title = st.segmented_control("Fit", list(scaled), default=title, required=True, key=side.key("fit"))
        unit = st.segmented_control("Unit", list(_UNITS), default="JOD", required=True, key=side.key("unit"))
    result = scaled[title]
    figure = scale_chart(result, unit="jod" if _UNITS[unit] == "jod" else "logit", hrcs=side.hrcs)
    side.chart(figure, lambda: _numbers(result), f"scale {title}")
    st.caption(
        "Intervals are of each HRC against the mean of all. Two that overlap may still differ: the table tells. "
        f"{escape_markdown(result.note)}"
    )
    if result.differences:
        table = _differences(result)
        columns = {
            "JOD": st.column_config.NumberColumn(format="%+.2f", width="small"),
        }
        st.dataframe(table, hide_index=True, column_config=columns, key=side.key("differences"))
    _fit(result)


def _numbers(result: Result) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "hrc": scaled.hrc,
            "log_odds": scaled.estimate,
            "se": scaled.se,
            "low": scaled.ci[0],
            "high": scaled.ci[1],
            "jod": scaled.jod,
            "jod_low": scaled.jod_ci[0],
            "jod_high": scaled.jod_ci[1],
            "never_won_or_lost": scaled.is_penalised,
        }
        for scaled in result.scale
    )


def _differences(result: Result) -> pd.DataFrame:
    """Return a row a pair, the better HRC first, the clearest difference on top."""
    rows = []
    for difference in sorted(result.differences, key=lambda difference: -abs(difference.jod)):
        ends, better, worse = difference.jod_ci, difference.pair[1], difference.pair[0]
        if difference.jod < 0:
            ends, better, worse = (-ends[1], -ends[0]), worse, better
        interval = signed_range(ends)
        rows.append((better, worse, abs(difference.jod), interval, p_text(difference.p_adjusted)))
    return pd.DataFrame(rows, columns=["HRC", "better than", "JOD", "Interval", "adjusted p"])


def _fit(result: Result) -> None:
    """Say how well one scale describes the votes."""
    deviance, df, p_value = (result.effects.get(name) for name in ("deviance", "deviance_df", "deviance_p"))
    sentences = []
    if deviance is not None and df:
        p_text = "" if p_value is None else f", {p_phrase(p_value)}"
        sentences.append(f"Goodness of fit: deviance {deviance:.1f} on {df:.0f} degrees of freedom{p_text}.")
    if result.effects.get("circular_triads") is not None:
        n = result.effects.get("n_tournaments")
        of = "" if n is None else f" in {n:,.0f} complete rounds of one viewer on one clip"
        sentences.append(
            f"Circular triads (x over y, y over z, z over x): {result.effects['circular_triads']:.0f}{of}."
        )
    if sentences:
        st.caption(escape_markdown(" ".join(sentences)))


def _matrix(side: Side) -> None:
    st.subheader("Who was preferred to whom", anchor=False)
    votes = side.votes
    figure = win_matrix(votes, hrcs=side.hrcs)
    side.chart(figure, lambda: votes.groupby(["hrc_a", "hrc_b", "choice"]).size().rename("votes").reset_index(), "wins")
    st.caption(
        "Votes for the row's HRC against the column's. Votes of one viewer are not independent: counts, no test."
    )
