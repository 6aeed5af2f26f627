"""Routes without a server: a client that keeps cookies, and viewers' links from the real store."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from qualab import lab
from qualab.ui import access, routes
from qualab.ui.guard import MIDDLEWARE
from qualab.workspace import Workspace

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

    def vote(self, ballot: Any, **headers: str) -> httpx.Response:
        """POST a ballot as the player does."""
        sent = {"origin": "http://127.0.0.1:8501", "sec-fetch-site": "same-origin", **headers}
        return self.request("POST", "/api/vote", json=ballot, headers=sent)


@pytest.fixture(autouse=True)
def fresh_access(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test the same console token and an empty brake."""
    monkeypatch.setenv("QUALAB_ADMIN_TOKEN", ADMIN)
    access.console_token.cache_clear()
    monkeypatch.setattr(routes, "BRAKE", access.Brake())


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
        telemetry = {"shown": "side-by-side", "plays": 1, "switches": 0, "frames_total": 25, "frames_dropped": 0}
        telemetry |= {"focus_losses": 0, "rescaled": False, "cropped": False, "dpr": 1}
        telemetry |= {"viewport_width": 1400, "viewport_height": 900, "screen_width": 1920, "screen_height": 1080}
        key = hashlib.sha256(str(trial["trial_id"]).encode()).hexdigest()[:32]
        sent = {"trial_id": trial["trial_id"], "choice": "left", "idempotency_key": key, "response_ms": 900}
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
