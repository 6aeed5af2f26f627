"""Limits on guessing tokens and on enrolling, by client address."""

import os
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from starlette.requests import Request

_MAX_CLIENTS = 10_000


_ENROLMENTS_PER_HOUR = 60


class RateLimiter:
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


BRAKE = RateLimiter()


ENROLMENTS = RateLimiter(burst=_per_hour(), per_second=_per_hour() / 3600)


def client_of(request: Request) -> str:
    """Return the address that wrong tokens and enrolments are counted for."""
    return request.client.host if request.client else "unknown"
