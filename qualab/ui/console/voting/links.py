"""Links for viewers: shown once, to copy, to save as CSV, and as QR codes."""

import io
from urllib.parse import urlsplit

import segno
import streamlit as st

from qualab.study.ids import slug
from qualab.study.tables import link_table
from qualab.ui.clipboard import copy_button
from qualab.ui.console.figures import csv_button
from qualab.ui.http.middleware import LOOPBACK

_FRESH = "fresh-links"
_LONG_LIST = 8
_QR_WIDTH = 220


def keep(study_id: str, tokens: list[str], *, cap: int | None = None) -> None:
    """Remember links that were just made, until they are put away; `cap` is that of an open link."""
    st.session_state[_FRESH] = (study_id, tokens, cap)


def put_away() -> None:
    """Forget the links."""
    st.session_state.pop(_FRESH, None)


def fresh_links(study_id: str) -> None:
    """Show links that were just made; only their hashes are stored, so they are shown once."""
    owner, tokens, cap = st.session_state.get(_FRESH, (None, [], None))
    if owner != study_id:
        return
    links = [f"{address()}/join/{token}" for token in tokens]
    with st.container(border=True):
        st.markdown(_what(len(links), cap))
        st.code("\n".join(links), language=None, wrap_lines=True, height=260 if len(links) > _LONG_LIST else "content")
        with st.container(horizontal=True, vertical_alignment="center"):
            copy_button("\n".join(links), "Copy all" if len(links) > 1 else "Copy", key="copy-links")
            csv_button(link_table(links, cap=cap), f"{study_id} links", what="The links, one a row")
            done = st.button("I have copied them", icon=":material/check:")
        if _is_local():
            st.caption(
                "These links open on this machine only. For viewers elsewhere open the console by the name under which "
                "they reach the server: see *Serving it* in the document *Voting*."
            )
        _code(links, is_open=cap is not None)
    if done:
        put_away()
        st.rerun()


def qr_svg(link: str) -> str:
    """Return a link as a QR code: an SVG with a white margin, so that it can be read from dark pages too."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, scale=6, border=4, dark="#000", light="#fff"
    )
    return out.getvalue().decode("utf-8")


def address() -> str:
    """Return the address of this server as the researcher's browser sees it."""
    host = st.context.headers.get("host", "127.0.0.1")
    forwarded = st.context.headers.get("x-forwarded-proto")
    scheme = forwarded or ("https" if (st.context.url or "").startswith("https") else "http")
    return f"{scheme}://{host}"


def _is_local() -> bool:
    """Say whether the researcher came by a name that means this machine itself."""
    return urlsplit(address()).hostname in LOOPBACK


def _what(count: int, cap: int | None) -> str:
    if cap is not None:
        what = f"One link for everybody, until {cap} viewer{'s have' if cap != 1 else ' has'} joined."
    else:
        what = f"Links of {count} viewers, one each." if count > 1 else "The link of one viewer."
    return f"**{what}** Shown once: copy or save now, for links are not stored."


def _code(links: list[str], *, is_open: bool) -> None:
    """Show the QR code of an open link, and of a personal one that is asked for."""
    chosen: str | None = links[0] if is_open else None
    name = "the open link"
    if not is_open:
        numbers = list(range(1, len(links) + 1))
        number = st.selectbox(
            "QR code of viewer", numbers, index=None, placeholder="Choose one", key="qr-of", width=_QR_WIDTH
        )
        chosen, name = (links[number - 1], f"viewer {number}") if number else (None, "")
    if chosen is None:
        return
    svg = qr_svg(chosen)
    # No link in the caption: who follows it takes the viewer's place.
    st.image(svg, width=_QR_WIDTH, caption=name.capitalize())
    st.download_button(
        "QR code, SVG",
        svg.encode(),
        file_name=f"qr-{slug(name)}.svg",
        mime="image/svg+xml",
        on_click="ignore",
        type="tertiary",
        icon=":material/qr_code_2:",
    )
