"""Simulated viewers in Chromium."""

import os
import shutil

import pytest

from qualab import lab
from qualab.workspace import Workspace

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True, scope="module")
def chromium_is_there():
    """Skip without Chromium, or fail where QUALAB_REQUIRE names browser."""
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        if "browser" in os.environ.get("QUALAB_REQUIRE", "").split(","):
            pytest.fail("QUALAB_REQUIRE names browser, and there is no Chromium")
        pytest.skip("no Chromium on the path")


# The others are played by tests/browser; this one is answered latest, after both pictures have been alone.
@pytest.mark.parametrize("presentation", ["sequential"])
def test_a_simulated_viewer_completes_a_session(toy: Workspace, presentation):
    folder = toy.folder("toy")
    study = folder.load()
    asked = {"presentation": presentation, "method": "ccr-7", "reasons": ["sharper"], "consent": "We store answers."}
    asked |= {"questionnaire": ["age", "screen"], "break_every": 2}
    folder.save(study.model_validate(study.model_dump() | {"voting": study.voting.model_dump() | asked}))
    assert lab.simulate(toy, "toy", subjects=1, share=0.9, seed=2, browsers=1) == 4
    stored = lab.votes(toy, "toy")
    assert stored["simulated"].all()
    assert lab.store(toy).verify("toy") == []
