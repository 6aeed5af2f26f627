"""A whole rehearsal: every simulated viewer answers every trial, some of them in a real browser."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Lock
from typing import TYPE_CHECKING

import pandas as pd

from qualab.lab.rehearsal.answer import Part, answer_of
from qualab.lab.rehearsal.session import Session
from qualab.lab.server import serving
from qualab.study.tables import records
from qualab.study.workspace import Workspace

if TYPE_CHECKING:
    from qualab.lab.rehearsal.browser import Chromium

# Few: they share the machine with the server, and a viewer of flesh and blood is never as quick.
_AT_ONCE = 4


def parts_of(tokens: Sequence[str], answers: pd.DataFrame) -> list[Part]:
    """Return the parts of viewers from their tokens and what simulate_choices says of all of them, in order."""
    by_viewer = [viewer_answers for _, viewer_answers in answers.groupby("subject", sort=True)]
    return [
        Part(token, {int(row["position"]): answer_of(row) for row in records(viewer_answers)})
        for token, viewer_answers in zip(tokens, by_viewer, strict=True)
    ]


@contextmanager
def server_ready(ws: Workspace, *, url: str | None = None, browsers: int = 0) -> Iterator["Stage"]:
    """Give a stage whose server runs, and whose browser does where some viewers are to use one.

    The server is the one at `url`, which serves this workspace, else one on 127.0.0.1 that ends with the block.

    Raises:
        ToolMissing: Playwright or Chromium is not there, or the server did not start.
    """
    with _chromium(browsers) as browser, _server(ws, url) as address:
        yield Stage(address, browser, browsers)


@dataclass(frozen=True)
class Stage:
    """A server, and a browser for the first `browsers` viewers."""

    url: str
    browser: "Chromium | None"
    browsers: int

    def rehearse(self, parts: Sequence[Part], on_progress: Callable[[int, int], None]) -> int:
        """Let all viewers answer; return how many votes were saved.

        Raises:
            InputError: the server cannot be reached, or serves another workspace.
            StorageError: the server cannot store votes.
        """
        counter = _Counter(sum(len(part.answers) for part in parts), on_progress)
        if self.browser is not None:
            for part in parts[: self.browsers]:
                self.browser.answer(self.url, part, counter.count)
        _answer_all(self.url, parts[self.browsers :], counter)
        return counter.done


def _answer_all(url: str, parts: Sequence[Part], counter: "_Counter") -> None:
    stop = Event()
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        works = [threads.submit(_answer, url, part, counter, stop) for part in parts]
        try:
            done, _ = wait(works, return_when=FIRST_EXCEPTION)
            for work in done:
                work.result()
        finally:
            stop.set()


def _answer(url: str, part: Part, counter: "_Counter", stop: Event) -> None:
    if stop.is_set():
        return
    with Session(url, part.token) as viewer:
        viewer.note_conditions()
        while not stop.is_set() and (shown := viewer.trial()) is not None:
            viewer.watch(shown)
            counter.count(viewer.vote(shown, part.answers[shown["position"]]))


class _Counter:
    """Counts saved votes from several threads and tells how far it is."""

    def __init__(self, total: int, tell: Callable[[int, int], None]) -> None:
        self.done, self._total, self._tell, self._lock = 0, total, tell, Lock()

    def count(self, status: str) -> None:
        """Count an answer that was stored."""
        with self._lock:
            self.done += status == "saved"
            self._tell(self.done, self._total)


@contextmanager
def _server(ws: Workspace, url: str | None) -> Iterator[str]:
    if url is not None:
        yield url.rstrip("/")
        return
    with serving(ws.root) as address:
        yield address


@contextmanager
def _chromium(wanted: int) -> Iterator["Chromium | None"]:
    if not wanted:
        yield None
        return
    from qualab.lab.rehearsal.browser import open_browser

    with open_browser() as browser:
        yield browser
