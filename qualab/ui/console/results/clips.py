"""Clip by clip and group by group: where the preference is, each p adjusted for testing several."""

import streamlit as st

from qualab.charts.preference import preference_forest
from qualab.stats.analysis import Role
from qualab.stats.findings.wording import p_text
from qualab.stats.result import Result
from qualab.ui.console.figures import Columns
from qualab.ui.console.results.votes_side import Pair, Side, result_rows

_BY_SHARE, _BY_STUDY = "by share", "as in the study"


def clips(side: Side, pair: Pair) -> None:
    """Show a forest plot and a table of the clips, and a forest plot of each kind of group."""
    overall = side.findings.all(Role.HEADLINE, Role.GENERAL, pair=pair, src=None, group=None)
    overall = [row for row in overall if row.estimate is not None]
    single = _clips_of(side, pair)
    if len(single) > 1:
        order = st.segmented_control(
            "Clips in order", [_BY_SHARE, _BY_STUDY], default=_BY_SHARE, required=True, key=side.key("order")
        )
        single = _ordered(side, single, by_share=order == _BY_SHARE)
    rows = [*overall, *single]
    figure = preference_forest(rows, hrcs=side.hrcs, titles=side.titles)
    side.chart(figure, lambda: result_rows(rows, side.titles), f"preference by clip {' '.join(pair)}")
    st.caption(
        "An interval that holds 50%, the dotted line, does not tell the two apart. "
        + (f"The *p* of {len(single)} clips are adjusted for testing several (Holm). " if len(single) > 1 else "")
        + "Single clips leave ties out; over all clips a tie counts half."
    )
    if single:
        _table(side, single)
    _groups(side, pair)


def _clips_of(side: Side, pair: Pair) -> list[Result]:
    rows = side.findings.all(Role.PER_CLIP, Role.HEADLINE, pair=pair, group=None)
    return [row for row in rows if row.src]


def _ordered(side: Side, rows: list[Result], *, by_share: bool) -> list[Result]:
    if by_share:
        return sorted(rows, key=lambda row: -1.0 if row.estimate is None else row.estimate, reverse=True)
    places: dict[str | None, int] = {src.id: place for place, src in enumerate(side.study.src)}
    return sorted(rows, key=lambda row: places.get(row.src, len(places)))


def _table(side: Side, rows: list[Result]) -> None:
    table = result_rows(rows, side.titles)
    table["p_adjusted"] = table["p_adjusted"].where(table["p_adjusted"].notna(), table["p"]).map(p_text)
    columns: Columns = {
        "clip": "Clip",
        "share_percent": st.column_config.ProgressColumn("Prefer it", format="%.0f%%", min_value=0, max_value=100),
        "low_percent": st.column_config.NumberColumn("from", format="%.0f%%", width="small"),
        "high_percent": st.column_config.NumberColumn("to", format="%.0f%%", width="small"),
        "p_adjusted": st.column_config.TextColumn("adjusted p" if len(rows) > 1 else "p", width="small"),
        "votes": st.column_config.NumberColumn("Votes", width="small"),
        "ties": st.column_config.NumberColumn("Ties", width="small"),
        "note": "Note",
    }
    if not table["ties"].any():
        del columns["ties"]
    # That p is adjusted stands in its column's name.
    if table["note"].str.fullmatch(r"(one of \d+ clips, .*)?").all():
        del columns["note"]
    with st.expander("The same as a table", icon=":material/table_rows:"):
        st.dataframe(
            table[list(columns)], hide_index=True, placeholder="–", column_config=columns, key=side.key("clips")
        )


def _groups(side: Side, pair: Pair) -> None:
    """Show the parts of the votes: tags of clips, what viewers told of themselves."""
    results = [row for row in side.findings.all(Role.HEADLINE, pair=pair, src=None) if row.group]
    for kind in dict.fromkeys(str(row.group).partition(": ")[0] for row in results):
        rows = [row for row in results if str(row.group).partition(": ")[0] == kind]
        st.subheader(f"By {kind}", anchor=False)
        figure = preference_forest(rows, hrcs=side.hrcs)
        side.chart(figure, lambda rows=rows: result_rows(rows, side.titles), f"preference by {kind} {' '.join(pair)}")
