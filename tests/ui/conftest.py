"""Routes without a server: a client that keeps cookies, and viewers' links from the real store."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from qualab import lab
from qualab.study.workspace import Workspace
from qualab.ui import access
from qualab.ui.http import routes
from qualab.ui.http import trial_response as offer
from qualab.ui.http.middleware import MIDDLEWARE
from qualab.ui.http.rate_limit import RateLimiter

ADMIN = "the-console-token"


class Client:
    """A browser as far as HTTP goes: same origin, keeps cookies, follows no redirect."""

    def __init__(self) -> None:
        self.app = Starlette(routes=routes.ROUTES, middleware=MIDDLEWARE)
        self.cookies = httpx.Cookies()

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request and keep the cookies of its answer."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            address = "http://127.0.0.1:8501"
            async with httpx.AsyncClient(transport=transport, base_url=address, cookies=self.cookies) as client:
                answer = await client.request(method, path, **options)
                self.cookies.update(client.cookies)
                return answer

        return asyncio.run(send())

    def get(self, path: str, **options: Any) -> httpx.Response:
        """GET a path."""
        return self.request("GET", path, **options)

    def post(self, path: str, content: Any, **headers: str) -> httpx.Response:
        """POST JSON as the player does."""
        sent = {"origin": "http://127.0.0.1:8501", "sec-fetch-site": "same-origin", **headers}
        return self.request("POST", path, json=content, headers=sent)

    def vote(self, ballot: Any, **headers: str) -> httpx.Response:
        """POST a ballot."""
        return self.post("/api/vote", ballot, **headers)

    def trial(self, *, play: bool = True) -> Any:
        """Return the current trial, its clips ready and played."""
        shown = self.get("/api/trial").json()
        for step in ("ready", "played") if play else ():
            said = {"trial_id": shown["trial_id"], "attempt": shown["attempt"], "step": step, "detail": {}}
            assert self.post("/api/step", said).json() == {"status": "noted"}
        return shown


@pytest.fixture(autouse=True)
def fresh_access(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test the same console token and empty rate limits."""
    monkeypatch.setenv("QUALAB_ADMIN_TOKEN", ADMIN)
    access.console_token.cache_clear()
    monkeypatch.setattr(routes, "WRONG_TOKENS", RateLimiter(RateLimitItemPerMinute(30)))
    monkeypatch.setattr(routes, "ENROLMENTS", RateLimiter(RateLimitItemPerHour(60)))
    # The toy clips last a second; tests do not watch them.
    monkeypatch.setattr(offer, "_PLAYED_SHARE", 0.0)


@pytest.fixture
def client(toy: Workspace) -> Client:
    """Return a browser without any cookie."""
    return Client()


@pytest.fixture
def invites(toy: Workspace) -> list[str]:
    """Launch the toy study for two viewers and return their tokens."""
    return lab.launch(toy, "toy", viewers=2)


@pytest.fixture
def viewer(client: Client, invites: list[str]) -> Client:
    """Return the first viewer's browser, joined."""
    assert client.get(f"/join/{invites[0]}").status_code == 303
    return client


@pytest.fixture
def researcher(client: Client) -> Client:
    """Return a browser with the console open."""
    assert client.get(f"/console/{ADMIN}").status_code == 303
    return client


@pytest.fixture
def ballot() -> Callable[..., dict[str, Any]]:
    """Return a maker of ballots as the player sends them; keywords replace fields."""

    def make(trial: dict[str, Any], **changed: Any) -> dict[str, Any]:
        none = ("replays", "switches", "frames_dropped", "stalls", "stall_ms", "focus_losses", "sync_ms")
        telemetry = {"shown": "side-by-side", "plays": 1, "frames_total": 25, **dict.fromkeys(none, 0)}
        telemetry |= {"full_screen": False, "rescaled": False, "cropped": False, "zoom": 1, "dpr": 1}
        telemetry |= {"viewport_width": 1400, "viewport_height": 900, "screen_width": 1920, "screen_height": 1080}
        telemetry |= {"refresh_hz": 60, "ready_ms": 80.5, "play_ms": [0, 1100]}
        key = hashlib.sha256(f"{trial['trial_id']} {trial.get('attempt', 1)}".encode()).hexdigest()[:32]
        sent = {"trial_id": trial["trial_id"], "attempt": trial.get("attempt", 1), "choice": "left", "score": None}
        sent |= {"reasons": [], "comment": "", "idempotency_key": key, "response_ms": 900}
        return sent | {"telemetry": telemetry} | changed

    return make


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    """Yield `parts` as a request body arrives."""
    for part in parts:
        yield part


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Return a function that runs a page of the console, as its owner: the page's address, words of its query."""
    monkeypatch.setattr(
        "streamlit.runtime.context.ContextProxy.cookies", {access.CONSOLE_COOKIE: access.console_cookie()}
    )

    def run(page: str, **query: str) -> AppTest:
        found = AppTest.from_file(str(routes.SCRIPT), default_timeout=60)
        found.query_params.update(query)
        found._page_hash = calc_hash(page)
        return found.run()

    return run
