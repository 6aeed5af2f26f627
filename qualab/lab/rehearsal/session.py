"""One simulated viewer's connection to a server: what a browser asks and sends, without the browser."""

import json
import secrets
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from qualab.errors import InputError, QualabError, StorageError
from qualab.lab.rehearsal.answer import Answer

_COOKIE = "qualab_viewer"
_WAIT_S = 60
_LOOK_BYTES = 65_536
_SCREEN = {"screen_width": 1920, "screen_height": 1080, "viewport_width": 1920, "viewport_height": 1080}


class Session:
    """A viewer with an invite: joins when the block of this context manager begins."""

    def __init__(self, url: str, token: str) -> None:
        self._url, parts = url, urlsplit(url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=_WAIT_S)
        self._base, self._cookie, self._token = parts.path.rstrip("/"), "", token

    def __enter__(self) -> "Session":
        status, headers, _ = self._send("GET", f"/join/{self._token}")
        self._cookie = headers.get("set-cookie", "").partition(";")[0]
        if status != 303 or not self._cookie.startswith(f"{_COOKIE}="):
            self._connection.close()
            hint = "give the address of a server that serves this workspace"
            raise InputError(self._url, f"does not know a viewer invited just now (it answered {status})", hint)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def trial(self) -> dict[str, Any] | None:
        """Return what the server shows now; None when all is answered."""
        shown = self._json("GET", "/api/trial")
        if shown.get("closed"):
            raise InputError(self._url, "closed the study meanwhile", "launch it again, then repeat")
        return None if shown.get("done") else shown

    def watch(self, shown: Mapping[str, Any]) -> None:
        """Load the clips of a trial and say that they are ready and were played."""
        for path in shown["clips"]:
            status, _, body = self._send("GET", path, headers={"range": f"bytes=0-{_LOOK_BYTES - 1}"})
            if status != 206 or not body:
                raise StorageError(self._url, f"does not serve a clip (it answered {status})", "build the study again")
        for step in ("ready", "played"):
            self._json("POST", "/api/step", {"trial_id": shown["trial_id"], "attempt": shown["attempt"], "step": step})

    def vote(self, shown: Mapping[str, Any], answer: Answer) -> str:
        """Send an answer and return the status of what the server stored."""
        ballot = {
            "trial_id": shown["trial_id"],
            "attempt": shown["attempt"],
            "choice": answer.side,
            "score": answer.score,
            "reasons": list(answer.reasons),
            "idempotency_key": secrets.token_hex(16),
            "response_ms": answer.response_ms,
            "telemetry": _telemetry(shown),
        }
        return str(self._json("POST", "/api/vote", ballot)["status"])

    def note_conditions(self) -> None:
        """Send the screen that this viewer is said to have."""
        more = {"dpr": 1, "refresh_hz": 60, "colour_depth": 24, "touch": False, "reduced_motion": False}
        self._json("POST", "/api/conditions", {**_SCREEN, **more, "language": "en"})

    def _json(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> dict[str, Any]:
        body = None if content is None else json.dumps(content)
        status, _, data = self._send(method, path, body=body, headers={"content-type": "application/json"})
        try:
            reply = json.loads(data)
        except ValueError:
            reply = {}
        if status == 200 and isinstance(reply, dict):
            return reply
        message = str(reply.get("message", "")) if isinstance(reply, dict) else ""
        raise _refusal(self._url, status, message)

    def _send(
        self, method: str, path: str, *, body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        sent = {**(headers or {}), **({"cookie": self._cookie} if self._cookie else {})}
        try:
            self._connection.request(method, self._base + path, body=body, headers=sent)
            answer = self._connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            hint = "look whether the server runs, then repeat: saved votes are kept"
            raise InputError(self._url, f"cannot be reached ({error or type(error).__name__})", hint) from None


def _refusal(url: str, status: int, message: str) -> QualabError:
    if status in (500, 503):
        return StorageError(url, "cannot store votes", "look at what the server printed, then repeat")
    return InputError(url, f"refused a simulated viewer ({status} {message})".replace(" )", ")"), "repeat")


def _telemetry(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return the telemetry of a showing without any trouble, on the screen of note_conditions."""
    zeros = dict.fromkeys(("replays", "switches", "frames_dropped", "stalls", "stall_ms", "focus_losses", "sync_ms"), 0)
    least = {"width": shown["rules"]["min_width"], "height": shown["rules"]["min_height"]}
    screen = {name: max(pixels, least[name.rpartition("_")[2]]) for name, pixels in _SCREEN.items()}
    return {
        **zeros,
        **screen,
        "shown": shown["presentation"],
        "plays": 1,
        "frames_total": shown["frames"],
        "full_screen": True,
        "rescaled": False,
        "cropped": False,
        "zoom": 1,
        "dpr": 1,
        "refresh_hz": 60,
        "ready_ms": 100,
        "play_ms": [0],
    }
