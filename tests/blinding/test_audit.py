"""Can anybody tell from what a browser receives on which side the test HRC is? Two hundred trials are tried.

A right server fails one draw in twenty at 95 %, and one in a hundred of the KS test. So each is drawn up to three times
and must pass once: a right server fails one run in 8,000; the leaks of the control are found in every draw.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from typing import Any

import httpx
import pytest
from scipy.stats import ks_2samp
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
            begin = time.perf_counter()
            answer = runner.run(browser.request(method, path, json=json, headers=headers))
            took = 1000 * (time.perf_counter() - begin)
            return answer.status_code, dict(answer.headers), answer.content, took, took

        return closing(runner), ask

    yield join


def listen(ws: Workspace, door: Any, ear: Any) -> Any:
    """Return what a session of ten viewers brings, 200 trials."""
    folder, store = ws.folder("audit"), lab.store(ws)
    design = frozen_design(folder.load(), folder.manifest_data())
    current = store.open_launch("audit")
    first = store.next_subject_number(current.id, simulated=True) if current else 1
    trials = make_trials(design, subjects=range(first, first + VIEWERS))
    tokens, spoils = store.launch("audit", design, trials, simulated=True), ear.Spoils()
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
        print(f"{packing}: {told[-1]}, {len(set().union(*spoils.rows))} things heard")
        if low <= 0.5 <= high:
            return
    raise AssertionError(told)


@pytest.mark.parametrize("packing", PACKINGS)
def test_serving_takes_as_long_on_either_side(copied, eavesdropper, heard, packing):
    first, second = ("test", "baseline") if packing == "two" else ("left", "right")
    for draw in range(DRAWS):
        times = drawn(draw, packing, copied, eavesdropper, heard).times
        found = {
            what: float(ks_2samp(times[f"{first}, {what}"], times[f"{second}, {what}"]).pvalue)
            for what in ("first byte", "all")
        }
        print(f"{packing}: KS p {found}")
        if min(found.values()) > 0.01:
            return
    raise AssertionError(found)


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


def planted_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some milliseconds more where the test HRC is left: more than a machine busy with other tests adds by chance."""
    offered = offer.offered

    def leaky(viewer: Any, trial: Any, *more: Any, **named: Any) -> dict[str, Any]:
        time.sleep(0.03 * (trial.left == "b"))
        return offered(viewer, trial, *more, **named)

    monkeypatch.setattr(voting_api, "offered", leaky)


@pytest.mark.parametrize(
    ("packing", "plant"), [("packed", planted_size), ("packed", planted_delay), ("two", planted_length)]
)
def test_a_leak_that_is_planted_is_found(copied, eavesdropper, monkeypatch, packing, plant):
    plant(monkeypatch)
    hits, trials, (low, _) = eavesdropper.accuracy(listen(copied(packing), in_this_process, eavesdropper), seed=0)
    print(f"{plant.__name__}: {hits} of {trials} right, at least {low:.3f}")
    assert low > 0.5
