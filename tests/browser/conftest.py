"""A real Chromium against the real server."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from qualab import lab
from qualab.workspace import Workspace

ROOT = Path(__file__).parents[2]
ADMIN = "browser-test-console"


@dataclass(frozen=True)
class Site:
    """The running app and the workspace it serves."""

    url: str
    ws: Workspace
    invites: list[str]

    def join(self, page: Page, viewer: int) -> None:
        """Open a viewer's link and start."""
        page.goto(f"{self.url}/join/{self.invites[viewer]}")
        page.get_by_role("button", name="Start").click()
        page.wait_for_selector(".panel:visible")


@pytest.fixture(scope="module")
def site(chromium: Browser, toy_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a copy of the toy study, launched for eight viewers."""
    root = tmp_path_factory.mktemp("site") / "studies"
    shutil.copytree(toy_template, root)
    ws = Workspace(root)
    invites = lab.launch(ws, "toy", viewers=8)
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
    environment = {**os.environ, "QUALAB_STUDIES": str(root), "QUALAB_ADMIN_TOKEN": ADMIN}
    log = tmp_path_factory.mktemp("log") / "server.txt"
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=root.parent, env=environment, stdout=out, stderr=out)
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health", server, log)
        yield Site(f"http://127.0.0.1:{port}", ws, invites)
        assert "Traceback" not in log.read_text(), log.read_text()
    finally:
        server.terminate()
        server.wait(30)
        lab.store(ws).close_connections()


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        assert server.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the server did not start: {log.read_text()}")


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """Return a fresh browser profile with a window wide enough for both pictures."""
    made = chromium.new_context(viewport={"width": 1280, "height": 860})
    made.set_default_timeout(20_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """Return a tab of that profile."""
    return context.new_page()


@pytest.fixture
def console(page: Page, site: Site) -> Iterator[Page]:
    """Return a tab with the console open, which fails on dialogs, errors and requests to other hosts."""
    trouble: list[str] = []
    page.on("dialog", lambda dialog: (trouble.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on(
        "request", lambda sent: trouble.append(sent.url) if not sent.url.startswith((site.url, "data:", "blob:")) else 0
    )
    page.goto(f"{site.url}/console/{ADMIN}")
    page.wait_for_selector("text=Studies")
    yield page
    assert trouble == []
