"""Long work beside the web process: start `python -m qualab`, follow what it reports, stop it."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import psutil

from qualab.errors import InputError, ToolMissing
from qualab.workspace import StudyFolder, shipped, storage, write_json

_START_S = 60
# Children of this process, kept so that they are reaped when they end.
_children: dict[int, "subprocess.Popen[bytes]"] = {}


@dataclass(frozen=True)
class Job:
    """One run of a verb on a study: `exit_code` is None while it runs, `progress` its last progress record."""

    pid: int
    verb: tuple[str, ...]
    started_at: str
    running: bool
    exit_code: int | None
    error: str
    progress: dict[str, Any] = field(default_factory=dict)


def start(folder: StudyFolder, verb: Sequence[str]) -> Job:
    """Start `python -m qualab VERB --json` on a study; one job a study at a time.

    Raises:
        InputError: a job is running on the study already.
    """
    running = current(folder)
    if running is not None and running.running:
        raise InputError(folder.path.name, f"is busy with '{running.verb[0]}'", "wait until it is done, or stop it")
    words = list(verb)
    words.insert(words.index("--") if "--" in words else len(words), "--json")
    jobs = folder.path / "jobs"
    with storage(jobs):
        jobs.mkdir(exist_ok=True)
        (jobs / "result.json").unlink(missing_ok=True)
        with (jobs / "out.ndjson").open("wb") as out, (jobs / "err.txt").open("wb") as err:
            child = subprocess.Popen(
                [sys.executable, "-m", "qualab", *words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
                env={
                    **{name: value for name, value in os.environ.items() if name != "QUALAB_ADMIN_TOKEN"},
                    "QUALAB_STUDIES": str(folder.path.parent),
                    "QUALAB_JOB_RESULT": str(jobs / "result.json"),
                },
            )
    _children[child.pid] = child
    began = datetime.now(UTC).isoformat(timespec="seconds")
    born = psutil.Process(child.pid).create_time()
    write_json(jobs / "job.json", {"pid": child.pid, "born": born, "verb": list(verb), "started_at": began})
    return Job(child.pid, tuple(verb), began, running=True, exit_code=None, error="")


def current(folder: StudyFolder) -> Job | None:
    """Return the study's latest job, running or ended; None where there never was one."""
    jobs = folder.path / "jobs"
    try:
        said = json.loads((jobs / "job.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    running = _lives(said["pid"], said["born"])
    code, error = (None, "") if running else _ending(folder)
    told = (record for record in reversed(_records(folder)) if record.get("type") == "progress")
    progress: dict[str, Any] = next(told, {})
    return Job(said["pid"], tuple(said["verb"]), said["started_at"], running, code, error, progress)


def stop(job: Job) -> None:
    """Ask a job to stop (as Ctrl-C does); what it has made so far stays."""
    if job.running:
        # Not SIGINT: where the server runs in a shell's background, its children ignore that.
        os.kill(job.pid, signal.SIGTERM)


def said(folder: StudyFolder, kind: str) -> list[dict[str, Any]]:
    """Return the last records of a type that the study's latest job printed."""
    return [record for record in _records(folder) if record.get("type") == kind]


def _lives(pid: int, born: float) -> bool:
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        del _children[pid]
        return False
    try:
        process = psutil.Process(pid)
        return bool(abs(process.create_time() - born) < 1 and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _ending(folder: StudyFolder) -> tuple[int, str]:
    try:
        result = json.loads((folder.path / "jobs" / "result.json").read_text(encoding="utf-8"))
        return int(result["exit_code"]), str(result["error"])
    except (OSError, ValueError, KeyError):
        return -1, "the work was ended from outside; start it again, what was made is kept"


def _records(folder: StudyFolder) -> list[dict[str, Any]]:
    """Return the last records a job wrote; a line still being written is left out."""
    try:
        with (folder.path / "jobs" / "out.ndjson").open("rb") as lines:
            lines.seek(0, os.SEEK_END)
            lines.seek(max(0, lines.tell() - 65536))
            text = lines.read().decode("utf-8", "replace")
    except OSError:
        return []
    found = []
    for line in text.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            found.append(record)
    return found


def console_url(host: str, port: int) -> str:
    """Return the console's URL with the token that `serve` will ask for.

    Raises:
        InputError: the port is in use.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InputError(f"{host}:{port}", f"cannot be used ({error.strerror})", "choose another --port") from None
    token = os.environ.setdefault("QUALAB_ADMIN_TOKEN", secrets.token_urlsafe(24))
    return f"http://{host}:{port}/console/{token}"


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """Serve a workspace on 127.0.0.1 for as long as the block lasts, and give its address.

    Raises:
        ToolMissing: the server did not start.
    """
    port = free_port()
    environment = {**os.environ, "QUALAB_STUDIES": str(root), "QUALAB_ADMIN_TOKEN": secrets.token_urlsafe(24)}
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(
            _command("127.0.0.1", port),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            start_new_session=True,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            if not _answers(f"{address}/_stcore/health", child):
                log.seek(0)
                last = log.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
                raise ToolMissing("server", f"did not start ({last[:200]})", "try: qualab serve")
            yield address
        finally:
            child.terminate()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str, child: "subprocess.Popen[bytes]") -> bool:
    """Wait until a server answers at `url`; say whether it does."""
    deadline = time.monotonic() + _START_S
    while child.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return True
        except OSError:
            time.sleep(0.05)
    return False


def show_in_browser(url: str) -> None:
    """Open `url` in the user's browser in a few seconds, where this is a terminal on a desktop."""
    on_desktop = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.stdout.isatty() and on_desktop:
        code = f"import time, webbrowser; time.sleep(4); webbrowser.open({url!r})"
        null = subprocess.DEVNULL
        command = [sys.executable, "-c", code]
        subprocess.Popen(command, start_new_session=True, stdin=null, stdout=null, stderr=null)


def serve(host: str, port: int) -> NoReturn:
    """Become the app's server; does not return."""
    command = _command(host, port)
    os.execv(command[0], command)


def _command(host: str, port: int) -> list[str]:
    options = {"server.address": host, "server.port": str(port), "server.headless": "true"}
    words = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(shipped("app.py")), *words]
