"""The viewer's pages: welcome, the comparisons, thanks, and what to read when there is nothing to answer."""

from typing import Any

import streamlit as st

from qualab import lab
from qualab.errors import QualabError
from qualab.store.votes import Viewer
from qualab.trials import PRESENTATIONS
from qualab.ui.access import viewer_secret
from qualab.ui.player import ROOM, SHELL, player
from qualab.ui.words import plain
from qualab.workspace import Workspace


def entry() -> None:
    """Show the page that fits the viewer's state: welcome, thanks, closed, or how to get in."""
    st.html(SHELL)
    viewer, trouble = _viewer()
    if trouble:
        _message("Not ready to take votes", "Votes cannot be stored just now. Nothing is lost; reload in a minute.")
    elif viewer is None:
        how_to_get_in()
    elif viewer.done == viewer.total:
        _thanks(viewer)
    elif not viewer.is_open:
        _closed(viewer)
    else:
        _welcome(viewer)


def compare() -> None:
    """Show the player; it asks for trials and sends votes by itself."""
    viewer, trouble = _viewer()
    if trouble or viewer is None or not viewer.is_open or viewer.done == viewer.total:
        entry()
        return
    st.html(SHELL)
    st.html(ROOM)
    shown = player(key="player", on_finished_change=lambda: None)
    if shown.finished:
        st.rerun()


def compare_page() -> Any:
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
        return (lab.store(Workspace.at()).viewer(secret) if secret else None), False
    except QualabError:
        return None, True


def _welcome(viewer: Viewer) -> None:
    design, left = viewer.launch.design, viewer.total - viewer.done
    begun = viewer.done > 0
    st.title("Welcome back" if begun else "Compare videos, two at a time")
    st.markdown(
        f"**{viewer.done} of {viewer.total}** comparisons are answered and saved. You go on where you stopped."
        if begun
        else f"You will see **{viewer.total} {_comparisons(viewer.total)}**. Each shows the same scene twice, "
        "as **A** and **B**."
    )
    st.markdown(f"Each time you are asked: **{plain(design['question'])}** There are no right or wrong answers.")
    if st.button(
        f"Go on with {left} {_comparisons(left)}" if begun else "Start", type="primary", icon=":material/play_arrow:"
    ):
        st.switch_page(compare_page())
    st.subheader("How it works")
    st.markdown(plain(PRESENTATIONS[design["presentation"]].instructions))
    st.markdown(_keys(design["presentation"]))
    st.caption("The buttons on the screen do the same.")
    st.subheader("Before you start")
    st.markdown(
        "- Use a computer or a large tablet, at full brightness, without strong light on the screen.\n"
        "- Set the browser's zoom to 100 % and make the window as large as you can (F11).\n"
        "- You may stop at any time. Every answer is saved at once, and your link brings you back here."
    )


def _keys(presentation: str) -> str:
    """Return the presentation's keys as Markdown, those that do the same together."""
    shown = {" ": "Space", "ArrowLeft": "←", "ArrowRight": "→"}
    meaning = {"left": "A is better", "right": "B is better"}
    found: dict[str, list[str]] = {}
    for key, does in PRESENTATIONS[presentation].keys.items():
        found.setdefault(meaning.get(does, does), []).append(f":gray-badge[{shown.get(key, key.upper())}]")
    groups = [f"{' '.join(keys)} {plain(does)}" for does, keys in found.items()]
    return " \u2003 ".join(group.replace(" ", "\u00a0") for group in groups)


def _thanks(viewer: Viewer) -> None:
    _message(
        "Thank you",
        f"**{viewer.done} of {viewer.total}** answers are saved. You can close this window.",
    )


def _closed(viewer: Viewer) -> None:
    kept = f"The {viewer.done} answers you gave are saved and count. " if viewer.done else ""
    _message("This study is closed", f"It takes no more answers. {kept}Thank you for your time.")


def _message(title: str, *paragraphs: str) -> None:
    st.title(title)
    for paragraph in paragraphs:
        st.markdown(paragraph)


def _comparisons(count: int) -> str:
    return "comparison" if count == 1 else "comparisons"
