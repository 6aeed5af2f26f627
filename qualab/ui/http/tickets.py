"""One-time tickets: who has signed in at the organisation's own door gets the console's cookie by one."""

import hashlib
import secrets
from threading import Lock

from cachetools import TTLCache
from itsdangerous import BadSignature, TimestampSigner

from qualab.ui.access import console_token

_LIFE_S = 300
# Longer than a ticket lives, whose time is in whole seconds.
_used: TTLCache[bytes, bool] = TTLCache(10_000, _LIFE_S + 2)
_lock = Lock()


def make_ticket() -> str:
    """Return a ticket that opens the console once, within five minutes, on any process of this server."""
    return _signer().sign(secrets.token_hex(16)).decode()


def is_ticket(given: str) -> bool:
    """Say whether `given` is a ticket that nobody has used; from then on it is used."""
    try:
        body = _signer().unsign(given, max_age=_LIFE_S)
    except (BadSignature, UnicodeEncodeError):
        return False
    with _lock:
        is_fresh = body not in _used
        _used[body] = True
    return is_fresh


def _signer() -> TimestampSigner:
    return TimestampSigner(console_token(), salt="qualab ticket", digest_method=hashlib.sha256)
