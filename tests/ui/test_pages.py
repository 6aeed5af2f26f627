import json
import os
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from qualab import lab
from qualab.study.config import Study
from qualab.study.files import write_json
from qualab.study.templates import TEMPLATES
from qualab.study.workspace import Workspace
from qualab.ui import access
from qualab.ui import pages as script
from qualab.ui.http.routes import SCRIPT

PAGES = [page.__name__ for page, _ in script._CONSOLE]
# These pages are about no study.
STUDY_PAGES = [page for page in PAGES if page not in ("plan", "upscalers")]


def run(page: str, monkeypatch, *, cookies: dict[str, str] | None = None, **query: str) -> AppTest:
    """Run one page of the app with these cookies; the researcher's by default."""
    given = {access.CONSOLE_COOKIE: access.console_cookie()} if cookies is None else cookies
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", given)
    found = AppTest.from_file(SCRIPT, default_timeout=30)
    found.query_params.update(query)
    # AppTest.switch_page knows pages that are files; these are functions, known by the hash of their address.
    found._page_hash = calc_hash(page) if page else ""
    return found.run()


def text(found: AppTest) -> str:
    """Return everything a page says."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "error", "info", "warning", "code")
    return "\n".join(str(element.value) for kind in kinds for element in found.get(kind))


@pytest.mark.parametrize("page", STUDY_PAGES)
def test_every_page_of_an_empty_workspace_says_what_to_do_next(page, tmp_path, monkeypatch):
    monkeypatch.setenv("QUALAB_STUDIES", str(tmp_path))
    found = run(page, monkeypatch)
    assert not found.exception
    assert "No study yet" in text(found)
    assert "qualab demo" in text(found)


@pytest.mark.parametrize("page", STUDY_PAGES)
def test_every_page_of_a_study_without_clips_says_what_to_do_next(page, toy: Workspace, monkeypatch):
    lab.create_study(toy, "bare", title="Bare", upscalers=["bicubic", "lanczos"], source_height=90, display_height=180)
    found = run(page, monkeypatch, study="bare")
    assert not found.exception
    assert any(
        word in text(found) for word in ("No clip yet", "nothing to compare", "No votes", "No answers", "Not built yet")
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_a_built_study(page, toy: Workspace, monkeypatch):
    found = run(page, monkeypatch)
    assert not found.exception
    assert not found.error


@pytest.mark.parametrize("page", STUDY_PAGES)
def test_a_broken_study_is_one_line_and_the_others_still_work(page, toy: Workspace, monkeypatch):
    broken = toy.root / "broken"
    broken.mkdir()
    (broken / "study.toml").write_text("id = 'broken'\nid = 'again'\n")
    found = run(page, monkeypatch, study="broken")
    assert not found.exception
    assert found.error
    assert all("\n" not in box.value and "broken" in box.value for box in found.error)
    assert not run(page, monkeypatch, study="toy").exception


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("cookies", [{}, {"qualab_console": "guess"}, {"qualab_viewer": "some-session"}])
def test_console_pages_show_strangers_and_viewers_only_how_to_get_in(page, cookies, toy, monkeypatch):
    found = run(page, monkeypatch, cookies=cookies)
    assert not found.exception
    assert "You need a link" in text(found)
    assert "toy" not in text(found)
    assert not found.sidebar.selectbox


def test_creating_a_study_chooses_it_and_a_wrong_id_is_one_line(toy: Workspace, monkeypatch):
    found = run("studies", monkeypatch)
    create = next(button for button in found.button if button.label == "Create study")
    found.text_input[0].set_value("../evil")
    found = create.click().run()
    assert [box.value.count("\n") for box in found.error] == [0]
    found.text_input[0].set_value("second")
    found = next(button for button in found.button if button.label == "Create study").click().run()
    assert not found.error
    assert found.sidebar.selectbox[0].value == "second"
    assert isinstance(toy.folder("second").load(), Study)


def test_the_templates_show_what_they_would_make_before_a_study_is_created(toy: Workspace, monkeypatch):
    found = run("studies", monkeypatch)
    templates = next(radio for radio in found.radio if radio.label == "Template")
    assert [str(option) for option in templates.options] == list(TEMPLATES)
    found = templates.set_value("ladder").run()
    assert "12 renditions and 3 upscalers make 28 HRCs" in text(found)
    next(box for box in found.multiselect if box.label == "Heights of renditions, lines").set_value([360])
    rates = next(box for box in found.text_input if box.label.startswith("Bitrates"))
    found = rates.set_value("400, 800 fast").run()
    assert "Not a number: fast" in found.warning[-1].value
    assert "2 renditions and 3 upscalers make 6 HRCs" in text(found)
    assert "steps" not in toy.ids()
    found.text_input[0].set_value("steps")
    found = next(button for button in found.button if button.label == "Create study").click().run()
    assert not found.exception
    assert [rendition.id for rendition in toy.folder("steps").load().rendition] == ["360p-400", "360p-800"]
    assert "2 renditions, 6 HRCs at 720 lines" in text(found)


def test_a_plan_is_shown_until_the_study_changes(toy: Workspace, monkeypatch):
    folder = toy.folder("toy")
    (folder.path / "jobs").mkdir()
    began = datetime.now(UTC).isoformat(timespec="seconds")
    job = {"pid": 2**22 + 1, "born": 0, "verb": ["build", "toy", "--plan"], "started_at": began}
    write_json(folder.path / "jobs" / "job.json", job)
    write_json(folder.path / "jobs" / "result.json", {"exit_code": 0, "error": ""})
    share = {"type": "plan", "kind": "total", "missing": 7, "kept": 1, "seconds": 90.0, "bytes": 250_000_000}
    (folder.path / "jobs" / "out.ndjson").write_text(json.dumps(share) + "\n")
    assert "about 1 minute and 30 seconds, 250.0 MB" in text(run("studies", monkeypatch))
    later = datetime.now(UTC).timestamp() + 5
    os.utime(folder.path / "study.toml", (later, later))
    assert "250.0 MB" not in text(run("studies", monkeypatch))


def test_a_build_that_failed_for_some_clips_names_them(toy: Workspace, monkeypatch):
    folder = toy.folder("toy")
    failure = {"src": "toy-fox", "hrc": "toytest", "step": "upscale", "error": "disk <b>full</b>"}
    write_json(folder.manifest, {**json.loads(folder.manifest.read_text()), "failures": [failure]})
    found = run("studies", monkeypatch)
    assert "toytest" in found.warning[0].value
    assert "<b>" not in found.warning[0].value


def test_the_script_that_streamlit_runs_is_the_one_the_app_names():
    assert SCRIPT.samefile(script.__file__)
