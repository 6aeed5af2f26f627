"""Who may see what: the console's token and cookie, the viewer's cookie, brakes on guessing and on enrolling."""

import functools
import hashlib
import hmac
import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response

VIEWER_COOKIE = "qualab_viewer"
CONSOLE_COOKIE = "qualab_console"
_VIEWER_DAYS = 30
_MAX_CLIENTS = 10_000
_ENROLMENTS_PER_HOUR = 60


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


class Brake:
    """A leaking bucket per client, of wrong tokens or of enrolments; a full bucket means: do not even look."""

    def __init__(
        self, *, burst: int = 30, per_second: float = 0.5, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst, self._per_second, self._clock = burst, per_second, clock
        self.per_hour = round(per_second * 3600)
        self._drops: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def holds(self, client: str) -> bool:
        """Say whether this client has used up what it may do for now."""
        with self._lock:
            return self._level(client) > self._burst - 1

    def count(self, client: str) -> None:
        """Count one wrong token, or one enrolment."""
        with self._lock:
            self._drops[client] = (self._level(client) + 1, self._clock())
            self._drops.move_to_end(client)
            while len(self._drops) > _MAX_CLIENTS:
                self._drops.popitem(last=False)

    def _level(self, client: str) -> float:
        level, since = self._drops.get(client, (0.0, self._clock()))
        return max(0.0, level - (self._clock() - since) * self._per_second)


def _per_hour() -> int:
    """Return how many viewers one address may enrol an hour by open links: a classroom, not a script."""
    given = os.environ.get("QUALAB_ENROLMENTS_PER_HOUR", "")
    return int(given) if given.isdecimal() and int(given) > 0 else _ENROLMENTS_PER_HOUR


BRAKE = Brake()
ENROLMENTS = Brake(burst=_per_hour(), per_second=_per_hour() / 3600)


def client_of(request: Request) -> str:
    """Return the address that wrong tokens and enrolments are counted for."""
    return request.client.host if request.client else "unknown"
