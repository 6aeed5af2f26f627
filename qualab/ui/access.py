"""Who may see what: the console's token and cookie, the viewer's cookie, brakes on guessing and on enrolling."""

import functools
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

VIEWER_COOKIE = "qualab_viewer"
CONSOLE_COOKIE = "qualab_console"
_VIEWER_DAYS = 30


@functools.cache
def console_token() -> str:
    """Return the token that opens the console: QUALAB_ADMIN_TOKEN, else one made for this process."""
    return os.environ.get("QUALAB_ADMIN_TOKEN") or secrets.token_urlsafe(24)


def is_console_token(given: str) -> bool:
    """Say whether `given` is the console's token, in the same time whatever it is."""
    return _equal(given, console_token())


def console_cookie() -> str:
    """Return what the console's cookie holds: not the token, so that a copied cookie opens no other browser's link."""
    return hashlib.sha256(b"qualab console\0" + console_token().encode()).hexdigest()


def has_console(cookies: Mapping[str, str]) -> bool:
    """Say whether these cookies open the console."""
    return _equal(cookies.get(CONSOLE_COOKIE, ""), console_cookie())


def viewer_secret(cookies: Mapping[str, str]) -> str:
    """Return the viewer's session secret, or an empty text."""
    return cookies.get(VIEWER_COOKIE, "")


def grant_viewer(request: Request, response: Response, secret: str) -> None:
    """Put the session secret into the viewer's cookie, for as long as a study usually runs."""
    _set(request, response, VIEWER_COOKIE, secret, _VIEWER_DAYS * 86_400)


def grant_preview(request: Request, response: Response, secret: str) -> None:
    """Put a preview's secret into the viewer's cookie, until the browser is closed."""
    _set(request, response, VIEWER_COOKIE, secret, None)


def grant_console(request: Request, response: Response) -> None:
    """Put the console's cookie on the response; it lasts as long as the browser stays open."""
    _set(request, response, CONSOLE_COOKIE, console_cookie(), None)


def _set(request: Request, response: Response, name: str, value: str, max_age_s: int | None) -> None:
    # Lax, not Strict: a viewer who follows the link from a web mail page would arrive without the cookie.
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, max_age=max_age_s, path="/", secure=secure, httponly=True, samesite="lax")


def _equal(given: str, wanted: str) -> bool:
    # Digests of bytes: equal lengths for compare_digest, and no TypeError on non-ASCII text.
    return hmac.compare_digest(_digest(given), _digest(wanted))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
