import json
import os
import signal
import subprocess
import sys
import time
import tomllib

import pytest

from qualab import lab
from qualab.cli.main import _VERBS, _app, _outcome, _placed
from qualab.pipeline.demo import DEMO
from qualab.study.config import dump
from qualab.study.files import shipped
from qualab.study.workspace import Workspace


def run(*words, studies=None, **env):
    """Run the real program; return (exit code, stdout, stderr)."""
    done = subprocess.run(
        [sys.executable, "-m", "qualab", *map(str, words)],
        capture_output=True,
        text=True,
        env={**os.environ, **({"QUALAB_STUDIES": str(studies)} if studies else {}), **env},
        check=False,
        timeout=300,
    )
    return done.returncode, done.stdout, done.stderr


def run_here(capsys, *words):
    """Run the program's verbs in this process; return (exit code, stdout, stderr)."""
    code, said = _outcome(lambda: _app()(_placed([str(word) for word in words]), standalone_mode=False))
    out, err = capsys.readouterr()
    return code, out, err + (f"error: {said}\n" if said else "")


def _error(result, code=2):
    """Return the error line of a run that failed as the contract says: one line, a hint, no traceback."""
    assert result[0] == code, result
    lines = result[2].strip().splitlines()
    assert len(lines) == 1, result[2]
    assert lines[0].startswith("error: ")
    assert " — " in lines[0]
    return lines[0]


