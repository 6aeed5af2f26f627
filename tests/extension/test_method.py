"""A method is one new file, and one row of qualab/study/families.py."""

import csv
import io
import json
import re

from qualab.study.workspace import Workspace
from tests.extension.conftest import Project

METHOD = '''"""How much better, in four steps without a middle."""

from qualab.voting.design.method import Method, scale_answers

_SCORES = (-2, -1, 1, 2)

METHOD = Method(
    id="ccr-4",
    title="Comparison scale of four steps",
    reference="a scale without a middle",
    answers=scale_answers("ccr-4", _SCORES),
    texts={
        language: {
            "ask.ccr-4": "Say how much better it looks.",
            "keys.ccr-4": "Answer with 1 to 4.",
            **{f"scale.ccr-4.{score}": f"Step {score}" for score in _SCORES},
        }
        for language in ("en", "de")
    },
)
'''
TRIAL = """
import json, sys
from starlette.applications import Starlette
from starlette.testclient import TestClient
from qualab.ui.http.routes import ROUTES
from qualab.ui.viewer.strings import strings

client = TestClient(Starlette(routes=ROUTES), base_url="http://127.0.0.1:8501")
client.get(f"/join/{sys.argv[1]}")
trial = client.get("/api/trial").json()
buttons = [strings("de")[answer["label"]] for answer in trial["answers"]]
print(json.dumps({"method": trial["method"], "buttons": buttons}))
"""


def test_a_method_is_one_file_and_one_row(project: Project, toy: Workspace) -> None:
    project.write("qualab/voting/design/methods/ccr_4.py", METHOD)
    row = '        "ccr-4": "qualab.voting.design.methods.ccr_4:METHOD",'
    project.insert_row("qualab/study/families.py", '"ccr-7": ', row)
    assert "ccr-4" in project.run("launch", "--help")
    assert "Comparison scale of four steps" in project.page("voting", study="toy")

    links = project.run("launch", "toy", "--viewers", "2", "--method", "ccr-4")
    token = re.search(r"/join/(\S+)", links)
    assert token
    buttons = ["Step -2", "Step -1", "Step 1", "Step 2"]
    shown = project.python("-c", TRIAL, token[1]).partition("\n")[0]
    assert json.loads(shown) == {"method": "ccr-4", "buttons": buttons}

    project.run("simulate", "toy", "--subjects", "12", "--share", "0.7", "--seed", "1")
    rows = list(csv.DictReader(io.StringIO(project.run("votes", "toy", "--csv"))))
    assert {abs(float(vote["score"])) for vote in rows} == {1, 2}
    assert {vote["choice"] for vote in rows} == {"a", "b"}
    row = "| `ccr-4` | Comparison scale of four steps | a scale without a middle |"
    assert row in project.undocumented("test_every_method_and_presentation_stands_in_the_voting_page")
