"""Making studies from templates, and saying what a build will take before it runs."""

import json
import subprocess
import sys

import pytest

from qualab import lab
from qualab.cli.main import _app, _outcome, _placed
from qualab.study.workspace import Workspace

pytestmark = pytest.mark.slow


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Return a function that runs a verb in this process: (exit code, stdout, stderr)."""
    monkeypatch.setenv("QUALAB_STUDIES", str(tmp_path / "studies"))

    def call(*words):
        code, said = _outcome(lambda: _app()(_placed([str(word) for word in words]), standalone_mode=False))
        out, err = capsys.readouterr()
        return code, out, err + (f"error: {said}\n" if said else "")

    return call


LADDER = ("study", "create", "steps", "--template", "ladder", "--display-height", 180, "--height", 90, "--height", 180)
RATES = ("--bitrate-kbps", 200, "--preset", "ultrafast", "--upscaler", "bicubic", "--upscaler", "lanczos")


def test_a_ladder_from_the_command_line_says_what_it_is(run, tmp_path):
    code, out, _ = run(*LADDER, *RATES)
    assert code == 0
    assert "2 renditions, 3 HRCs" in out
    study = Workspace(tmp_path / "studies").folder("steps").load()
    assert [hrc.id for hrc in study.hrcs] == ["bicubic-90p-200", "lanczos-90p-200", "180p-200"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--template", "lader"), "did you mean 'ladder'"),
        (("--template", "ladder", "--codec", "libx26"), "--codec: is 'libx26'"),
        (("--template", "ladder", "--order", "first"), "order is 'first'"),
        (("--template", "ladder", "--crf", 99), "crf"),
    ],
)
def test_a_wrong_option_is_one_line_and_makes_nothing(run, tmp_path, more, said):
    code, _, err = run("study", "create", "steps", *more)
    assert code == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "studies" / "steps").exists()


def test_the_plan_is_shown_and_nothing_made_then_a_build_tells_it_first(run, tmp_path, make_clip, monkeypatch):
    run(*LADDER, "--crf", 30, *RATES[2:])
    assert run("clip", "add", "steps", make_clip("known.mp4", frames=12))[0] == 0
    code, out, err = run("build", "steps", "--plan", "--json")
    shares = {record["kind"]: record for record in map(json.loads, out.splitlines())}
    assert (code, err, {record["type"] for record in shares.values()}) == (0, "", {"plan"})
    missing = {kind: share["missing"] for kind, share in shares.items()}
    assert missing == {
        "reference": 1,
        "source": 1,
        "rendition": 2,
        "pvs": 3,
        "scores": 3,
        "diagnostics": 3,
        "scenes": 1,
        "total": 14,
    }
    assert shares["total"]["seconds"] > 0
    assert shares["total"]["bytes"] > 1_000_000
    assert not (tmp_path / "studies" / "steps" / "build.json").exists()
    assert "total" in run("build", "steps", "--plan")[1]
    # Progress is for people: scripts get it as NDJSON, and on stderr errors only.
    assert run("build", "steps", "--inline", "--json")[::2] == (0, "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert "steps: 0 steps to make, 14 kept; about 0 seconds, 0 Bytes" in run("build", "steps", "--inline")[2]
    last = json.loads(run("build", "steps", "--plan", "--json")[1].splitlines()[-1])
    assert (last["missing"], last["kept"], last["seconds"], last["bytes"]) == (0, 14, 0, 0)
    code, _, err = run("launch", "steps")
    assert code == 2
    assert "voting.enabled is false — set enabled = true under [voting]" in err


def test_a_missed_bitrate_is_told_at_the_end_and_is_no_failure(run, make_clip):
    run(*LADDER, "--bitrate-kbps", 5, "--preset", "ultrafast", "--upscaler", "bicubic")
    run("clip", "add", "steps", make_clip("known.mp4", frames=24))
    code, out, err = run("build", "steps", "--inline", "--json")
    assert code == 0, err
    notes = [record for record in map(json.loads, out.splitlines()) if record["type"] == "note"]
    assert {note["name"] for note in notes} == {"90p-5", "180p-5"}
    assert "note: known 90p-5: asked for 5 kb/s, came out at " in err


def test_a_clip_that_fails_in_a_batch_is_exit_3_and_the_others_are_done(run, tmp_path, make_clip):
    run(*LADDER, *RATES)
    run("clip", "add", "steps", make_clip("one.mp4", frames=6), make_clip("two.mp4", "-crf", "9", frames=6))
    folder = Workspace(tmp_path / "studies").folder("steps")
    (folder.clips / folder.load().src[0].file).unlink()
    code, _, err = run("build", "steps", "--inline")
    assert code == 3
    assert "one.mp4: cannot be opened" in err
    assert {record.src for record in folder.read_manifest().objects} == {"two"}


def test_a_no_reference_clip_is_refused_by_a_ladder_with_the_mend(run, make_clip):
    run(*LADDER, *RATES)
    code, _, err = run("clip", "add", "steps", make_clip("old.mp4", frames=6), "--no-reference")
    assert code == 2
    assert "has no reference" in err
    assert "ask viewers" in err


def test_a_cached_build_imports_neither_torch_nor_the_verbs_it_does_not_use(run, tmp_path, make_clip):
    run("study", "create", "pair", "--upscaler", "bicubic", "--upscaler", "lite-x2", "--display-height", 180)
    run("clip", "add", "pair", make_clip("known.mp4", frames=6))
    lab.build(Workspace.at(), "pair", inline=True, device="cpu", on_event=lambda event: None)
    code = """
import sys
from qualab.cli.build import build
build("pair", device="cpu")
print([name for name in ("torch", "distributed", "sqlalchemy", "statsmodels") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "0 made (nothing to do)" in done.stdout
