"""Can anybody tell from what a browser receives on which side the test HRC is? Two hundred trials are tried.

A right server fails one draw in twenty at 95 %. So there are up to three draws, one of which must pass: a right server
fails one run in 8,000; the leaks of the control are found in every draw. Times are heard by tests/bench/blinding.py.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from qualab import lab
from qualab.lab.server import serving
from qualab.study.workspace import Workspace
from qualab.ui.http import clip_api, clip_file, routes, voting_api
from qualab.ui.http import trial_response as offer
from qualab.ui.http.middleware import MIDDLEWARE
from qualab.voting.design.frozen import frozen_design
from qualab.voting.design.trial_lists import make_trials

pytestmark = pytest.mark.slow

VIEWERS, DRAWS = 10, 3
PACKINGS = ("packed", "two")


@contextmanager
def over_the_network(ws: Workspace) -> Iterator[Callable[[str], Any]]:
    """Give a function that joins at a real server and returns who asks it: head and whole answer are timed."""
    with serving(ws.root) as url:

        def join(token: str) -> Any:
            host, port = url.removeprefix("http://").split(":")
            line = HTTPConnection(host, int(port), timeout=30)
            cookie = {"cookie": ""}

            def ask(method: str, path: str, *, json: Any = None, headers: Any = None) -> Any:
                body = None if json is None else dumped(json)
                sent = {**cookie, **(headers or {}), **({"content-type": "application/json"} if body else {})}
                begin = time.perf_counter()
                line.request(method, path, body=body, headers=sent)
                answer = line.getresponse()
                head = time.perf_counter() - begin
                found = answer.read()
                whole = time.perf_counter() - begin
                named = {name.lower(): value for name, value in answer.getheaders()}
                return answer.status, named, found, 1000 * head, 1000 * whole

            _, headers, *_ = ask("GET", f"/join/{token}")
            cookie["cookie"] = headers["set-cookie"].partition(";")[0]
            return closing(line), ask

        yield join


dumped = json.dumps


@contextmanager
def in_this_process(ws: Workspace) -> Iterator[Callable[[str], Any]]:
    """Give the same of the app in this process, where a leak can be planted."""

    def join(token: str) -> Any:
        runner = asyncio.Runner()
        app = Starlette(routes=routes.ROUTES, middleware=MIDDLEWARE)
        browser = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8501")
        runner.run(browser.get(f"/join/{token}"))

        def ask(method: str, path: str, *, json: Any = None, headers: Any = None) -> Any:
            answer = runner.run(browser.request(method, path, json=json, headers=headers))
            return answer.status_code, dict(answer.headers), answer.content, 0.0, 0.0

        return closing(runner), ask

    yield join


def listen(ws: Workspace, door: Any, ear: Any) -> Any:
    """Return what a session of ten viewers brings, 200 trials."""
    folder, store = ws.folder("audit"), lab.store(ws)
    design = frozen_design(folder.load(), folder.read_manifest())
    current = store.open_launch("audit")
    first = store.next_subject_number(current.id, simulated=True) if current else 1
    trials = make_trials(design, subjects=range(first, first + VIEWERS))
    tokens, spoils = store.launch("audit", design.dump(), trials, simulated=True), ear.Spoils()
    with door(ws) as join:
        for token, (_, own) in zip(tokens, trials.groupby("subject"), strict=True):
            truth = {row.position: (row.left == "b", row.src) for row in own.itertuples()}
            closer, ask = join(token)
            with closer:
                ear.go_through(ask, truth, spoils)
    return spoils


@pytest.fixture(scope="module")
def heard() -> dict[str, Any]:
    """Return the first draw of each packing, for the tests that share it."""
    return {}


def drawn(draw: int, packing: str, copied: Any, ear: Any, heard: dict[str, Any]) -> Any:
    """Return one draw of 200 trials of a real server; the first one is kept."""
    if draw == 0 and packing in heard:
        return heard[packing]
    found = listen(copied(packing), over_the_network, ear)
    return heard.setdefault(packing, found) if draw == 0 else found


@pytest.mark.parametrize("packing", PACKINGS)
def test_nothing_that_200_trials_send_tells_the_side_of_the_test_hrc(copied, eavesdropper, heard, packing):
    told = []
    for draw in range(DRAWS):
        spoils = drawn(draw, packing, copied, eavesdropper, heard)
        hits, trials, (low, high) = eavesdropper.accuracy(spoils, seed=draw)
        assert (trials, sum(spoils.labels)) == (200, 100)
        told.append(f"{hits} of {trials} right, 95 % interval {low:.3f} to {high:.3f}")
        if low <= 0.5 <= high:
            return
    raise AssertionError(told)


@pytest.mark.parametrize("packing", PACKINGS)
def test_serving_either_side_is_the_same_work(copied, eavesdropper, monkeypatch, packing):
    """Where the test HRC is left, the same bytes are read in the same pieces as where it is right."""
    read, pieces, work = clip_file._read, [], []

    def counted(path: Path, start: int, end: int) -> Iterator[bytes]:
        for chunk in read(path, start, end):
            pieces.append(len(chunk))
            yield chunk

    @contextmanager
    def counting(ws: Workspace) -> Iterator[Callable[[str], Any]]:
        with in_this_process(ws) as join:

            def joined(token: str) -> Any:
                closer, ask = join(token)

                def asked(method: str, path: str, **more: Any) -> Any:
                    answer = ask(method, path, **more)
                    if path == "/api/vote":
                        work.append(tuple(pieces))
                        pieces.clear()
                    return answer

                return closer, asked

            yield joined

    monkeypatch.setattr(clip_file, "_read", counted)
    monkeypatch.setattr(clip_file, "_CHUNK", 4096)
    spoils = listen(copied(packing), counting, eavesdropper)
    trials = list(zip(spoils.clips, spoils.labels, work, strict=True))
    assert min(len(found) for found in work) > 3
    for clip in set(spoils.clips):
        of_clip = [(is_left, found) for other, is_left, found in trials if other == clip]
        left, right = ({found for is_left, found in of_clip if is_left is side} for side in (True, False))
        assert left == right
        assert len(left) == 1


def planted_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte more in the answer where the test HRC is left."""
    offered = offer.offered

    def leaky(viewer: Any, trial: Any, *more: Any, **named: Any) -> dict[str, Any]:
        return offered(viewer, trial, *more, **named) | {"question": "?" * (1 + (trial.left == "b"))}

    monkeypatch.setattr(voting_api, "offered", leaky)


def planted_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """A header that says how long a file is without what levels it with the other one."""
    answer = clip_file.clip_answer

    def leaky(request: Request, path: Any) -> Any:
        found = answer(request, path)
        found.headers["etag"] = str(len(path.read_bytes().rstrip(b"\0")))
        return found

    monkeypatch.setattr(clip_api, "clip_answer", leaky)


@pytest.mark.parametrize(("packing", "plant"), [("packed", planted_size), ("two", planted_length)])
def test_a_leak_that_is_planted_is_found(copied, eavesdropper, monkeypatch, packing, plant):
    plant(monkeypatch)
    hits, trials, (low, _) = eavesdropper.accuracy(listen(copied(packing), in_this_process, eavesdropper), seed=0)
    assert low > 0.5, f"{hits} of {trials} right"
