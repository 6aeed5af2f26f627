"""A process of 16 writers, for the stress checks: it says each vote it was promised, and is killed and begun again.

python tests/bench/stress_writers.py URL SECRET...
"""

import contextlib
import subprocess
import sys
import threading
import time

from qualab.errors import StorageError
from qualab.voting.store.answer import Answer
from qualab.voting.store.votes import OutOfOrder, VoteStore, open_store

THREADS = 16


class Writers:
    """The process seen from outside: `said` has a line for every promise that came through."""

    def __init__(self, url: str, secrets: list[str]) -> None:
        self._command = [sys.executable, __file__, url, *secrets]
        self.said: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self._reader = threading.Thread()

    def keep_running(self) -> None:
        """Begin the process where it does not run, and wait for its first vote."""
        if self._process is None:
            heard = threading.Event()
            self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
            self._reader = threading.Thread(target=self._listen, args=(self._process, heard))
            self._reader.start()
            heard.wait()

    def kill(self) -> None:
        """End the process at once."""
        if self._process is not None:
            self._process.kill()
            self._end()

    def finish(self) -> None:
        """Let the process vote until nothing is left."""
        self.keep_running()
        self._end()

    def is_done(self) -> bool:
        """Say whether the process ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def _end(self) -> None:
        assert self._process is not None
        self._process.wait()
        self._reader.join()
        self._process = None

    def _listen(self, process: "subprocess.Popen[str]", heard: threading.Event) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            # The last line of a killed process may be half a line.
            if line.endswith("\n"):
                self.said.append(line.strip())
            heard.set()
        heard.set()


def vote_on(store: VoteStore, secret: str) -> None:
    """Answer every trial of a viewer, as another process does too; go on where the database was away."""
    while True:
        try:
            trial = store.next_trial(secret)
            if trial is None:
                return
            with contextlib.suppress(OutOfOrder):
                for step in ("ready", "played"):
                    store.step(secret, trial.id, trial.attempt, step, {})
            answer = {"choice": "left", "idempotency_key": f"k{trial.id}", "response_ms": 1, "telemetry": {}}
            receipt = store.vote(secret, trial.id, Answer(attempt=trial.attempt, **answer))
        except StorageError:
            time.sleep(0.02)
            continue
        # print() writes the line and its end apart, and threads come between.
        sys.stdout.write(f"{trial.id} {receipt.status}\n")
        sys.stdout.flush()


def main() -> None:
    """Vote until nothing is left."""
    url, *secrets = sys.argv[1:]
    while True:
        try:
            store = open_store(url)
            break
        except StorageError:
            time.sleep(0.05)
    for secret in secrets:
        threading.Thread(target=vote_on, args=(store, secret)).start()


if __name__ == "__main__":
    main()
