"""One-time tickets: who has signed in at the organisation's own door gets the console's cookie by one."""

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from threading import Lock

from qualab.ui.access import console_token

_LIFE_S = 300
_MOST = 10_000
_used: OrderedDict[str, None] = OrderedDict()
_lock = Lock()


def make_ticket() -> str:
    """Return a ticket that opens the console once, within five minutes, on any process of this server."""
    body = f"{secrets.token_hex(16)}{int(time.time()) + _LIFE_S:010x}"
    return body + _seal(body)


def is_ticket(given: str) -> bool:
    """Say whether `given` is a ticket that nobody has used; from then on it is used."""
    body, seal = given[:42], given[42:]
    if len(given) != 106 or not hmac.compare_digest(_seal(body).encode(), seal.encode("utf-8", "surrogatepass")):
        return False
    if int(body[32:], 16) < time.time():
        return False
    with _lock:
        is_fresh = body not in _used
        _used[body] = None
        while len(_used) > _MOST:
            _used.popitem(last=False)
    return is_fresh


def _seal(body: str) -> str:
    key = hashlib.sha256(b"qualab ticket\0" + console_token().encode()).digest()
    return hmac.new(key, body.encode("utf-8", "surrogatepass"), "sha256").hexdigest()
