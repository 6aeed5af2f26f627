"""What stands before every request: known hosts, closed doors, security headers, and checks for POST."""

import re
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qualab.ui.http.cross_site import is_cross_site
from qualab.ui.http.notices import unknown_link

LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Streamlit's own metrics need no token, and its upload keeps files in memory; neither is used here.
_CLOSED = ("/_stcore/metrics", "/_stcore/upload_file")
_TOKEN_PATH = re.compile(r"/(?:join|console|console-ticket|clip)/(.*)", re.DOTALL)
_PLAIN_TOKEN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}")
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline' blob:; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self' data:; worker-src 'self' blob:; connect-src 'self' ws: wss: blob: data:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Guard:
    """ASGI middleware around the whole app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what must not reach a route, and give every answer the security headers."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = _refusal(scope)
        if refusal is not None and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if refusal is not None:
            await refusal(scope, receive, _with_headers(send))
            return
        await self._app(scope, receive, _with_headers(send))


MIDDLEWARE = [Middleware(Guard)]


def _refusal(scope: Scope) -> Response | None:
    headers = Headers(scope=scope)
    if not _known_host(headers.get("host", "")):
        return PlainTextResponse("This server does not answer to that host name.\n", 421)
    # Streamlit refuses these too, but asks a server on the internet for its own address first.
    if scope["type"] == "websocket" and is_cross_site(headers):
        return PlainTextResponse("Only pages of this server may connect.\n", 403)
    path = str(scope["path"])
    if path.startswith(_CLOSED):
        return PlainTextResponse("Not here.\n", 404)
    token = _TOKEN_PATH.fullmatch(path)
    return unknown_link() if token and not _PLAIN_TOKEN.fullmatch(token[1]) else None


def _known_host(host: str) -> bool:
    """Say whether the Host header names this server: DNS rebinding arrives with the attacker's name."""
    named = [str(name).lower() for name in st.get_option("server.allowedHosts") or ()]
    address = str(st.get_option("server.address") or "")
    if "*" in named or (not named and address not in LOOPBACK):
        return True
    try:
        name = (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return False
    return name in LOOPBACK or any(
        name == known or (known.startswith("*.") and name.endswith(known[1:])) for known in named
    )


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
