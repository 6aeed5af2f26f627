"""A presentation is one new file, the player's layout, and one row of qualab/study/presentations.py."""

import csv
import io
import re

from qualab.study.workspace import Workspace
from tests.extension.conftest import Project

LAYOUT = """// Both pictures above each other in time: A in even seconds, B in odd ones.
LAYOUTS["alternate"] = {
  views: ["single"],
  parts: (stage) => ({ single: [[stage.side, 0, 1]] }),
  captions: (stage) => [stage.side],
  missing: (playback) => (playback.plays === 0 ? "missing.play" : null),
  hint: "hint.alternate",
  keys: (player) => ({ " ": () => player.playback.toggle(), "x": () => player.stage.showSide("right") }),
};
"""
ROW = """        Presentation(
            id="alternate",
            title="A and B in turn, every second",
            answerable="it has played",
            keys={" ": "pause", "x": "exchange"},
            duration_factor=3,
            texts={
                language: {
                    "show.alternate": "A and B come in turn.",
                    "hint.alternate": "Press X to exchange them.",
                    "hint.alternate.touch": "Watch both.",
                    "does.exchange": "exchange A and B",
                }
                for language in ("en", "de")
            },
        ),
"""
TRIAL = """
import os, sys
from pathlib import Path
from starlette.applications import Starlette
from starlette.testclient import TestClient
from qualab import lab
from qualab.study.workspace import Workspace
from qualab.ui import player
from qualab.ui.http.routes import ROUTES
from qualab.ui.viewer.strings import strings
from qualab.voting.design.frozen import parse_design
from qualab.voting.design.trial_lists import minutes

client = TestClient(Starlette(routes=ROUTES), base_url="http://127.0.0.1:8501")
client.get(f"/join/{sys.argv[1]}")
trial = client.get("/api/trial").json()
design = lab.store(Workspace(Path(os.environ["QUALAB_STUDIES"]))).launches("toy")[-1].design
seconds = 60 * minutes(parse_design(design))
print(trial["presentation"], f"{seconds:.0f} s", player.SCRIPTS, strings("de")["does.exchange"])
"""


def test_a_presentation_is_one_file_and_one_row(project: Project, toy: Workspace) -> None:
    project.write("qualab/ui/player/layouts/alternate.js", LAYOUT)
    project.insert_row("qualab/study/presentations.py", "for row in (", ROW)
    assert "alternate" in project.run("launch", "--help")
    assert "A and B in turn, every second" in project.page("voting", study="toy")

    links = project.run("launch", "toy", "--viewers", "2", "--presentation", "alternate")
    token = re.search(r"/join/(\S+)", links)
    assert token
    shown = project.python("-c", TRIAL, token[1])
    # Four clips of a second, shown three times each, and five seconds for each answer.
    assert shown.startswith("alternate 32 s ")
    assert "layouts/alternate.js" in shown
    assert "exchange A and B" in shown

    project.run("simulate", "toy", "--subjects", "2", "--share", "0.7", "--seed", "1")
    votes = csv.DictReader(io.StringIO(project.run("votes", "toy", "--csv")))
    assert len([vote for vote in votes if vote["simulated"] == "1"]) == 2 * 4
    row = "| `alternate` | A and B in turn, every second | it has played |"
    assert row in project.undocumented("test_every_method_and_presentation_stands_in_the_voting_page")
