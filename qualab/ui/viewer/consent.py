"""Consent, questions about the viewer, and withdrawal, on the viewer's pages."""

import hashlib
from collections.abc import Mapping

import streamlit as st

from qualab.errors import QualabError
from qualab.ui.markdown import escape_markdown
from qualab.ui.viewer.strings import strings
from qualab.voting.design.frozen import Design
from qualab.voting.store.votes import VoteStore

# What may be answered to each question; stored as these words in every language.
ANSWERS: Mapping[str, tuple[str, ...]] = {
    "age": ("under-18", "18-29", "30-44", "45-59", "60-plus"),
    "vision": ("normal", "corrected", "reduced", "colour"),
    "screen": ("desktop", "laptop", "tablet", "phone", "tv"),
    "distance": ("near", "arm", "far", "room"),
}
UNSAID = "unsaid"


def ask_consent(store: VoteStore, secret: str, design: Design) -> None:
    """Ask for the consent and the answers that a design wants, and store them; the text is stored as its SHA-256."""
    say, text = strings(design.language), design.consent
    with st.form("consent", border=True):
        agreed = True
        if text:
            st.subheader(say["page.consent"])
            st.text(text)
            agreed = st.checkbox(say["page.agree"])
        answers = _questions(design.questionnaire, say)
        sent = st.form_submit_button(
            say["page.begin" if text else "page.continue"], type="primary", icon=":material/play_arrow:"
        )
    if not sent:
        return
    if not agreed:
        st.warning(say["page.agree-first"])
    elif None in answers.values():
        st.warning(say["page.answer-first"])
    else:
        try:
            store.give_consent(secret, hashlib.sha256(text.encode()).hexdigest(), answers)
        except QualabError:
            st.warning(say["page.reload"])


def _questions(names: tuple[str, ...], say: Mapping[str, str]) -> dict[str, str | None]:
    if names:
        st.subheader(say["page.about-you"])
    return {name: _question(name, say) for name in names}


def _question(name: str, say: Mapping[str, str]) -> str | None:
    def shown(answer: str) -> str:
        return say["page.optional"] if answer == UNSAID else say[f"{name}.{answer}"]

    options = (*ANSWERS[name], UNSAID)
    chosen: str | None = st.radio(say[f"question.{name}"], options, index=None, horizontal=True, format_func=shown)
    return chosen


def offer_withdrawal(store: VoteStore, secret: str, language: str) -> None:
    """Offer to withdraw: asked twice, with a reason that need not be given."""
    say = strings(language)
    with st.expander(say["page.withdraw"]):
        st.markdown(say["page.withdraw-means"])
        reason = st.text_input(say["page.withdraw-reason"], max_chars=200)
        sure = st.checkbox(say["page.withdraw-sure"])
        if st.button(say["page.withdraw-do"], disabled=not sure):
            try:
                store.withdraw(secret, reason)
            except QualabError:
                st.warning(escape_markdown(say["page.reload"]))
                return
            st.rerun()
