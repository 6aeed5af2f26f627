"""The tables of methods and presentations, held against the settings that name them and the player that shows them."""

import json
import re
from importlib.resources import files

import pytest

from qualab.study.families import METHODS as METHOD_IDS
from qualab.study.protocol import LANGUAGES
from qualab.study.protocol import PRESENTATIONS as PRESENTATION_IDS
from qualab.voting.design import METHODS, PRESENTATIONS
from qualab.voting.design.presentations import ANSWER_KEYS, Presentation

UI = files("qualab") / "ui"


@pytest.fixture(scope="module")
def player() -> str:
    return "\n".join(
        part.read_text(encoding="utf-8") for part in (UI / "player").iterdir() if part.name.endswith(".js")
    )


@pytest.mark.parametrize(("table", "ids"), [(METHODS, METHOD_IDS), (PRESENTATIONS, PRESENTATION_IDS)])
def test_settings_and_tables_name_the_same_ids(table: dict[str, Presentation], ids: tuple[str, ...]) -> None:
    assert tuple(table) == tuple(ids)
    assert all(key == entry.id for key, entry in table.items())


@pytest.mark.parametrize("presentation", PRESENTATIONS.values(), ids=list(PRESENTATIONS))
def test_each_presentation_has_a_layout_of_its_own_that_listens_to_its_keys(
    presentation: Presentation, player: str
) -> None:
    layout = (UI / "player" / "layouts" / f"{presentation.layout}.js").read_text(encoding="utf-8")
    assert f'LAYOUTS["{presentation.id}"] = {{' in layout
    assert [key for key in presentation.keys if f'"{key}": ' not in layout + player] == []


@pytest.mark.parametrize("presentation", PRESENTATIONS.values(), ids=list(PRESENTATIONS))
def test_the_player_records_what_the_entry_says(presentation: Presentation, player: str) -> None:
    assert [name for name in presentation.records if not re.search(rf"\b{name}\b", player)] == []


def test_every_method_has_keys_and_the_player_knows_them(player: str) -> None:
    assert tuple(ANSWER_KEYS) == tuple(METHOD_IDS)
    for method, keys in ANSWER_KEYS.items():
        answers = METHODS[method].answers
        assert f'"{method}": ' in player
        assert set(keys.values()) == ({"scale"} if METHODS[method].scale else set(answers))


@pytest.mark.parametrize("language", LANGUAGES)
def test_viewers_are_told_nothing_about_what_is_compared(language: str) -> None:
    said = json.loads((UI / "strings" / f"{language}.json").read_text(encoding="utf-8"))
    words = ("upscal", "skalier", "resolution", "auflösung", "bicubic", "baseline", "original", "trap", "gold")
    assert [text for text in said.values() if any(word in text.lower() for word in words)] == []
