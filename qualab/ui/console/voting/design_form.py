"""How viewers are asked: the [voting] of study.toml as a form."""

from collections.abc import Iterator

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from qualab.study.config import Study
from qualab.study.presentations import PRESENTATIONS
from qualab.study.protocol import LANGUAGES, QUESTIONS, Checks, Rules, Voting
from qualab.study.workspace import Workspace
from qualab.ui.console.voting.frozen_design import CHECK_NAMES, COMPARE_NAMES, LANGUAGE_NAMES, QUESTION_NAMES, in_short
from qualab.ui.console.voting.rules import screening_fields, stopping_fields
from qualab.ui.markdown import show_errors
from qualab.voting.design import METHODS

_PACKING = {
    "auto": "One packed video; two where it would be too tall",
    "packed": "One packed video, always",
    "two": "Two videos, always",
}
# What is made by a build: a change of one of these asks for another.
_BUILT = ("enabled", "compare", "packing", "match_brightness", "checks")


def show_design_form(ws: Workspace, study: Study) -> None:
    """Show the settings of the vote, and a form that changes them; it writes study.toml."""
    voting = study.voting
    in_short(voting)
    with st.expander("Change how viewers are asked", icon=":material/tune:", expanded=not voting.enabled):
        if message := st.session_state.pop(_MESSAGE, None):
            st.success(message, icon=":material/check:")
        with st.form(f"design_form-{study.id}", border=False):
            parts = st.tabs(["Question", "Pairs", "Checks", "Left out", "Playback", "Early end", "People"])
            values: dict[str, object] = {}
            for tab, part in zip(
                parts, (_question, _pairs, _checks, _left_out, _playback, _early_end, _people), strict=True
            ):
                with tab:
                    values |= part(voting)
            if st.form_submit_button("Save to study.toml", icon=":material/save:"):
                with show_errors():
                    _save(ws, study.id, values)


_MESSAGE = "voting-saved"


def _save(ws: Workspace, study_id: str, values: dict[str, object]) -> None:
    folder = ws.folder(study_id)
    voting = Voting.checked(f"{study_id}/study.toml: voting", **values)
    with folder.lock("edit"):
        study = folder.load()
        folder.save(study.model_copy(update={"voting": voting}))
    rebuilt = any(getattr(voting, name) != getattr(study.voting, name) for name in _BUILT)
    st.session_state[_MESSAGE] = (
        f"Saved. Other pairs are needed now: build the study again (page *Studies*, or `qualab build {study_id}`)."
        if rebuilt
        else "Saved."
    )
    st.rerun()


def _places() -> Iterator[DeltaGenerator]:
    """Yield places two by two beside each other; on narrow screens they follow in this order."""
    while True:
        yield from st.columns(2, vertical_alignment="bottom")


def _question(voting: Voting) -> dict[str, object]:
    enabled = st.toggle("Viewers are asked", voting.enabled)
    question = st.text_input("Question", voting.question, max_chars=200)
    places = _places()
    method = next(places).selectbox(
        "Method", list(METHODS), list(METHODS).index(voting.method), format_func=lambda name: METHODS[name].title
    )
    presentation = next(places).selectbox(
        "Presentation",
        list(PRESENTATIONS),
        list(PRESENTATIONS).index(voting.presentation),
        format_func=lambda name: PRESENTATIONS[name].title,
        help="Side by side falls back to one at a time on windows too narrow for both pictures at full size.",
    )
    language = next(places).selectbox(
        "Language of the player",
        LANGUAGES,
        LANGUAGES.index(voting.language),
        format_func=lambda name: LANGUAGE_NAMES.get(name, name),
    )
    reasons = st.text_area(
        "Reasons a viewer may tick, one a line",
        "\n".join(voting.reasons),
        placeholder="sharper\nfewer artefacts\nmore natural",
        help="At most 12, of at most 40 characters. Empty: none are asked for.",
    )
    return {
        "enabled": enabled,
        "question": question.strip(),
        "method": method,
        "presentation": presentation,
        "language": language,
        "reasons": tuple(line.strip() for line in reasons.splitlines() if line.strip()),
        "comments": st.toggle("Viewers may write a comment", voting.comments),
    }


