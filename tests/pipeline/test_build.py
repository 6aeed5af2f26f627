import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from qualab.errors import ConfigError, InputError, MediaError, RefusedPair
from qualab.media.probe import probe
from qualab.media.process import ffmpeg_path
from qualab.pipeline.build import build
from qualab.pipeline.ingest import add_clip
from qualab.study.config import Hrc, Study
from qualab.study.files import sha256_of
from qualab.study.manifest import Record
from qualab.study.workspace import Workspace

pytestmark = pytest.mark.slow

HRCS = ("bicubic", "lanczos")


@pytest.fixture
def folder(tmp_path):
    study = Study(
        id="toy",
        source_height=90,
        display_height=180,
        baseline="bicubic",
        hrc=tuple(Hrc(id=name, upscaler=name) for name in HRCS),
    )
    return Workspace(tmp_path / "studies").create(study)


@pytest.fixture
def filled(folder, make_clip):
    add_clip(folder, make_clip("known.mp4", frames=8), reference=True)
    small = make_clip("old.mp4", source="mandelbrot=s=160x96:r=24", frames=8)
    add_clip(folder, small, reference=False, duration_s=0.25)
    return folder


def _silent(event):
    pass


def _hashes(folder):
    made = json.loads(folder.manifest.read_text())["objects"]
    return {(m["kind"], m["src"], m.get("hrc"), m.get("hrc_b")): m["sha256"] for m in made}


def test_a_build_makes_what_its_manifest_says(filled):
    summary = build(filled, inline=True, on_event=_silent)
    assert (summary.made, summary.cached, summary.failures) == (17, 0, [])
    for made in json.loads(filled.manifest.read_text())["objects"]:
        path = filled.path / made["file"]
        assert sha256_of(path) == made["sha256"]
        if made["kind"] not in ("scores", "diagnostics"):
            info = probe(path)
            tall = 2 if made["kind"] == "pair" else 1
            width, height = made["arguments"]["size"]
            assert (info.width, info.height, info.frames) == (width, tall * height, made["frames"])
    (scores,) = {made.file for made in summary.objects if (made.kind, made.hrc) == ("scores", "bicubic")}
    assert len(pd.read_parquet(filled.path / scores)) == 8


def test_pvss_carry_their_provenance(filled):
    summary = build(filled, inline=True, on_event=_silent)
    pvs = next(made for made in map(Record.dump, summary.objects) if made["kind"] == "pvs" and made["hrc"] == "lanczos")
    said = json.loads((filled.path / pvs["file"]).with_suffix(".json").read_text())
    assert said["arguments"]["upscaler"]["id"] == "lanczos"
    assert "lanczos+accurate_rnd" in json.dumps(said["arguments"]["upscaler"])
    assert said["key"] == pvs["key"]
    assert list(said["inputs"]) == [next(m["file"] for m in map(Record.dump, summary.objects) if m["kind"] == "source")]


def test_a_second_build_makes_nothing(filled):
    build(filled, inline=True, on_event=_silent)
    before = {path: path.stat().st_mtime_ns for path in filled.pvs.iterdir()}
    again = build(filled, inline=True, on_event=_silent)
    assert (again.made, again.cached) == (0, 17)
    assert {path: path.stat().st_mtime_ns for path in filled.pvs.iterdir()} == before


def test_a_lost_file_is_made_again_alike(filled):
    build(filled, inline=True, on_event=_silent)
    hashes = _hashes(filled)
    lost = next(path for path in filled.pvs.glob("*.lanczos.*.mkv"))
    lost.unlink()
    assert build(filled, inline=True, on_event=_silent).made == 1
    assert _hashes(filled) == hashes


def test_dask_and_inline_give_the_same_bytes(filled):
    build(filled, inline=True, on_event=_silent)
    alone = _hashes(filled)
    for part in (filled.pvs, filled.pairs, filled.sources):
        for path in part.iterdir():
            path.unlink()
    events = []
    assert build(filled, inline=False, on_event=events.append).made == 17
    assert _hashes(filled) == alone
    assert [event["done"] for event in events] == list(range(18))
    assert events[-1]["eta_s"] == pytest.approx(0, abs=1e-6)


def test_a_clip_that_breaks_leaves_the_others_going(filled, make_clip):
    added = add_clip(filled, make_clip("hurt.mp4", "-crf", "4", "-g", "4", frames=24), reference=False)
    path = filled.clips / added.src.file
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 600] = os.urandom(600)
    renamed = path.with_name(f"{'0' * 64}.mp4")
    renamed.write_bytes(data)
    _point_to(filled, added.src.id, renamed)
    summary = build(filled, inline=True, on_event=_silent)
    assert [failure.src for failure in summary.failures] == ["hurt"]
    assert summary.made == 17


def _point_to(folder, src_id, path):
    """Let an SRC's file be a damaged one under its true hash, as a disk error before adding would leave it."""
    true = path.with_name(f"{sha256_of(path)}.mp4")
    path.rename(true)
    study = folder.load()
    srcs = tuple(src.model_copy(update={"file": true.name}) if src.id == src_id else src for src in study.src)
    folder.save(study.model_copy(update={"src": srcs}))


