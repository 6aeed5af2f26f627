"""Results: what viewers preferred, how sure that is, what cannot be said, and what to do next."""

from collections.abc import Callable

import streamlit as st

from qualab import lab
from qualab.study.config import Study
from qualab.study.workspace import Workspace
from qualab.ui.console.figures import picture_choice
from qualab.ui.console.results.agreement import agreement
from qualab.ui.console.results.answering import answering
from qualab.ui.console.results.clips import clips
from qualab.ui.console.results.headline import headline
from qualab.ui.console.results.interim import watched
from qualab.ui.console.results.scale import scale
from qualab.ui.console.results.votes_side import Pair, Side, sides_of
from qualab.ui.console.study_picker import advise, study_or_advice
from qualab.ui.markdown import escape_markdown, show_errors

_SCALE = "All HRCs"
_SECTIONS: dict[str, Callable[[Side, Pair], None]] = {
    "Clips and groups": clips,
    _SCALE: scale,
    "Votes and metrics": agreement,
    "How viewers answered": answering,
}


def results() -> None:
    """Show what the votes of the chosen study say."""
    ws = Workspace.at()
    study_id = study_or_advice(ws, "Results")
    if study_id is None:
        return
    with show_errors():
        study, sides = ws.folder(study_id).load(), sides_of(ws, study_id)
        voted = [side for side in sides if side.pairs]
        pair = _chosen_pair(list(dict.fromkeys(pair for side in voted for pair in side.pairs)))
        if not any(not side.is_simulated for side in voted):
            _no_votes(study, is_open=lab.progress(ws, study_id)["state"] == "open")
        if voted:
            picture_choice()
        for side in voted:
            _side(side, pair)


def _chosen_pair(pairs: list[Pair]) -> Pair:
    """Show the choice where there are several pairs, and return the chosen one."""
    if len(pairs) < 2:
        return pairs[0] if pairs else ("", "")
    names = {f"{test} against {baseline}": (baseline, test) for baseline, test in pairs}
    return names[str(st.selectbox("Pair", list(names), key="pair", bind="query-params"))]


def _no_votes(study: Study, *, is_open: bool) -> None:
    advise(
        "No votes of viewers yet.",
        "The voting is open: send out the links. The page *Voting* makes more of them, or:"
        if is_open
        else "Launch the study on the page *Voting* and send out the links, or:",
        f"qualab launch {study.id} --viewers {study.voting.viewers}",
    )


def _side(side: Side, pair: Pair) -> None:
    if side.is_simulated:
        st.header("Simulated viewers", divider="gray")
        st.warning(
            "Synthetic answers, made to test the study. They say nothing about viewers and enter no result above.",
            icon=":material/smart_toy:",
        )
    if pair not in side.pairs:
        st.caption(f"No votes on {escape_markdown(pair[1])} against {escape_markdown(pair[0])} here.")
        return
    if side.findings.is_watched:
        watched(side, pair)
        return
    headline(side, pair)
    compared = {hrc for two in side.pairs for hrc in two}
    names = [name for name in _SECTIONS if name != _SCALE or len(compared) > 2]
    for tab, name in zip(st.tabs(names, key=side.key("part"), bind="query-params"), names, strict=True):
        if tab.open:
            with tab:
                _SECTIONS[name](side, pair)
