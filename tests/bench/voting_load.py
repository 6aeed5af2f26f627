"""Viewers without browsers, for the bench of voting: plain sockets, an open loop, every time from when it was due."""

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Any

TELEMETRY = {
    **dict.fromkeys(("replays", "switches", "frames_dropped", "stalls", "stall_ms", "focus_losses", "sync_ms"), 0),
    **{"viewport_width": 1920, "viewport_height": 1080, "screen_width": 1920, "screen_height": 1080},
    **{"shown": "side-by-side", "plays": 1, "frames_total": 25, "full_screen": True, "rescaled": False},
    **{"cropped": False, "zoom": 1, "dpr": 1, "refresh_hz": 60, "ready_ms": 100, "play_ms": [0]},
}
_LOOK = {"range": "bytes=0-65535"}


@dataclass
class Figures:
    """What came of it: milliseconds of each kind of request, errors in words, trials acknowledged as saved."""

    ms: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    saved: list[int] = field(default_factory=list)

    def note(self, kind: str, since: float) -> None:
        """Add one time."""
        self.ms.setdefault(kind, []).append(1000 * (time.perf_counter() - since))


class Connection:
    """One viewer's keep-alive connection to one server."""

    def __init__(self, host: str, port: int) -> None:
        self._place, self.cookie = (host, port), ""
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, method: str, path: str, content: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request; return status, headers and body."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._place)
        reader, writer = self._streams
        body = b"" if content is None else json.dumps(content).encode()
        sent = {"host": f"{self._place[0]}:{self._place[1]}", "content-length": str(len(body)), **(headers or {})}
        if self.cookie:
            sent["cookie"] = self.cookie
        if content is not None:
            sent["content-type"] = "application/json"
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        writer.write(head.encode() + b"\r\n" + body)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        found = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
        return int(lines[0].split()[1]), found, await reader.readexactly(int(found.get("content-length", "0")))

    def close(self) -> None:
        """Let go of the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


class Viewer:
    """Joins, then gives a vote every `period` seconds; its requests go to the servers in turn."""

    def __init__(self, places: list[tuple[str, int]], token: str, figures: Figures) -> None:
        self._connections = [Connection(*place) for place in places]
        self._turn, self._token, self._figures = count(), token, figures

    async def join(self) -> None:
        """Open the session."""
        status, headers, _ = await self._connections[0].ask("GET", f"/join/{self._token}")
        assert status == 303, status
        for connection in self._connections:
            connection.cookie = headers["set-cookie"].partition(";")[0]

    async def run(self, start: float, period: float, votes: int) -> None:
        """Answer `votes` trials; what goes wrong is noted and the next one is begun in time."""
        for number in range(votes):
            begin = start + number * period
            try:
                if not await self._answer(begin, period):
                    return
            except Exception as error:
                self._figures.errors.append(f"{type(error).__name__}: {error}"[:200])
                for connection in self._connections:
                    connection.close()

    async def _answer(self, begin: float, period: float) -> bool:
        await _until(begin)
        shown = await self._json("trial", begin, "GET", "/api/trial")
        if "trial_id" not in shown:
            self._figures.errors.append(f"no trial: {shown}")
            return False
        since = time.perf_counter()
        status, _, body = await self._next().ask("GET", shown["clips"][0], headers=_LOOK)
        assert (status, len(body) > 0) == (206, True), status
        self._figures.note("clip, 64 KiB", since)
        at = {"trial_id": shown["trial_id"], "attempt": shown["attempt"]}
        await self._json("ready", time.perf_counter(), "POST", "/api/step", {**at, "step": "ready"})
        played = max(begin + period * 0.7, time.perf_counter() + 0.9)
        await _until(played)
        await self._json("played", played, "POST", "/api/step", {**at, "step": "played"})
        due = max(begin + period * 0.9, time.perf_counter())
        await _until(due)
        ballot = {"choice": random.choice(("left", "right")), "idempotency_key": f"{random.getrandbits(128):032x}"}
        sent = {**at, **ballot, "response_ms": 500, "telemetry": TELEMETRY}
        said = await self._json("saved", due, "POST", "/api/vote", sent)
        if said["status"] == "saved":
            self._figures.saved.append(shown["trial_id"])
        return True

    async def _json(self, kind: str, since: float, method: str, path: str, content: Any = None) -> dict[str, Any]:
        status, _, body = await self._next().ask(method, path, content)
        if status != 200:
            raise RuntimeError(f"{kind}: {status} {body[:120]!r}")
        self._figures.note(kind, since)
        found: dict[str, Any] = json.loads(body)
        return found

    def _next(self) -> Connection:
        return self._connections[next(self._turn) % len(self._connections)]


async def load(places: list[tuple[str, int]], tokens: list[str], *, period: float, seconds: float) -> Figures:
    """Let a viewer for each token vote every `period` seconds for `seconds`; they begin spread over one period."""
    figures = Figures()
    viewers = [Viewer(places, token, figures) for token in tokens]
    for at in range(0, len(viewers), 20):
        await asyncio.gather(*(viewer.join() for viewer in viewers[at : at + 20]))
    start, votes = time.perf_counter() + 0.5, int(seconds / period)
    spread = [start + period * number / len(viewers) for number in range(len(viewers))]
    await asyncio.gather(*(viewer.run(at, period, votes) for viewer, at in zip(viewers, spread, strict=True)))
    return figures


async def idle(place: tuple[str, int], tokens: list[str]) -> list[Any]:
    """Open the welcome page of a viewer for each token, as a browser does, and leave it open."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from websockets.asyncio.client import connect

    asked = BackMsg()
    asked.rerun_script.query_string = ""
    opened = []
    for token in tokens:
        http = Connection(*place)
        _, headers, _ = await http.ask("GET", f"/join/{token}")
        http.close()
        cookie = headers["set-cookie"].partition(";")[0]
        url, origin = f"ws://{place[0]}:{place[1]}/_stcore/stream", f"http://{place[0]}:{place[1]}"
        socket = await connect(
            url, subprotocols=["streamlit"], origin=origin, additional_headers={"cookie": cookie}, max_size=None
        )
        await socket.send(asked.SerializeToString())
        await socket.recv()
        opened.append(socket)
    return opened


async def _until(moment: float) -> None:
    wait = moment - time.perf_counter()
    if wait > 0:
        await asyncio.sleep(wait)
