"""The tables of methods and presentations, held against the settings that name them and the player that shows them."""

from importlib.resources import files

import pytest

from qualab import config
from qualab.trials import METHODS, PRESENTATIONS
from qualab.trials.presentations import Presentation


@pytest.fixture(scope="module")
def player() -> str:
    folder = files("qualab") / "ui" / "player"
    return "\n".join(part.read_text(encoding="utf-8") for part in folder.iterdir() if part.name.endswith(".js"))


def test_settings_and_tables_name_the_same_ids() -> None:
    assert tuple(METHODS) == config.METHODS
    assert tuple(PRESENTATIONS) == config.PRESENTATIONS
    assert all(key == entry.id for table in (METHODS, PRESENTATIONS) for key, entry in table.items())


@pytest.mark.parametrize("presentation", PRESENTATIONS.values(), ids=PRESENTATIONS)
def test_the_player_has_the_layout_and_records_what_the_entry_says(presentation: Presentation, player: str) -> None:
    assert f'"{presentation.layout}"' in player
    assert [name for name in presentation.records if name not in player] == []


@pytest.mark.parametrize("presentation", PRESENTATIONS.values(), ids=PRESENTATIONS)
def test_the_player_listens_to_the_keys_of_the_entry(presentation: Presentation, player: str) -> None:
    written = {" ": '" ":', **{key: f"{key}:" for key in presentation.keys if key != " "}}
    assert [key for key in presentation.keys if written[key] not in player] == []


@pytest.mark.parametrize("presentation", PRESENTATIONS.values(), ids=PRESENTATIONS)
def test_viewers_are_told_nothing_about_what_is_compared(presentation: Presentation) -> None:
    said = presentation.instructions.lower()
    assert not any(
        word in said for word in ("upscal", "resolution", "bicubic", "baseline", "original", "better version")
    )
