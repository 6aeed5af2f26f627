import re
from pathlib import Path

import pytest

from qualab.study.presentations import PLAYBACK_KEYS, PRESENTATIONS
from qualab.study.protocol import LANGUAGES, QUESTIONS, Rules
from qualab.ui import player
from qualab.ui.http.requests import Conditions, Telemetry
from qualab.ui.viewer.consent import ANSWERS
from qualab.ui.viewer.strings import strings
from qualab.voting.design import METHODS
from qualab.voting.design.validity import broken_rule

FOLDER = Path(player.__file__).parent
PARTS = {name: (FOLDER / name).read_text(encoding="utf-8") for name in player.SCRIPTS}
RULES = ("dropped", "focus", "rescaled", "small")
ALL = "\n".join(PARTS.values())


@pytest.fixture(params=LANGUAGES)
def texts(request):
    return strings(request.param)


def names_in(text: str) -> set[str]:
    """Return the words of snake_case that begin a property of an object."""
    return set(re.findall(r"\b([a-z]+(?:_[a-z]+)*)(?=[:,])", text))


def between(name: str, start: str, end: str) -> str:
    return PARTS[name].partition(start)[2].partition(end)[0]


def test_the_player_sends_exactly_the_telemetry_that_is_taken():
    viewport = between("conditions.js", "function viewport() {", "\n}")
    shown = between("playback.js", "telemetry() {", "\n  }")
    more = between("player.js", "telemetry: {", "}")
    assert set(Telemetry.model_fields) <= names_in(viewport) | names_in(shown) | names_in(more)
    sent = between("conditions.js", "function conditions(", "\n}")
    assert set(Conditions.model_fields) <= names_in(viewport) | names_in(sent)


def test_every_file_of_the_player_is_part_of_its_script():
    assert {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.js")} == set(player.SCRIPTS)


def test_every_text_of_the_player_is_in_the_catalogue(texts):
    html = (FOLDER / "player.html").read_text(encoding="utf-8")
    keys = set(re.findall(r'\btext\("([^"]+)"', ALL)) | set(re.findall(r'data-(?:text|label)="([^"]+)"', html))
    keys |= set(re.findall(r'"((?:missing|trouble|control|hint|answer|feedback)\.[a-z-]+)"', ALL))
    keys |= {f"hint.{name}.touch" for name in PRESENTATIONS} | {f"keys.{name}" for name in METHODS}
    keys |= {f"again.{why}" for why in RULES} | {f"ended.{why}" for why in ("closed", "done", "welcome", "unknown")}
    keys |= {answer.label for method in METHODS.values() for answer in method.answers}
    assert len(keys) > 60
    assert keys - set(texts) == set()


def test_the_reasons_for_another_showing_are_those_of_the_rules():
    rules = Rules(min_width=800)
    fine = {"frames_total": 100, "frames_dropped": 0, "focus_losses": 0, "rescaled": False, "viewport_width": 900}
    fine |= {"viewport_height": 900}
    broken = ({"frames_dropped": 3}, {"focus_losses": 1}, {"rescaled": True}, {"viewport_width": 700})
    assert tuple(broken_rule(fine | case, rules) for case in broken) == RULES
    assert broken_rule(fine, rules) is None


def test_every_text_of_the_viewers_pages_is_in_the_catalogue(texts):
    viewer = FOLDER.parent / "viewer"
    pages = "".join((viewer / name).read_text(encoding="utf-8") for name in ("pages.py", "consent.py"))
    keys = set(re.findall(r'"(page\.[a-z-]+)"', pages))
    keys |= {f"show.{name}" for name in PRESENTATIONS} | {f"ask.{name}" for name in METHODS}
    does = {answer.does for method in METHODS.values() for answer in method.answers} | set(PLAYBACK_KEYS.values())
    does |= {name for row in PRESENTATIONS.values() for name in row.keys.values()}
    keys |= {f"does.{name}" for name in does} | {f"question.{name}" for name in QUESTIONS}
    keys |= {f"{name}.{value}" for name, values in ANSWERS.items() for value in values}
    assert len(keys) > 60
    assert keys - set(texts) == set()


def test_the_player_requests_nothing_but_from_its_server():
    for text in (*PARTS.values(), *(path.read_text() for path in FOLDER.glob("*.css"))):
        assert not re.search(r"https?://|@import|url\(", re.sub(r"URL\.\w+\(", "", text))