def _records(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def made(make_clip, tmp_path):
    """Return the root of a built toy study: one reference, one clip without."""
    root = tmp_path / "studies"
    ws = Workspace(root)
    lab.create_study(ws, "toy", upscalers=["bicubic", "lanczos"], display_height=180)
    lab.add_clip(ws, "toy", make_clip("known.mp4", frames=8), reference=True)
    lab.add_clip(ws, "toy", make_clip("old.mp4", source="mandelbrot=s=160x96:r=24", frames=8), reference=False)
    lab.build(ws, "toy", inline=True, on_event=lambda event: None)
    return root


def test_every_verb_has_help_with_one_runnable_example():
    group = {"study": ("create", "list", "show"), "clip": ("add",)}
    words = [(verb,) for verbs in _VERBS.values() for verb in verbs]
    words += [(name, verb) for name, verbs in group.items() for verb in verbs]
    from typer.testing import CliRunner

    for word in words:
        text = CliRunner().invoke(_app(), [*word, "--help"]).stdout
        examples = [line.split("Example: ")[1] for line in text.splitlines() if "Example: " in line]
        assert len(examples) == 1, word
        assert examples[0].startswith("qualab " + " ".join(word)), word


def test_help_loads_nothing_heavy():
    heavy = ("torch", "pandas", "numpy", "av", "streamlit", "sqlalchemy", "dask")
    code = f"import sys; from qualab.cli.main import _app; _app(); print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_study_from_nothing_to_a_report(made, tmp_path):
    scores = _records(run("scores", "toy", "--json", studies=made)[1])
    assert {row["type"] for row in scores} == {"score"}
    assert {row["hrc"] for row in scores} == {"bicubic", "lanczos"}
    assert len(scores) == 2 * (5 * 5 + 2)  # HRCs, metrics x poolings and two APSNRs, of the one clip with a reference
    code, out, _ = run("launch", "toy", "--viewers", 3, studies=made)
    links = out.split()
    assert code == 0
    assert len(set(links)) == 3
    assert all(link.startswith("http://127.0.0.1:8501/join/") for link in links)
    assert run("simulate", "toy", "--subjects", 8, "--share", 0.9, "--seed", 3, studies=made)[0] == 0
    rows = _records(run("analyze", "toy", "--json", studies=made)[1])
    real = [row for row in rows if not row["simulated"]]
    simulated = [row for row in rows if row["simulated"] and row["analysis"] == "sign_flip" and row["src"] is None]
    assert [row["n_votes"] for row in real] == [0]
    assert [(row["pair"], row["n_votes"], row["n_subjects"]) for row in simulated] == [(["bicubic", "lanczos"], 16, 8)]
    csv = run("votes", "toy", "--csv", studies=made)[1].splitlines()
    assert csv[0].startswith("subject,src,hrc_a,hrc_b,choice,left_hrc,response_ms,simulated")
    assert sum(line.split(",")[11] == "test" for line in csv[1:]) == 16
    for name in ("report.html", "report.zip"):
        assert run("report", "toy", "-o", tmp_path / name, studies=made)[0] == 0
        assert (tmp_path / name).stat().st_size > 10_000
    assert run("close", "toy", studies=made)[0] == 0
    _error(run("close", "toy", studies=made))


def test_a_build_reports_its_progress_as_ndjson(made):
    next((made / "toy" / "pvs").glob("*.lanczos.*.mkv")).unlink()
    code, out, err = run("build", "toy", "--inline", "--json", studies=made)
    records = _records(out)
    assert (code, err) == (0, "")
    assert [row["type"] for row in records] == ["progress", "progress", "build"]
    assert {"done", "total", "step", "eta_s"} <= set(records[0])
    assert (records[-1]["made"], records[-1]["cached"]) == (1, 18)


def test_one_pair_is_scored_as_the_contract_says(made):
    objects = json.loads((made / "toy" / "build.json").read_text())["objects"]
    path = {m["kind"]: made / "toy" / m["file"] for m in objects if m["src"] == "known" and m.get("hrc") != "lanczos"}
    (record,) = _records(run("score", path["reference"], path["pvs"], "--json")[1])
    assert (record["type"], record["frames"], record["flags"]) == ("result", 8, [])
    assert set(record["metrics"]) == {"vmaf", "vmaf_neg", "psnr_y", "psnr", "ssim"}
    assert set(record["metrics"]["vmaf"]) == {"mean", "harmonic_mean", "min", "p1", "p5"}
    (same,) = _records(run("score", path["reference"], path["reference"], "--json")[1])
    assert same["metrics"]["psnr"]["mean"] is None
    assert "lossless" in same["flags"]


def test_an_upscaled_clip_has_the_asked_height(make_clip, tmp_path):
    source = make_clip("low.mp4", source="testsrc2=s=160x90:r=25")
    code, out, _ = run("upscale", source, tmp_path / "high.mkv", "--upscaler", "lanczos", "--height", 240)
    assert code == 0
    assert "426x240, 25 fps, 6 frames" in out


def test_bad_words_end_with_one_line_and_exit_2(tmp_path, make_clip, capsys, monkeypatch):
    monkeypatch.setenv("QUALAB_STUDIES", str(tmp_path / "s"))
    empty = tmp_path / "empty.mp4"
    empty.touch()
    clip = make_clip("a.mp4")
    for words, part in [
        (("bild",), "No such command"),
        (("build",), "Missing argument"),
        (("build", "../../etc"), "not a study id"),
        (("build", "nothing"), "does not exist"),
        (("build", ""), "not a study id"),
        (("build", "x" * 500), "not a study id"),
        (("build", "é"), "not a study id"),
        (("study", "create", "../x"), "1 to 64 of a-z"),
        (("study", "create", "ok", "--upscaler", "bicubik"), "did you mean 'bicubic'"),
        (("study", "create", "ok", "--display-height", "721"), "heights are even"),
        (("upscale", clip, tmp_path / "o.mkv", "--upscaler", "espnc-x2"), "known: "),
        (("upscale", clip, tmp_path / "o.mkv", "--upscaler", "bicubic", "--scale", "-1"), "height"),
        (("upscale", clip, tmp_path / "o.mp4", "--upscaler", "bicubic"), "OUT.mkv"),
        (("upscale", clip, tmp_path / "o.mkv", "--upscaler", "lite-x2", "--device", "gpu"), "known: auto, cpu, cuda"),
        (("score", empty, clip), "is empty"),
        (("score", tmp_path / "no\nwhere.mp4", clip), "cannot be opened"),
        (("analyze", tmp_path / "none.csv"), "is not a file"),
        (("analyze", "none", "--alpha", "2"), "between 0 and 1"),
    ]:
        assert part in _error(run_here(capsys, *words)), words
    assert not (tmp_path / "o.mkv").exists()


@pytest.mark.parametrize(
    "words", [("--duration", "0"), ("--duration", "-1"), ("--duration", "nan"), ("--start", "inf")]
)
def test_a_segment_that_is_none_is_one_line(tmp_path, make_clip, capsys, monkeypatch, words):
    monkeypatch.setenv("QUALAB_STUDIES", str(tmp_path / "s"))
    run_here(capsys, "study", "create", "t", "--upscaler", "bicubic", "--display-height", 180)
    said = _error(run_here(capsys, "clip", "add", "t", make_clip("a.mp4"), *words))
    assert said.startswith(f"error: a.mp4: {words[0][2:]}_s: is ")
    assert not (tmp_path / "s" / "t" / "clips").exists()


def test_a_missing_tool_is_exit_4(make_clip, tmp_path):
    clip = make_clip("a.mp4")
    said = _error(run("score", clip, clip, QUALAB_FFMPEG=str(tmp_path / "none")), 4)
    assert "QUALAB_FFMPEG" in said


def test_a_refused_clip_among_others_is_exit_3(tmp_path, make_clip):
    studies = tmp_path / "s"
    run("study", "create", "t", "--upscaler", "bicubic", "--display-height", 180, studies=studies)
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"x" * 100)
    code, out, err = run("clip", "add", "t", bad, make_clip("good.mp4"), studies=studies)
    assert code == 3
    assert out.startswith("good: 320x180")
    assert [line.startswith("error: ") for line in err.strip().splitlines()] == [True, True]


