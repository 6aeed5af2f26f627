"""Signing in to the console at the organisation's own door (OpenID Connect), beside the token that the server prints.

The door is there where QUALAB_CONSOLE_EMAILS lists who may come in and secrets.toml has an [auth] section.
"""

import importlib.util
import os

import streamlit as st

from qualab.ui.http.tickets import make_ticket
from qualab.ui.markdown import escape_markdown
from qualab.ui.viewer.pages import how_to_get_in


def allowed() -> frozenset[str]:
    """Return the e-mail addresses that open the console."""
    named = os.environ.get("QUALAB_CONSOLE_EMAILS", "").split(",")
    return frozenset(name.strip().casefold() for name in named if name.strip())


def is_allowed(email: object, verified: object) -> bool:
    """Say whether somebody may come in: on the list, and not said by the provider to be unproven."""
    return isinstance(email, str) and email.strip().casefold() in allowed() and verified in (None, True)


def is_offered() -> bool:
    """Say whether this server lets anybody sign in."""
    return bool(allowed()) and st.secrets.load_if_toml_exists() and "auth" in st.secrets


def is_signed_in() -> bool:
    """Say whether this browser is somebody's who may open the console."""
    return is_offered() and bool(st.user.is_logged_in) and is_allowed(*_who())


def sign_in_page() -> None:
    """Show how to get in; who has signed in gets the link that opens the console."""
    if is_signed_in():
        st.title("You are signed in")
        st.markdown(f"as **{escape_markdown(_who()[0])}**.")
        # A link and no redirect: where a browser keeps no cookies, a redirect would come back for ever.
        st.html(f'<p><a href="/console-ticket/{make_ticket()}" target="_self">Open the console</a></p>')
        st.button("Sign out", on_click=st.logout)
        return
    how_to_get_in()
    if not is_offered():
        return
    if importlib.util.find_spec("authlib") is None:
        st.error("Signing in needs Authlib on the server: pip install 'qualab[oidc]'")
    elif st.user.is_logged_in:
        st.error(
            f"{escape_markdown(_who()[0] or 'This account')} may not open this console; ask whoever runs this server."
        )
        st.button("Sign in as somebody else", on_click=st.logout)
    else:
        st.button("Sign in to the console", icon=":material/login:", on_click=st.login)


def _who() -> tuple[object, object]:
    return st.user.get("email"), st.user.get("email_verified")
