import re
from pathlib import Path

import pytest

from qualab.study.families import METHODS
from qualab.study.protocol import LANGUAGES, PRESENTATIONS, QUESTIONS
from qualab.ui import player
from qualab.ui.http.requests import Conditions, Telemetry
from qualab.ui.viewer.consent import ANSWERS
from qualab.ui.viewer.strings import strings
from qualab.voting.design import PRESENTATIONS as ENTRIES
from qualab.voting.design.presentations import ANSWER_KEYS
from qualab.voting.design.presentations import SIDE_BY_SIDE as ANY
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
    shown = between("show.js", "telemetry() {", "\n  }")
    more = between("player.js", "telemetry: {", "}")
    assert set(Telemetry.model_fields) <= names_in(viewport) | names_in(shown) | names_in(more)
    assert set(ANY.records) == set(Telemetry.model_fields)
    said = between("conditions.js", "function conditions(", "\n}")
    assert set(Conditions.model_fields) <= names_in(viewport) | names_in(said)


def test_every_file_of_the_player_is_part_of_its_script():
    found = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.js")}
    assert found == set(player.SCRIPTS)


def test_every_text_the_player_asks_for_is_in_the_catalogue(texts):
    html = (FOLDER / "player.html").read_text(encoding="utf-8")
    asked = set(re.findall(r'say\("([^"]+)"', ALL)) | set(re.findall(r'data-(?:say|label)="([^"]+)"', html))
    asked |= set(re.findall(r'"((?:missing|trouble|control|hint|answer|feedback)\.[a-z-]+)"', ALL))
    asked |= {f"hint.{one}.touch" for one in PRESENTATIONS} | {f"keys.{one}" for one in METHODS}
    asked |= {f"again.{why}" for why in RULES} | {f"ended.{why}" for why in ("closed", "done", "welcome", "unknown")}
    asked |= {f"scale.{score}" for score in range(-3, 4)}
    assert asked - set(texts) == set()


def test_the_reasons_for_another_showing_are_those_of_the_rules():
    rules = {
        "min_width": 800,
        "min_height": 0,
        "max_dropped_percent": 2,
        "max_focus_losses": 0,
        "allow_rescaling": False,
    }
    fine = {"frames_total": 100, "frames_dropped": 0, "focus_losses": 0, "rescaled": False, "viewport_width": 900}
    fine |= {"viewport_height": 900}
    broken = ({"frames_dropped": 3}, {"focus_losses": 1}, {"rescaled": True}, {"viewport_width": 700})
    assert tuple(broken_rule(fine | one, rules) for one in broken) == RULES
    assert broken_rule(fine, rules) is None


def test_every_text_of_the_viewers_pages_is_in_the_catalogue(texts):
    pages = "".join((FOLDER.parent / name).read_text(encoding="utf-8") for name in ("viewer.py", "consent.py"))
    asked = set(re.findall(r'"(page\.[a-z-]+)"', pages))
    asked |= {f"show.{one}" for one in PRESENTATIONS} | {f"ask.{one}" for one in METHODS}
    keys = [
        does
        for table in (*ANSWER_KEYS.values(), *(entry.keys for entry in ENTRIES.values()))
        for does in table.values()
    ]
    asked |= {f"does.{does}" for does in keys} | {f"question.{name}" for name in QUESTIONS}
    asked |= {f"{name}.{value}" for name, values in ANSWERS.items() for value in values}
    assert len(asked) > 60
    assert asked - set(texts) == set()


def test_the_player_asks_nothing_of_the_network_but_its_own_server():
    for text in (*PARTS.values(), *(path.read_text() for path in FOLDER.glob("*.css"))):
        assert not re.search(r"https?://|@import|url\(", re.sub(r"URL\.\w+\(", "", text))