def test_a_clip_changed_after_adding_fails_and_says_so(filled):
    victim = filled.clips / filled.load().src[1].file
    victim.write_bytes(victim.read_bytes() + b"\0" * 16)
    (failure,) = build(filled, inline=True, on_event=_silent).failures
    assert "changed after it was added" in failure.error


def test_a_clip_gone_after_adding_fails_alone(filled):
    (filled.clips / filled.load().src[0].file).unlink()
    summary = build(filled, inline=True, on_event=_silent)
    assert [failure.src for failure in summary.failures] == ["known"]
    assert summary.made == 7


def _kinds(summary, kind):
    return [made for made in map(Record.dump, summary.objects) if made["kind"] == kind]


@pytest.mark.parametrize(
    "kept", ["yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le", "turned", "full", "odd", "turned 422"]
)
def test_clips_of_all_kept_kinds_are_built_and_scored(folder, make_clip, tmp_path, kept):
    pix_fmt = {"turned 422": "yuv422p"}.get(kept, kept if kept.startswith("yuv") else "yuv420p")
    spread = "pc" if kept == "full" else "tv"
    size = "213x361" if kept.startswith("turned") else "641x361" if kept == "odd" else "322x182"
    options = ("-c:v", "ffv1", "-pix_fmt", pix_fmt, "-color_range", spread)
    path = make_clip("known.mkv", *options, source=f"testsrc=s={size}:r=25,noise=alls=12", frames=4)
    if kept.startswith("turned"):
        turned = tmp_path / "turned.mkv"
        command = [ffmpeg_path(), "-v", "error", "-display_rotation", "90", "-i", str(path), "-c", "copy", str(turned)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        path = turned
    add_clip(folder, path, reference=True)
    summary = build(folder, inline=True, on_event=_silent)
    assert summary.failures == []
    for made in (*_kinds(summary, "reference"), *_kinds(summary, "source"), *_kinds(summary, "pvs")):
        info = probe(folder.path / made["file"])
        assert (info.pix_fmt, info.full_range, info.rotation) == (pix_fmt, kept == "full", 0)
    (pair,) = _kinds(summary, "pair")
    packed = probe(folder.path / pair["file"])
    assert (packed.pix_fmt, packed.full_range, packed.matrix) == ("yuv420p", False, 1)
    for made in _kinds(summary, "scores"):
        scores = pd.read_parquet(folder.path / made["file"])
        assert len(scores) == 4
        assert scores["psnr_y"].between(10, 60).all()
        assert scores["vmaf"].between(0, 100).all()


def test_an_unknown_upscaler_in_study_toml_is_told_with_the_nearest(filled):
    text = (filled.path / "study.toml").read_text().replace('upscaler = "lanczos"', 'upscaler = "lancsoz"')
    (filled.path / "study.toml").write_text(text)
    with pytest.raises(ConfigError, match=r"study.toml: hrc\[1\].upscaler: is 'lancsoz'.*did you mean 'lanczos'"):
        build(filled, inline=True, on_event=_silent)


def test_refused_clips_leave_no_trace(folder, make_clip, carried_clip, tmp_path):
    small = make_clip("small.mp4", source="testsrc2=s=128x96:r=25")
    source = f"movie={carried_clip('bikes.mp4')},scale=1280:544:flags=bicubic"
    enlarged = make_clip("big.mp4", "-crf", "18", source=source, frames=6)
    (tmp_path / "junk.mp4").write_bytes(os.urandom(5000))
    before = (folder.path / "study.toml").read_bytes()
    for path, error in ((small, InputError), (enlarged, RefusedPair), (tmp_path / "junk.mp4", MediaError)):
        with pytest.raises(error):
            add_clip(folder, path, reference=True)
    assert (folder.path / "study.toml").read_bytes() == before
    assert not folder.clips.exists()


def test_names_differing_by_case_or_folder_are_both_kept(folder, make_clip, tmp_path):
    (tmp_path / "other").mkdir()
    one = make_clip("Clip.mp4")
    two = make_clip("other/clip.mp4", source="testsrc=s=320x180:r=25")
    ids = [add_clip(folder, path, reference=True).src.id for path in (one, two)]
    assert ids == ["clip", "clip-2"]
    with pytest.raises(InputError, match="is in the study already, as 'clip'"):
        add_clip(folder, one, reference=True)


@pytest.mark.parametrize("moment_s", [1.5, 4.0])
def test_a_killed_build_goes_on_where_it_was(filled, moment_s):
    """SIGKILL at some moment: the next build makes only what is missing and ends with the undisturbed hashes."""
    command = [sys.executable, "-m", "qualab", "build", "toy", "--inline", "--studies", str(filled.path.parent)]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    time.sleep(moment_s)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    kept = len(list(filled.path.glob("[ps]*/*.json")))
    summary = build(filled, inline=True, on_event=_silent)
    assert (summary.cached, summary.made) == (kept, 17 - kept)
    assert not list(filled.path.rglob("*.part"))
    resumed = _hashes(filled)
    for part in (filled.pvs, filled.pairs, filled.sources):
        for path in part.iterdir():
            path.unlink()
    build(filled, inline=True, on_event=_silent)
    assert _hashes(filled) == resumed
