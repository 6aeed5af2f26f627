"""The app's server: starting it, waiting for it, becoming it."""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from qualab.errors import InputError, ToolMissing
from qualab.study.files import shipped

_START_S = 60


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
