"""What every presentation keeps to, whichever row of the table it is: its layout, its keys, its texts."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from qualab.study.presentations import PLAYBACK_KEYS, PRESENTATIONS, Presentation
from qualab.study.protocol import LANGUAGES
from qualab.ui import player
from qualab.ui.viewer.strings import strings
from qualab.voting.design import METHODS

PLAYER = Path(player.__file__).parent
CATALOGUE = PLAYER.parent / "viewer" / "strings"
REVEALING = ("upscal", "skalier", "resolution", "auflösung", "bicubic", "baseline", "original", "trap", "gold")


@pytest.fixture(params=PRESENTATIONS.values(), ids=list(PRESENTATIONS))
def presentation(request: pytest.FixtureRequest) -> Presentation:
    return request.param


def test_the_table_names_each_presentation_by_its_id() -> None:
    assert all(name == row.id for name, row in PRESENTATIONS.items())


def test_each_presentation_has_a_layout_in_the_players_script(presentation: Presentation) -> None:
    layout = f"layouts/{presentation.id}.js"
    assert layout in player.SCRIPTS
    assert f'LAYOUTS["{presentation.id}"] = {{' in (PLAYER / layout).read_text(encoding="utf-8")


def test_no_layout_lacks_its_row() -> None:
    assert {path.stem for path in (PLAYER / "layouts").iterdir()} == set(PRESENTATIONS)


def test_no_other_file_of_the_player_knows_a_presentation_or_a_method(presentation: Presentation) -> None:
    scripts = [name for name in player.SCRIPTS if not name.startswith("layouts/")]
    for file in (*scripts, "player.html", "player.css"):
        # A dot begins a class in CSS, and a method in JavaScript.
        before = "[\"'.]" if file.endswith(".css") else "[\"']"
        text = (PLAYER / file).read_text(encoding="utf-8")
        assert [name for name in (presentation.id, *METHODS) if re.search(rf"{before}{name}\b", text)] == [], file


def test_keys_of_a_presentation_are_its_own(presentation: Presentation) -> None:
    assert set(presentation.keys).isdisjoint(PLAYBACK_KEYS)
    assert set(presentation.required_keys) <= set(presentation.keys)
    assert presentation.duration_factor >= 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_viewers_read_about_a_presentation_is_there(presentation: Presentation, language: str) -> None:
    texts = strings(language)
    layout = (PLAYER / "layouts" / f"{presentation.id}.js").read_text(encoding="utf-8")
    wanted = {f"show.{presentation.id}", *(f"does.{does}" for does in presentation.keys.values())}
    named = set(re.findall(r'"((?:missing|control|hint)\.[a-z-]+)"|\btext\("([^"]+)"', layout))
    wanted |= {name for names in named for name in names if name}
    wanted |= {f"{name}.touch" for name in wanted if name.startswith("hint.")}
    assert wanted - set(texts) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_stands_twice(language: str) -> None:
    shared = json.loads((CATALOGUE / f"{language}.json").read_text(encoding="utf-8"))
    rows = [*PRESENTATIONS.values(), *METHODS.values()]
    keys = Counter(key for texts in (shared, *(row.texts[language] for row in rows)) for key in texts)
    assert [key for key, times in keys.items() if times > 1] == []
    assert set(keys) == set(strings(language))


def test_every_language_has_the_same_texts() -> None:
    assert {frozenset(strings(language)) for language in LANGUAGES} == {frozenset(strings("en"))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_viewers_read_nothing_about_what_is_compared(language: str) -> None:
    assert [text for text in strings(language).values() if any(word in text.lower() for word in REVEALING)] == []
