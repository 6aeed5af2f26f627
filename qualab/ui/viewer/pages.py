"""The viewer's pages: welcome, the comparisons, thanks, and what to read when there is nothing to answer."""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from qualab.errors import QualabError
from qualab.lab.previews import is_preview, store_of
from qualab.study.presentations import PLAYBACK_KEYS, PRESENTATIONS
from qualab.ui.access import viewer_secret
from qualab.ui.markdown import escape_markdown
from qualab.ui.player import SHELL, SURROUND, player
from qualab.ui.viewer.consent import ask_consent, offer_withdrawal
from qualab.ui.viewer.strings import strings
from qualab.voting.design import METHODS
from qualab.voting.design.frozen import Design, parse_design
from qualab.voting.design.trial_lists import minutes
from qualab.voting.store.votes import Viewer


def entry() -> None:
    """Show the page that fits the viewer's state: welcome, thanks, closed, withdrawn, or how to get in."""
    st.html(SHELL)
    viewer, trouble = _viewer()
    if trouble:
        say = strings("en")
        _message(say["page.not-ready"], say["page.reload"])
    elif viewer is None:
        how_to_get_in()
    else:
        _state(viewer)


def compare() -> None:
    """Show the player; it asks for trials and sends votes by itself."""
    viewer, trouble = _viewer()
    if trouble or viewer is None or not _may_answer(viewer) or _must_consent(viewer):
        entry()
        return
    language = parse_design(viewer.launch.design).language
    st.html(SHELL)
    st.html(SURROUND)
    data = {"strings": dict(strings(language)), "language": language}
    shown = player(key="player", data=data, on_finished_change=lambda: None)
    if shown.finished:
        st.rerun()


def compare_page() -> StreamlitPage:
    """Return the page of the comparisons."""
    return st.Page(compare, title="Compare", url_path="compare", visibility="hidden")


def how_to_get_in() -> None:
    """Show what somebody needs who came without a link."""
    st.html(SHELL)
    _message(
        "You need a link",
        "**To take part in a study,** open the invitation link you were sent, exactly as it is.",
        "**To run studies,** open the console link that the server printed when it started. "
        "It begins with `http://` and holds `/console/`.",
    )


def _viewer() -> tuple[Viewer | None, bool]:
    """Return the viewer, if any, and whether the store is out of reach."""
    secret = viewer_secret(st.context.cookies)
    try:
        return (store_of(secret).viewer(secret) if secret else None), False
    except QualabError:
        return None, True


def _may_answer(viewer: Viewer) -> bool:
    return viewer.is_open and not viewer.withdrawn and viewer.done < viewer.total


def _must_consent(viewer: Viewer) -> bool:
    return parse_design(viewer.launch.design).must_consent and not viewer.consented


def _state(viewer: Viewer) -> None:
    design, secret = parse_design(viewer.launch.design), viewer_secret(st.context.cookies)
    say = strings(design.language)
    if is_preview(secret):
        st.info(say["preview"], icon=":material/visibility:")
    if viewer.withdrawn:
        _message(say["page.withdrawn"], say["page.withdrawn-means"])
        return
    if viewer.done == viewer.total:
        _message(say["page.thanks"], say["page.all-saved"].format(done=viewer.done, total=viewer.total))
        if code := design.completion_code:
            st.markdown(say["page.code"])
            st.code(code, language=None, width="content")
    elif not viewer.is_open:
        kept = say["page.kept"].format(done=viewer.done) if viewer.done else ""
        _message(say["page.closed"], f"{say['page.no-more']} {kept} {say['page.thank-you']}")
    else:
        _welcome(viewer, secret)
    if viewer.done and viewer.is_open:
        offer_withdrawal(store_of(secret), secret, design.language)


def _welcome(viewer: Viewer, secret: str) -> None:
    design = parse_design(viewer.launch.design)
    say, begun = strings(design.language), viewer.done > 0
    st.title(say["page.welcome-back" if begun else "page.welcome"])
    st.markdown(say["page.so-far"].format(done=viewer.done, total=viewer.total) if begun else _how_many(viewer))
    st.markdown(say["page.asked"].format(question=escape_markdown(design.question)))
    if _must_consent(viewer):
        ask_consent(store_of(secret), secret, design)
        if not _must_consent(_again(secret, viewer)):
            st.switch_page(compare_page())
    elif st.button(say["page.go-on" if begun else "page.start"], type="primary", icon=":material/play_arrow:"):
        st.switch_page(compare_page())
    st.subheader(say["page.how"])
    st.markdown(f"{say['show.' + design.presentation]} {say['ask.' + design.method]}")
    with st.container(horizontal=True, gap="medium"):
        for group in _keys(design):
            st.markdown(group, width="content")
    st.caption(say["page.buttons"])
    st.subheader(say["page.before"])
    st.markdown(say["page.tips"])


def _how_many(viewer: Viewer) -> str:
    design = parse_design(viewer.launch.design)
    say = strings(design.language)
    if viewer.total == 1:
        return say["page.one"]
    took = max(1, round(minutes(design)))
    time = say["page.minute"] if took == 1 else say["page.minutes"].format(n=took)
    return say["page.many"].format(total=viewer.total, minutes=time)


def _again(secret: str, viewer: Viewer) -> Viewer:
    return store_of(secret).viewer(secret) or viewer


def _keys(design: Design) -> list[str]:
    """Return the presentation's keys as Markdown, those that do the same together."""
    say = strings(design.language)
    shown = {" ": say["key.space"], "ArrowLeft": "←", "ArrowRight": "→", "ArrowDown": "↓"}
    badges: dict[str, list[str]] = {}
    keys = {answer.key: answer.does for answer in METHODS[design.method].answers}
    for key, does in {**keys, **PRESENTATIONS[design.presentation].keys, **PLAYBACK_KEYS}.items():
        badge = f":gray-badge[{escape_markdown(shown.get(key, key.upper()))}]"
        badges.setdefault(say[f"does.{does}"], []).append(badge)
    return [f"{' '.join(keys)} {escape_markdown(does)}" for does, keys in badges.items()]


def _message(title: str, *paragraphs: str) -> None:
    st.title(title)
    for paragraph in paragraphs:
        st.markdown(paragraph)
