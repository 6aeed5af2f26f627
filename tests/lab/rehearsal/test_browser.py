"""Simulated viewers in Chromium."""

import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing

import imageio_ffmpeg
import pytest

from qualab import lab
from qualab.study.files import sha256_of, write_json
from qualab.study.workspace import Workspace

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


def test_a_simulated_viewer_sees_pictures_too_wide_for_the_window_one_at_a_time(toy: Workspace):
    folder = toy.folder("toy")
    manifest = json.loads(folder.manifest.read_text())
    (one, *_) = [made for made in manifest["objects"] if made["kind"] == "pair"]
    path = folder.path / one["file"]
    wide = path.with_name("wide.mp4")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-vf", "scale=1000:ih,setsar=1"]
    subprocess.run([*command, "-preset", "ultrafast", "-movflags", "+faststart", str(wide)], check=True)
    name = str(wide.relative_to(folder.path))
    found = one | {"file": name, "files": [name], "width": 1000, "sha256": sha256_of(wide)}
    write_json(folder.manifest, manifest | {"objects": [found]})
    assert lab.simulate(toy, "toy", subjects=1, share=0.9, seed=2, browsers=1) == 1
    with closing(sqlite3.connect(toy.root / "qualab.db")) as database:
        ((telemetry,),) = database.execute("SELECT telemetry FROM votes").fetchall()
    assert json.loads(telemetry)["shown"] == "toggle"
