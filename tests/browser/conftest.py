"""A real Chromium against the real server."""

import json
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
from typing import Any

import imageio_ffmpeg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from qualab import lab
from qualab.study.files import sha256_of, write_json
from qualab.study.protocol import Rules, Voting
from qualab.study.workspace import Workspace

ROOT = Path(__file__).parents[2]
ADMIN = "browser-test-console"
# A machine under test drops frames; no trial comes again for that here.
PATIENT = Rules(max_dropped_percent=100, max_focus_losses=1000, allow_rescaling=True).model_dump()


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
        page.wait_for_selector('.player[data-state="showing"]')

    def launch(self, *, pairs: list[dict[str, Any]] | None = None, viewers: int = 2, **voting: Any) -> None:
        """Close what is open and launch the toy study anew with these settings, on these pairs instead of its own."""
        if self.invites:
            lab.close(self.ws, "toy")
        folder = self.ws.folder("toy")
        if pairs is not None:
            manifest = json.loads(folder.manifest.read_text())
            others = [made for made in manifest["objects"] if made["kind"] != "pair"]
            write_json(folder.manifest, {**manifest, "objects": others + pairs})
        asked = Voting.model_validate({"rules": PATIENT, "viewers": viewers, **voting})
        folder.save(folder.load().model_copy(update={"voting": asked}))
        self.invites[:] = lab.launch(self.ws, "toy", viewers=viewers)

    def pair(self, name: str, graphs: list[str], *, frames: int, **more: Any) -> dict[str, Any]:
        """Make a pair's clips of 320x180 pictures from FFmpeg's sources, and return its record."""
        folder = self.ws.folder("toy")
        paths = [folder.pairs / f"{name}{number}.mp4" for number in range(len(graphs))]
        for graph, path in zip(graphs, paths, strict=True):
            command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "lavfi", "-i", graph]
            command += ["-frames:v", str(frames), "-c:v", "libx264", "-crf", "4", "-pix_fmt", "yuv420p", str(path)]
            subprocess.run(command, check=True)
        files = [path.relative_to(folder.path).as_posix() for path in paths]
        shown = {"width": 320, "height": 180, "fps": "25/1", "frames": frames, "top": "a", "role": "test"}
        made = {"kind": "pair", "src": "toy-fox", "hrc_a": "toybase", "hrc_b": "toytest", "file": files[0]}
        packing = {"files": files, "packing": "two" if len(files) == 2 else "packed"}
        return made | packing | {"key": name, "sha256": sha256_of(paths[0])} | shown | more


@pytest.fixture(scope="module")
def site(chromium: Browser, toy_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a copy of the toy study, launched for nine viewers."""
    root = tmp_path_factory.mktemp("site") / "studies"
    shutil.copytree(toy_template, root)
    ws = Workspace(root)
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
        served = Site(f"http://127.0.0.1:{port}", ws, [])
        served.launch(viewers=9)
        yield served
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
