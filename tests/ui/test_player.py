import re
from pathlib import Path

import pytest

from qualab.trials import PRESENTATIONS
from qualab.ui import player
from qualab.ui.voting_api import Telemetry

FOLDER = Path(player.__file__).parent
SCRIPTS = {name: (FOLDER / name).read_text(encoding="utf-8") for name in ("exchange.js", "stage.js", "player.js")}


@pytest.mark.parametrize("presentation", PRESENTATIONS.values(), ids=list(PRESENTATIONS))
def test_the_player_has_every_layout_and_key_of_a_presentation(presentation):
    assert f'"{presentation.layout}"' in SCRIPTS["stage.js"]
    acts = SCRIPTS["player.js"].partition("  acts(down) {")[2].partition("\n  }")[0]
    for key in presentation.keys:
        assert re.search(rf'(?<![\w])"?{re.escape(key)}"?: ', acts), key


def test_the_player_sends_exactly_the_telemetry_that_is_taken():
    sent = SCRIPTS["player.js"].partition("telemetry: {")[2].partition("\n      },")[0]
    assert set(re.findall(r"\b([a-z]+(?:_[a-z]+)*)(?=[:,])", re.sub(r"this\.\w+|window\.[\w.]+", "", sent))) >= set(
        Telemetry.model_fields
    )


def test_the_player_asks_nothing_of_the_network_but_its_own_server():
    for text in (*SCRIPTS.values(), *(path.read_text() for path in FOLDER.glob("*.css"))):
        assert not re.search(r"https?://|@import|url\(", text.replace("URL.createObjectURL(", ""))