def test_disk_full_is_exit_5_and_leaves_no_part(make_clip, tmp_path):
    command = f'ulimit -f 8; exec "{sys.executable}" -m qualab upscale "$1" "$2" --upscaler bicubic --height 720'
    noisy = make_clip("noise.mp4", "-crf", "1", source="nullsrc=s=320x180,geq=random(1)*255:128:128", frames=4)
    out = tmp_path / "out.mkv"
    done = subprocess.run(
        ["bash", "-c", "trap '' XFSZ; " + command, "-", str(noisy), str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "cannot be written" in _error((done.returncode, done.stdout, done.stderr), 5)
    assert [path.name for path in tmp_path.iterdir()] == ["noise.mp4"]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_is_exit_130_leaves_no_part_and_goes_on(make_clip, tmp_path, sent):
    root = tmp_path / "studies"
    lab.create_study(Workspace(root), "toy", upscalers=["bicubic", "lite-x2"], display_height=720)
    source = "testsrc2=s=640x360:r=25"
    lab.add_clip(Workspace(root), "toy", make_clip("old.mp4", source=source, frames=400), reference=False)
    command = [sys.executable, "-m", "qualab", "build", "toy", "--studies", str(root)]
    # A shell lets what it runs in the background ignore Ctrl-C, and so these tests, and their children.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
    finally:
        signal.signal(signal.SIGINT, handler)
    parts = root / "toy" / "pvs"
    while child.poll() is None and not list(parts.glob(".*.part")):
        time.sleep(0.1)
    child.send_signal(sent)
    try:
        out, err = child.communicate(timeout=300)
    finally:
        child.kill()
    assert "interrupted" in _error((child.returncode, out, err), 130)
    assert not list(root.rglob("*.part"))
    assert json.loads((root / "toy" / "build.json").read_text())["objects"][0]["kind"] == "source"


def test_studies_may_stand_anywhere():
    assert _placed(["build", "demo", "--studies", "x"]) == ["--studies", "x", "build", "demo"]
    assert _placed(["build", "--studies=x", "demo"]) == ["--studies=x", "build", "demo"]
    assert _placed(["clip", "add", "--", "demo", "--studies"]) == ["clip", "add", "--", "demo", "--studies"]


def test_bugs_keep_their_traceback_and_interrupts_are_130():
    def bug():
        raise ZeroDivisionError

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(ZeroDivisionError):
        _outcome(bug)
    assert _outcome(interrupt)[0] == 130


def test_doctor_finds_everything_here(tmp_path):
    code, out, _ = run("doctor", studies=tmp_path)
    assert code == 0, out
    assert [line.split()[0] for line in out.splitlines()] == ["ok"] * 9


def test_the_committed_demo_study_is_what_the_demo_makes():
    committed = shipped("studies") / "demo" / "study.toml"
    assert committed.read_text(encoding="utf-8") == dump(DEMO)
    assert tomllib.loads(dump(DEMO))["id"] == "demo"
