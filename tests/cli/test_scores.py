import json
import subprocess

import pandas as pd
import pytest

from qualab.cli import terminal
from qualab.cli.main import _app, _outcome, _placed
from qualab.media.preflight_findings import CODES
from qualab.media.process import ffmpeg_path
from qualab.study.families import DIAGNOSTICS
from qualab.study.tables import SCORE_COLUMNS


@pytest.fixture
def run(capsys):
    def call(*words):
        code, said = _outcome(lambda: _app()(_placed([str(word) for word in words]), standalone_mode=False))
        return code, capsys.readouterr().out, said

    return call


def _records(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def late(carried_clip, tmp_path_factory):
    """A real clip and a coded copy of it that begins two frames earlier."""
    folder = tmp_path_factory.mktemp("late")
    made = []
    for name, start, crf in (("reference.mp4", 2, 10), ("late.mp4", 0, 30)):
        filters = f"trim=start_frame={start}:end_frame=40,setpts=PTS-STARTPTS,scale=320:180"
        command = [ffmpeg_path(), "-v", "error", "-i", str(carried_clip("bigbuckbunny.mp4")), "-an", "-vf", filters]
        made.append(folder / name)
        command += ["-c:v", "libx264", "-crf", str(crf), "-preset", "veryfast", str(made[-1])]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return made


def test_a_refused_pair_ends_with_2_and_says_why_and_how_to_go_on(run, late):
    code, out, said = run("score", *late)
    assert (code, out) == (2, "")
    assert "frame counts differ: 38 and 40 — " in said
    assert "--align" in said


def test_an_aligned_pair_is_scored_as_if_it_had_been_cut(run, late, tmp_path):
    (aligned,) = _records(run("score", *late, "--align", "--json")[1])
    cut = tmp_path / "cut.mkv"
    command = [ffmpeg_path(), "-v", "error", "-i", str(late[1]), "-vf", "trim=start_frame=2,setpts=PTS-STARTPTS"]
    subprocess.run([*command, "-c:v", "ffv1", str(cut)], check=True, stdin=subprocess.DEVNULL)
    (plain,) = _records(run("score", late[0], cut, "--json")[1])
    assert (aligned["frames"], plain["frames"]) == (38, 38)
    assert (aligned["flags"], plain["flags"]) == (["offset:2"], [])
    assert aligned["metrics"] == plain["metrics"]
    adapted = [found["code"] for found in aligned["preflight"] if found["verdict"] == "adapt"]
    assert adapted == ["frame-count", "offset"]


def test_what_was_adapted_is_told_under_the_table(run, late):
    out = run("score", *late, "--align", "--metric", "psnr_y")[1]
    assert "adapted, offset: the distorted clip is 2 frames late" in out
    assert "PSNR-Y" in out
    assert "VMAF" not in out


def test_asked_metrics_alone_are_in_the_result(run, late):
    (record,) = _records(run("score", late[0], late[0], "--json", "--metric", "ssim", "--metric", "psnr_y")[1])
    assert list(record["metrics"]) == ["ssim", "psnr_y"]
    assert "lossless:psnr_y" in record["flags"]
    code, _, said = run("score", late[0], late[0], "--metric", "vmax")
    assert (code, "did you mean 'vmaf'" in said) == (2, True)


def test_preflight_alone_tells_every_code_and_scores_nothing(run, late, monkeypatch):
    monkeypatch.setattr("qualab.metrics.full_reference.score_frames", None)
    code, out, said = run("score", *late, "--preflight", "--json")
    assert (code, "frame counts differ" in said) == (2, True)
    assert [(row["type"], row["code"]) for row in _records(out)] == [("finding", code) for code in CODES]
    assert run("score", *late, "--preflight", "--align")[0] == 0
    assert "the distorted clip is 2 frames late" in run("score", *late, "--preflight")[1]


def test_preflight_tells_of_a_clip_that_cannot_be_taken_at_all(run, make_clip):
    fields = make_clip("fields.mp4", "-flags", "+ildct+ilme", "-vf", "setfield=tff")
    code, out, said = run("score", fields, fields, "--preflight", "--json")
    (row,) = _records(out)
    assert (code, row["code"], row["verdict"]) == (2, "interlaced", "refuse")
    assert "is interlaced" in said


def _scores(metrics, hrcs, pooling="mean"):
    rows = [("clip", hrc, name, pooling, 10.0 * at + 50, "", False) for at, hrc in enumerate(hrcs) for name in metrics]
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def test_the_table_has_a_column_for_each_metric_measured_and_each_hrcs_own_baseline(capsys):
    table = _scores(("vmaf_4k", "psnr"), ("360p-bicubic", "360p-lite", "720p-bicubic", "720p-lite"))
    terminal.show_scores("t", table, {"360p-lite": "360p-bicubic", "720p-lite": "720p-bicubic"})
    out = capsys.readouterr().out
    assert "VMAF 4K v0.6.1 - its baseline" in out
    assert "SSIM" not in out
    rows = {line.split("│")[2].strip(): line.split("│")[-2].strip() for line in out.splitlines() if "p-" in line}
    assert rows == {"360p-bicubic": "", "360p-lite": "+10.000", "720p-bicubic": "", "720p-lite": "+10.000"}


def test_one_baseline_is_named_in_the_heading(capsys):
    terminal.show_scores("t", _scores(("vmaf",), ("bicubic", "lite")), {"lite": "bicubic"})
    assert "VMAF v0.6.1 - bicubic" in capsys.readouterr().out


def test_diagnostics_of_a_build_are_told_apart_from_scores(run, toy):
    folder = toy.folder("toy")
    build = json.loads(folder.manifest.read_text())
    columns = {name: [1.0, 3.0] for name in DIAGNOSTICS}
    for made in [item for item in build["objects"] if item["kind"] == "pvs"]:
        name = f"{made['file']}.diagnostics.parquet"
        pd.DataFrame({"frame": [0, 1], **columns}).to_parquet(folder.path / name)
        build["objects"].append({**made, "kind": "diagnostics", "file": name})
    folder.manifest.write_text(json.dumps(build))
    looks = _records(run("scores", "toy", "--diagnostics", "--json")[1])
    assert {row["type"] for row in looks} == {"diagnostic"}
    assert len(looks) == 2 * 3 * len(DIAGNOSTICS) * 2  # clips, HRCs, diagnostics, poolings
    assert {(row["pooling"], row["value"]) for row in looks} == {("mean", 2.0), ("max", 3.0)}
    rows = _records(run("scores", "toy", "--json")[1])
    assert {row["type"] for row in rows} == {"score"}
    assert "apsnr" in {row["pooling"] for row in rows}
    assert "Diagnostics (what the clips are like, not a ranking)" in run("scores", "toy", "--diagnostics")[1]
    assert "iagnostic" not in run("scores", "toy")[1]
