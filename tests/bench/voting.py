"""Times voting as its viewers feel it: 200 of them, a vote every 2 s each, for a minute, beside a real server.

python tests/bench/voting.py [--viewers 200] [--seconds 60] [--idle 1000] [--postgres URL] [--no-browser]

A vote is five requests: the trial, 64 KiB of its clip, ready, played, the vote. `saved` is timed from the moment the
vote was due to be sent until the answer that it is on disk. Votes acknowledged are then looked for in the database.
With `--postgres` two server processes share that database, and each viewer's requests go to both in turn. Load and
server share this machine. Prints a table, and one line of JSON; exits 1 where a vote was lost or an answer was wrong.
"""

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import psutil

from qualab import lab
from qualab.lab.server import free_port
from qualab.study.config import Hrc, Src, Study
from qualab.study.files import sha256_of, write_json
from qualab.study.workspace import Workspace

sys.path.insert(0, str(Path(__file__).parent))
from voting_load import idle, load

CLIPS, UPSCALERS, PERIOD_S = 20, ("bicubic", "lanczos", "bilinear"), 2.0
WIDTH, HEIGHT, FRAMES = 640, 360, 25


def make_study(ws: Workspace) -> None:
    """Make a built study of 40 pairs, one second each; all pairs are one picture, which nobody looks at."""
    src = tuple(Src(id=f"clip-{n}", title=f"Clip {n}", file=f"{n + 1:064x}.mp4", reference=True) for n in range(CLIPS))
    hrc = tuple(Hrc(id=name, upscaler=name) for name in UPSCALERS)
    sizes = {"source_height": HEIGHT // 2, "display_height": HEIGHT, "baseline": UPSCALERS[0]}
    folder = ws.create(Study(id="bench", title="Bench", hrc=hrc, src=src, **sizes))
    folder.pairs.mkdir(exist_ok=True)
    path = folder.pairs / "pair.mp4"
    graph = f"testsrc2=s={WIDTH}x{HEIGHT}:r=25:d=1,split[a][b];[b]boxblur=4[c];[a][c]vstack,format=yuv420p"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-filter_complex", graph]
    subprocess.run([*command, "-c:v", "libx264", "-crf", "12", "-movflags", "+faststart", str(path)], check=True)
    made = {"kind": "pair", "file": "pairs/pair.mp4", "key": "pair", "sha256": sha256_of(path), "top": "a"}
    made |= {"width": WIDTH, "height": HEIGHT, "fps": "25/1", "frames": FRAMES, "role": "test", "packing": "packed"}
    pairs = [{"src": one.id, "hrc_a": UPSCALERS[0], "hrc_b": test} for one in src for test in UPSCALERS[1:]]
    objects = [made | pair | {"files": [made["file"]]} for pair in pairs]
    write_json(folder.manifest, {"study": "bench", "objects": objects, "failures": [], "tools": {}, "device": "cpu"})


class Server:
    """A server process of `qualab serve`."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url, begin = f"http://127.0.0.1:{self.port}", time.perf_counter()
        self._log = (folder / f"server-{self.port}.txt").open("wb")
        command = [sys.executable, "-m", "qualab", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(command, stdout=self._log, stderr=self._log)
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5).close()
                break
            except OSError:
                assert self.process.poll() is None, self.said()
                time.sleep(0.02)
        self.start_s = time.perf_counter() - begin

    @property
    def place(self) -> tuple[str, int]:
        """Return host and port."""
        return "127.0.0.1", self.port

    def cpu_s(self) -> float:
        """Return the processor time used so far."""
        used = psutil.Process(self.process.pid).cpu_times()
        return float(used.user + used.system)

    def memory_mb(self) -> float:
        """Return the resident memory."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / 2**20

    def said(self) -> str:
        """Return what the server printed."""
        return Path(self._log.name).read_text(errors="replace")

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.wait(30)
        self._log.close()


def database_cpu_s(ws: Workspace) -> float:
    """Return the processor time that a PostgreSQL server of this machine used so far; 0 for SQLite."""
    if not ws.database_url.startswith("postgresql"):
        return 0.0
    with lab.store(ws).database.reading() as connection:
        mine = psutil.Process(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
    server = mine.parent()
    assert server is not None
    # What ended already is among the times of the server itself.
    times = [server.cpu_times(), *(child.cpu_times() for child in server.children())]
    return sum(each.user + each.system for each in times) + times[0].children_user + times[0].children_system


def voting(ws: Workspace, servers: list[Server], viewers: int, seconds: float) -> dict[str, Any]:
    """Return figures of the load: percentiles of every request, errors, lost and doubled votes."""
    tokens = lab.launch(ws, "bench", viewers=viewers)
    before, before_database = [server.cpu_s() for server in servers], database_cpu_s(ws)
    found = asyncio.run(load([server.place for server in servers], tokens, period=PERIOD_S, seconds=seconds))
    used = sum(server.cpu_s() - start for server, start in zip(servers, before, strict=True))
    used_database = database_cpu_s(ws) - before_database
    stored = len(lab.votes(ws, "bench"))
    figures: dict[str, Any] = {"viewers": viewers, "seconds": seconds, "processes": len(servers)}
    for kind, times in found.ms.items():
        p50, p95, p99 = (round(float(value), 1) for value in np.percentile(times, (50, 95, 99)))
        figures[kind] = {"n": len(times), "p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "max_ms": round(max(times), 1)}
    unique = len(set(found.saved))
    figures |= {"errors": len(found.errors), "lost": unique - min(unique, stored), "doubled": max(0, stored - unique)}
    figures |= {
        "saved_votes": unique,
        "stored": stored,
        "server_cpu_s": round(used, 1),
        "database_cpu_s": round(used_database, 1),
        "cpu_ms_per_vote": round(1000 * (used + used_database) / max(1, unique), 2),
        "first_errors": found.errors[:3],
    }
    figures["faults"] = lab.store(ws).verify("bench")
    return figures


def waiting(ws: Workspace, server: Server, viewers: int) -> dict[str, Any]:
    """Return the server's memory with that many open pages, nobody doing anything."""

    async def measure() -> float:
        tokens = lab.launch(ws, "bench", viewers=viewers)
        sockets = await idle(server.place, tokens)
        await asyncio.sleep(3)
        memory = server.memory_mb()
        await asyncio.gather(*(socket.close() for socket in sockets))
        return memory

    before = server.memory_mb()
    after = asyncio.run(measure())
    return {"viewers": viewers, "memory_mb": round(after), "before_mb": round(before)}


def first_trial(ws: Workspace, server: Server) -> dict[str, float]:
    """Return seconds from the invitation link to its page, and from Start to a first pair that can be played."""
    from playwright.sync_api import sync_playwright

    tokens, times = lab.launch(ws, "bench", viewers=4), []
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        for token in tokens:
            page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
            begin = time.perf_counter()
            page.goto(f"{server.url}/join/{token}")
            button = page.get_by_role("button", name="Start")
            button.wait_for()
            welcome = time.perf_counter()
            with page.expect_request("**/api/step"):
                button.click()
            times.append((welcome - begin, time.perf_counter() - welcome))
            page.context.close()
        browser.close()
    # The first browser also warms the server's caches: it is told apart.
    return {
        "cold_page_s": round(times[0][0], 2),
        "cold_trial_s": round(times[0][1], 2),
        "page_s": round(float(np.median([page for page, _ in times[1:]])), 2),
        "trial_s": round(float(np.median([trial for _, trial in times[1:]])), 2),
    }


def main() -> None:
    """Print the figures."""
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("--viewers", type=int, default=200)
    words.add_argument("--seconds", type=float, default=60)
    words.add_argument("--idle", type=int, default=1000)
    words.add_argument("--postgres", default="")
    words.add_argument("--no-browser", action="store_true")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as place:
        os.environ |= {"QUALAB_STUDIES": place, "QUALAB_ADMIN_TOKEN": "bench-console-token"}
        if asked.postgres:
            os.environ["QUALAB_DATABASE_URL"] = asked.postgres
        ws = Workspace(Path(place))
        make_study(ws)
        found = measured(ws, asked)
    saved, wrong = found["load"].get("saved", {}), found["load"]["errors"] + found["load"]["lost"]
    for part, figures in found.items():
        print(part)
        for name, value in figures.items():
            print(f"  {name:<16} {value}")
    print(json.dumps(found))
    sys.exit(1 if wrong or found["load"]["doubled"] or found["load"]["faults"] or not saved else 0)


def measured(ws: Workspace, asked: argparse.Namespace) -> dict[str, Any]:
    """Return all figures that were asked for."""
    servers = [Server(ws.root) for _ in range(2 if asked.postgres else 1)]
    try:
        found: dict[str, Any] = {"start": {"seconds": [round(server.start_s, 2) for server in servers]}}
        if not asked.no_browser:
            found["first trial"] = first_trial(ws, servers[0])
        found["load"] = voting(ws, servers, asked.viewers, asked.seconds)
        found["load"]["memory_mb"] = [round(server.memory_mb()) for server in servers]
        if asked.idle:
            found["idle"] = waiting(ws, servers[0], asked.idle)
        for server in servers:
            assert "Traceback" not in server.said(), server.said()
        return found
    finally:
        for server in servers:
            server.stop()


if __name__ == "__main__":
    main()