def _pairs(voting: Voting) -> dict[str, object]:
    compare = st.selectbox(
        "Pairs of each clip",
        list(COMPARE_NAMES),
        list(COMPARE_NAMES).index(voting.compare),
        format_func=lambda name: COMPARE_NAMES[str(name)],
    )
    places = _places()
    return {
        "compare": compare,
        "max_trials": next(places).number_input(
            "Most comparisons a viewer", 0, 1000, voting.max_trials, help="0: all of them. Checks come on top."
        ),
        "break_every": next(places).number_input(
            "A rest after every … comparisons", 0, 1000, voting.break_every, help="0: never."
        ),
        "viewers": next(places).number_input("Viewers planned", 1, 1000, voting.viewers),
        "votes_per_pair": next(places).number_input(
            "Votes planned for each pair", 0, 100_000, voting.votes_per_pair, help="The quota. 0: none is set."
        ),
        "planned_share": _share(next(places), voting.planned_share),
        "packing": next(places).selectbox(
            "Files of a pair",
            list(_PACKING),
            list(_PACKING).index(voting.packing),
            format_func=lambda name: _PACKING[str(name)],
        ),
    }


def _share(place: DeltaGenerator, share: float) -> float:
    label, meaning = "Share the study should be able to find, %", "Power is told for it."
    return float(place.number_input(label, 1.0, 99.0, round(100 * share, 1), 1.0, format="%g", help=meaning)) / 100


def _checks(voting: Voting) -> dict[str, object]:
    st.caption("How many of each a viewer answers beside the pairs of the study. They never count as votes on it.")
    numbers = {}
    with st.container(horizontal=True):
        for name, (title, meaning) in CHECK_NAMES.items():
            numbers[name] = st.number_input(title, 0, 20, getattr(voting.checks, name), help=meaning, width=150)
    return {"checks": Checks(**numbers)}


def _left_out(voting: Voting) -> dict[str, object]:
    st.caption("Viewers the results are told without, and with. Frozen at launch. Nobody is left out for a preference.")
    return {"screening": screening_fields(voting.screening, _places())}


def _early_end(voting: Voting) -> dict[str, object]:
    st.caption("Frozen at launch, and followed on this page while viewers vote.")
    return {"stopping": stopping_fields(voting.stopping, _places())}


def _playback(voting: Voting) -> dict[str, object]:
    rules = voting.rules
    st.caption("A comparison that breaks a rule does not count and is shown again.")
    places = _places()
    chosen = {
        "min_width": next(places).number_input(
            "Least width of the window, CSS pixels", 0, 20_000, rules.min_width, help="0: any."
        ),
        "min_height": next(places).number_input(
            "Least height of the window, CSS pixels", 0, 20_000, rules.min_height, help="0: any."
        ),
        "max_dropped_percent": next(places).number_input(
            "Most dropped frames, %", 0.0, 100.0, float(rules.max_dropped_percent), 0.5, format="%.1f"
        ),
        "max_focus_losses": next(places).number_input(
            "How often the window may lose focus", 0, 1000, rules.max_focus_losses
        ),
        "most_repeats": next(places).number_input(
            "Shown again at most … times",
            0,
            10,
            rules.most_repeats,
            help="After that the answer is kept and marked invalid, so that nobody is held for ever.",
        ),
        "allow_rescaling": st.toggle(
            "Take votes on rescaled pictures", rules.allow_rescaling, help="Browser zoom changed while it played."
        ),
    }
    bright = st.toggle(
        "Refuse pairs that differ in mean brightness",
        voting.match_brightness,
        help="A build refuses a pair whose halves differ by one code value or more: it would give the sides away.",
    )
    return {"rules": Rules.model_validate(chosen), "match_brightness": bright}


def _people(voting: Voting) -> dict[str, object]:
    return {
        "consent": st.text_area(
            "Consent text",
            voting.consent,
            max_chars=10_000,
            height=140,
            help="Shown before the first comparison, to be agreed to. Empty: none is asked for.",
        ),
        "questionnaire": tuple(
            st.multiselect(
                "Questions about the viewer",
                QUESTIONS,
                list(voting.questionnaire),
                format_func=lambda name: QUESTION_NAMES.get(name, name),
                placeholder="None",
            )
        ),
        "completion_code": st.text_input(
            "Completion code",
            voting.completion_code,
            max_chars=100,
            help="Shown at the end, to be entered on a crowd platform that pays.",
        ).strip(),
    }
