"""The one clip, and the two HRCs of it, that a section is about: kept in the address, shared by the sections."""

import streamlit as st

from qualab.ui.console.dashboard.view import Board
from qualab.ui.markdown import escape_markdown


def chosen_clip(board: Board, *, scored: bool = False) -> str | None:
    """Show the choice of a clip that has PVSs (and scores, where `scored`) and return it; None where none has."""
    there = [src for src in board.srcs if board.hrcs_of(src)]
    if scored:
        known = set(board.table["src"].unique())
        there = [src for src in there if src in known]
    if not there:
        return None
    titles = board.titles
    clip = str(st.selectbox("Clip", there, key="clip", bind="query-params"))
    if titles[clip] != clip:
        st.caption(escape_markdown(titles[clip]))
    return clip


def chosen_clip_and_hrc(board: Board, *, scored: bool = False) -> tuple[str | None, str | None]:
    """Show the choice of a clip and of the HRC that is held against its baseline; None where there is none."""
    left, right = st.columns(2)
    with left:
        clip = chosen_clip(board, scored=scored)
    if clip is None:
        return None, None
    with right:
        return clip, _chosen_hrc(board, clip)


def _chosen_hrc(board: Board, clip: str) -> str | None:
    there = board.hrcs_of(clip)
    bases = board.study.baselines()
    ordered = [hrc for hrc in there if hrc in bases] or there
    if not ordered:
        return None
    test, _ = board.most_telling_hrc(clip)
    place = ordered.index(test) if test in ordered else 0
    return str(st.selectbox("HRC", ordered, index=place, key="hrc", bind="query-params"))


def chosen_pair(board: Board, clip: str) -> tuple[str, str | None]:
    """Show the choice of A and B and return them: by default those of the greatest gain, the baseline as A."""
    there = board.hrcs_of(clip)
    test, base = board.most_telling_hrc(clip)
    base = base or there[0]
    left, right = st.columns(2)
    a = left.selectbox("A", there, index=there.index(base), key="a", bind="query-params")
    if len(there) < 2:
        return str(a), None
    b = right.selectbox("B", there, index=there.index(test), key="b", bind="query-params")
    return str(a), str(b) if b != a else None
