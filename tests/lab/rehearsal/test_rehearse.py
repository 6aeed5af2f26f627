"""Simulated viewers at the door of real ones: what they were to say is what is stored."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from qualab import lab
from qualab.cli.main import _app, _outcome, _placed
from qualab.errors import InputError, ToolMissing
from qualab.lab.rehearsal.session import Session
from qualab.lab.server import serving
from qualab.study.workspace import Workspace
from qualab.voting.design.frozen import parse_design
from qualab.voting.design.simulate import simulate_choices
from qualab.voting.design.trial_lists import make_trials

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(toy_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, str]]:
    """Serve a copy of the toy study."""
    root = tmp_path_factory.mktemp("site") / "studies"
    shutil.copytree(toy_template, root)
    with serving(root) as url:
        yield Workspace(root), url
    lab.store(Workspace(root)).close_connections()


@pytest.fixture
def fresh(site: tuple[Workspace, str]) -> Iterator[tuple[Workspace, str]]:
    """Return the site; its launch is closed afterwards."""
    yield site
    if lab.progress(site[0], "toy")["state"] == "open":
        lab.close(site[0], "toy")


def settings(ws: Workspace, **voting: object) -> None:
    folder = ws.folder("toy")
    study = folder.load()
    folder.save(study.model_validate(study.model_dump() | {"voting": study.voting.model_dump() | voting}))


def latest(ws: Workspace):
    votes = lab.votes(ws, "toy")
    return votes[votes["launch"] == votes["launch"].max()].reset_index(drop=True)


@pytest.mark.parametrize("method", ["forced-choice", "with-tie", "ccr-7"])
def test_every_planned_answer_is_stored_by_way_of_the_routes(fresh, method):
    ws, url = fresh
    settings(ws, method=method, reasons=["sharper"], consent="We store what you answer.")
    told: list[tuple[int, int]] = []
    crowd = {"side_bias": 1.0, "inattentive": 0.25, "clip_sd": 0.5}
    count = lab.simulate(
        ws, "toy", subjects=4, share=0.8, seed=3, url=url, on_progress=lambda *far: told.append(far), **crowd
    )
    launch = lab.store(ws).launches("toy")[-1]
    trials = make_trials(parse_design(launch.design), subjects=range(1, 5))
    planned = simulate_choices(trials, share=0.8, seed=3, method=method, reasons=["sharper"], **crowd)
    stored = latest(ws)
    assert (count, told[-1]) == (16, (16, 16))
    assert stored["choice"].tolist() == planned["choice"].tolist()
    assert stored["response_ms"].tolist() == planned["response_ms"].tolist()
    assert stored["simulated"].all()
    assert stored["valid"].all()
    if method == "ccr-7":
        assert (stored["score"].abs() == planned["score"].abs()).all()
    assert lab.store(ws).verify("toy") == []
    settings(ws, method="forced-choice", reasons=[], consent="")


def test_more_simulated_viewers_join_the_same_launch(fresh):
    ws, url = fresh
    lab.simulate(ws, "toy", subjects=1, share=0.8, seed=1, url=url)
    lab.simulate(ws, "toy", subjects=2, share=0.8, seed=1, url=url)
    assert lab.progress(ws, "toy")["simulated"]["finished"] >= 3
    assert latest(ws)["subject"].nunique() == 3


def test_a_server_of_another_workspace_is_found_out(site, toy: Workspace):
    with pytest.raises(InputError, match="does not know a viewer"):
        lab.simulate(toy, "toy", subjects=1, share=0.5, seed=1, url=site[1])


def test_a_server_that_is_not_there_is_one_line(toy: Workspace):
    words = ["simulate", "toy", "--subjects", "1", "--share", "0.5", "--url", "http://127.0.0.1:9"]
    code, said = exit_of(words)
    assert (code, said.startswith("http://127.0.0.1:9: cannot be reached")) == (2, True)


def test_a_study_closed_meanwhile_ends_the_rehearsal(fresh):
    ws, url = fresh
    token = lab.launch(ws, "toy", viewers=1)[0]
    with Session(url, token) as viewer:
        assert viewer.trial() is not None
        lab.close(ws, "toy")
        with pytest.raises(InputError, match="closed the study"):
            viewer.trial()


def test_without_playwright_a_browser_is_refused_before_anything_is_launched(toy: Workspace, monkeypatch):
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    words = ["simulate", "toy", "--subjects", "2", "--share", "0.5", "--browser", "1"]
    code, said = exit_of(words)
    assert (code, "Playwright is not installed" in said) == (4, True)
    assert lab.progress(toy, "toy")["state"] == "none"


def test_a_server_that_does_not_start_is_told(toy: Workspace, monkeypatch, tmp_path):
    monkeypatch.setattr("qualab.lab.server.shipped", lambda name: tmp_path / name)
    with pytest.raises(ToolMissing, match="did not start"):
        lab.simulate(toy, "toy", subjects=1, share=0.5, seed=1)


def exit_of(words: list[str]) -> tuple[int, str]:
    """Run the command line in this process and return its exit status and error."""
    return _outcome(lambda: _app()(_placed(words), standalone_mode=False))
