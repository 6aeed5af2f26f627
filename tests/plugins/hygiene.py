"""What every test leaves behind: no output that it did not read, no global generator in another state."""

import sys
from collections.abc import Generator, Iterator

import numpy as np
import pytest

# Dask's workers import what the test's process did, Streamlit too, which then misses its server.
_OF_WORKERS = ("No runtime found, using MemoryCacheStorageManager",)
_REPORT = pytest.StashKey[pytest.TestReport]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep a test's latest report, so that its fixtures can read what it printed."""
    report = yield
    item.stash[_REPORT] = report
    return report


@pytest.fixture(autouse=True)
def _leaves_no_output(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that prints what it does not read by capsys or capfd, be it by a process or a library in C."""
    yield
    report = request.node.stash[_REPORT]
    lines = (report.capstdout + report.capstderr).splitlines(keepends=True)
    stray = "".join(line for line in lines if not line.strip().endswith(_OF_WORKERS))
    if report.passed and stray:
        pytest.fail(f"the test leaves output that it does not read (capsys, capfd): {stray[-2000:]}", pytrace=False)


@pytest.fixture(autouse=True)
def _leaves_global_generators_alone() -> Iterator[None]:
    """Fail a test that changes what the next test draws."""
    before = _states()
    yield
    after = _states()
    changed = [name for name, state in before.items() if after[name] != state]
    if changed:
        pytest.fail(f"the test leaves the global generator of {', '.join(changed)} changed", pytrace=False)


def _states() -> dict[str, object]:
    """Return the states that nothing may change. Python's own `random` is not among them: Rich draws from it when it is
    imported, Dask while it works; ruff bans it in qualab.
    """
    states: dict[str, object] = {"numpy": repr(np.random.get_state(legacy=True)[1:])}
    if (torch := sys.modules.get("torch")) is not None:
        states["torch"] = bytes(torch.get_rng_state().numpy())
    return states
