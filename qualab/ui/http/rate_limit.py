"""Limits on guessing tokens and on enrolling, by client address."""

import math
import os
import time
from threading import Lock

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

_MAX_CLIENTS = 10_000
_ENROLMENTS_PER_HOUR = 60


class RateLimiter:
    """So many events of a client in any such time, of wrong tokens or of enrolments; then: do not even look."""

    def __init__(self, limit: RateLimitItem) -> None:
        self.limit, self._storage = limit, MemoryStorage()
        self._window, self._lock = MovingWindowRateLimiter(self._storage), Lock()

    def holds(self, client: str) -> bool:
        """Say whether this client has used up what it may do for now."""
        return not self._window.test(self.limit, client)

    def count(self, client: str) -> None:
        """Count one wrong token, or one enrolment."""
        with self._lock:
            self._window.hit(self.limit, client)
            # limits keeps an empty list of every client that ever was.
            if len(self._storage.events) > _MAX_CLIENTS:
                self._storage.clear(next(iter(self._storage.events)))

    def retry_after_s(self, client: str) -> int:
        """Return in how many seconds, at least one, this client may go on."""
        reset = self._window.get_window_stats(self.limit, client).reset_time
        return max(1, math.ceil(reset - time.time()))


def _per_hour() -> int:
    """Return how many viewers one address may enrol an hour by open links: a classroom, not a script."""
    given = os.environ.get("QUALAB_ENROLMENTS_PER_HOUR", "")
    return int(given) if given.isdecimal() and int(given) > 0 else _ENROLMENTS_PER_HOUR


WRONG_TOKENS = RateLimiter(RateLimitItemPerMinute(30))
ENROLMENTS = RateLimiter(RateLimitItemPerHour(_per_hour()))


def client_of(request: Request) -> str:
    """Return the address that wrong tokens and enrolments are counted for."""
    return request.client.host if request.client else "unknown"
