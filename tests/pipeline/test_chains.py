"""Renditions in a build: coded once, upscaled before or after, measured, made again where something changed."""

import json
from fractions import Fraction

import pandas as pd
import pytest

from qualab.errors import InputError, ToolMissing
from qualab.media.encode import measured_kbps
from qualab.media.probe import probe
from qualab.pipeline import build as building
from qualab.pipeline.build import build
from qualab.pipeline.ingest import add_clip
from qualab.study.config import Cross, Rendition, Study, Voting
from qualab.study.files import sha256_of
from qualab.study.hrc import ENCODE_FIRST, UPSCALE_FIRST
from qualab.study.manifest import Record
from qualab.study.workspace import Workspace

pytestmark = pytest.mark.slow

FRAMES = 12
RENDITIONS = (
    Rendition(id="low", height=90, bitrate_kbps=150, preset="veryfast"),
    Rendition(id="high", height=90, crf=20, preset="veryfast"),
    Rendition(id="full", height=180, crf=30, preset="veryfast"),
)


def _study(**changed):
    crosses = (
        Cross(renditions=("low", "high", "full"), upscalers=("bicubic", "lanczos")),
        Cross(renditions=("full",), upscalers=("bicubic",), order=UPSCALE_FIRST),
    )
    values = {"rendition": RENDITIONS, "cross": crosses, "voting": Voting(enabled=False), **changed}
    return Study(id="toy", source_height=90, display_height=180, baseline="bicubic", **values)


@pytest.fixture
def folder(tmp_path, make_clip):
    made = Workspace(tmp_path / "studies").create(_study())
    add_clip(made, make_clip("known.mp4", "-crf", "8", frames=FRAMES), reference=True)
    return made


def _build(folder, **options):
    return build(folder, on_event=lambda event: None, **{"inline": True, **options})


def _change(folder, **fields):
    folder.save(folder.load().model_copy(update=fields))


def _by_hrc(summary, kind):
    return {made["hrc"]: made for made in map(Record.dump, summary.objects) if made["kind"] == kind}


def test_a_ladder_is_coded_upscaled_scored_and_told(folder):
    summary = _build(folder)
    assert summary.failures == []
    kinds = pd.Series([made["kind"] for made in map(Record.dump, summary.objects)]).value_counts().to_dict()
    # The source at 90 lines is shared by both renditions and the pre-processor's input.
    assert kinds == {
        "reference": 1,
        "source": 1,
        "rendition": 4,
        "upscaled": 1,
        "pvs": 6,
        "scores": 6,
        "diagnostics": 6,
        "scenes": 1,
    }
    pvss = _by_hrc(summary, "pvs")
    assert set(pvss) == {"bicubic-low", "lanczos-low", "bicubic-high", "lanczos-high", "full", "pre-bicubic-full"}
    for hrc, made in pvss.items():
        path = folder.path / made["file"]
        info = probe(path)
        assert (info.width, info.height, info.frames, sha256_of(path)) == (320, 180, FRAMES, made["sha256"])
        assert made["order"] == (UPSCALE_FIRST if hrc.startswith("pre-") else ENCODE_FIRST)
        assert made["rendition"]["id"] == hrc.rpartition("-")[2]
        assert made["rendition"]["codec"] == "libx264"
        assert made["bitrate_kbps"] > 0
    assert {hrc: made["upscaler"] for hrc, made in pvss.items()}["full"] == "none"


def test_the_bitrate_of_a_pvs_is_measured_on_the_file_that_was_coded(folder):
    summary = _build(folder)
    coded = {
        made["rendition"]["id"]: made
        for made in map(Record.dump, summary.objects)
        if made["kind"] == "rendition" and "hrc" not in made
    }
    for hrc, made in _by_hrc(summary, "pvs").items():
        if hrc.startswith("pre-"):
            continue
        rendition = coded[made["rendition"]["id"]]
        found = measured_kbps(folder.path / rendition["file"], FRAMES, Fraction(25), name="clip")
        assert made["bitrate_kbps"] == rendition["bitrate_kbps"] == pytest.approx(found, abs=1e-3)
    assert coded["low"]["asked"] == "150 kb/s"
    assert coded["high"]["encoder"].startswith("libx264 in FFmpeg ")
    assert coded["high"]["command"][-1] == "OUT"


def test_a_pvs_that_is_a_rendition_as_decoded_points_at_the_coded_file(folder):
    pvss = _by_hrc(_build(folder), "pvs")
    for hrc in ("full", "pre-bicubic-full"):
        assert pvss[hrc]["file"].startswith("renditions/")
    assert probe(folder.path / pvss["full"]["file"]).codec == "h264"
    assert sum(path.suffix == ".mkv" for path in folder.pvs.iterdir()) == 4


def test_coding_costs_quality_and_more_of_it_costs_more(folder):
    _build(folder)
    scores = pd.read_parquet(folder.scores_table)
    mean = scores[(scores["pooling"] == "mean") & (scores["metric"] == "psnr_y")].set_index("hrc")["value"]
    assert mean["bicubic-high"] > mean["bicubic-low"]
    assert mean["full"] > mean["pre-bicubic-full"]


def test_what_was_made_is_kept_and_a_changed_bitrate_remakes_only_what_hangs_on_it(folder):
    first = _build(folder)
    again = _build(folder)
    assert (again.made, again.cached) == (0, first.made)
    changed = RENDITIONS[0].model_copy(update={"bitrate_kbps": 250.0})
    _change(folder, rendition=(changed, *RENDITIONS[1:]))
    third = _build(folder)
    # One rendition, and the PVSs, scores and diagnostics of its two upscalers.
    assert (third.made, third.cached) == (7, first.made - 7)
    assert sorted(third.seconds) == ["diagnostics", "pvs", "rendition", "scores"]


def test_other_metrics_score_again_and_code_nothing(folder):
    _build(folder)
    _change(folder, metrics=("psnr_y", "ssim"))
    summary = _build(folder)
    assert list(summary.seconds) == ["scores"]
    assert list(pd.read_parquet(folder.frames_table).columns) == ["src", "hrc", "frame", "psnr_y", "ssim"]


def test_dask_makes_the_same_bytes_as_one_process(folder):
    alone = {made["file"]: made["sha256"] for made in map(Record.dump, _build(folder).objects)}
    for part in (folder.pvs, folder.sources, folder.renditions):
        for path in part.iterdir():
            path.unlink()
    summary = _build(folder, inline=False)
    assert summary.failures == []
    assert {made["file"]: made["sha256"] for made in map(Record.dump, summary.objects)} == alone


def test_a_lost_coded_file_brings_itself_and_its_pvs_back(folder):
    first = _build(folder)
    full = _by_hrc(first, "pvs")["full"]
    (folder.path / full["file"]).unlink()
    second = _build(folder)
    assert second.made == 2
    assert _by_hrc(second, "pvs")["full"]["sha256"] == full["sha256"]


def test_the_tables_hold_every_frame_and_are_written_when_something_changed(folder):
    _build(folder)
    frames = pd.read_parquet(folder.frames_table)
    assert (len(frames), str(frames["hrc"].dtype), str(frames["vmaf"].dtype)) == (6 * FRAMES, "category", "float32")
    for hrc, own in frames.groupby("hrc", observed=True):
        (made,) = [
            m for m in json.loads(folder.manifest.read_text())["objects"] if m["kind"] == "scores" and m["hrc"] == hrc
        ]
        alone = pd.read_parquet(folder.path / made["file"])
        assert own["vmaf"].to_numpy() == pytest.approx(alone["vmaf"].to_numpy(), rel=1e-6)
    written = folder.frames_table.stat().st_mtime_ns
    _build(folder)
    assert folder.frames_table.stat().st_mtime_ns == written
    folder.scores_table.unlink()
    _build(folder)
    assert folder.scores_table.is_file()


def test_a_bitrate_that_the_codec_cannot_reach_is_kept_with_a_note(folder):
    impossible = RENDITIONS[0].model_copy(update={"bitrate_kbps": 5.0})
    _change(folder, rendition=(impossible, *RENDITIONS[1:]))
    summary = _build(folder)
    assert summary.failures == []
    (note,) = [note for note in summary.notes if note["name"] == "low"]
    assert note["note"].startswith("asked for 5 kb/s, came out at ")
    assert _by_hrc(summary, "pvs")["bicubic-low"]["bitrate_kbps"] > 6


def test_a_clip_without_reference_has_no_place_on_a_ladder(folder, make_clip):
    small = make_clip("old.mp4", source="mandelbrot=s=160x96:r=24", frames=8)
    with pytest.raises(InputError, match=r"has no reference.*ask viewers.*--template pair"):
        add_clip(folder, small, reference=False)
    study = folder.load()
    folder.save(study.model_copy(update={"src": (study.src[0].model_copy(update={"reference": False}),)}))
    summary = _build(folder)
    assert [failure.src for failure in summary.failures] == ["known"]
    assert "has no reference" in summary.failures[0].error


def test_a_pixel_format_that_the_codec_lacks_fails_that_clip_alone(folder, make_clip):
    source = "testsrc2=s=320x180:r=25"
    add_clip(folder, make_clip("full-chroma.mkv", "-c:v", "ffv1", "-pix_fmt", "yuv444p", source=source), reference=True)
    av1 = Rendition(id="low", height=90, codec="libsvtav1", crf=40, preset="12")
    _change(folder, rendition=(av1, *RENDITIONS[1:]))
    summary = _build(folder)
    assert [failure.src for failure in summary.failures] == ["full-chroma"]
    assert "libsvtav1 takes yuv420p or yuv420p10le only" in summary.failures[0].error
    assert len(_by_hrc(summary, "pvs")) == 6


def test_an_encoder_that_ffmpeg_lacks_stops_the_build_before_it_starts(folder, monkeypatch):
    monkeypatch.setattr("qualab.media.encode.ffmpeg_has", lambda kind, name: name != "libx264")
    with pytest.raises(ToolMissing, match="was built without libx264"):
        _build(folder)
    assert not folder.manifest.exists()


def test_a_study_with_crosses_is_voted_on_in_pairs_of_one_rendition(folder):
    _change(folder, voting=Voting(enabled=True))
    summary = _build(folder)
    pairs = {(made["hrc_a"], made["hrc_b"]) for made in map(Record.dump, summary.objects) if made["kind"] == "pair"}
    assert pairs == {("bicubic-low", "lanczos-low"), ("bicubic-high", "lanczos-high")}
    assert summary.failures == []


def test_the_disk_is_measured_against_what_the_clips_pixels_need(folder, monkeypatch):
    monkeypatch.setattr(building, "free_bytes", lambda path: 100_000)
    with pytest.raises(building.StorageError, match="are needed"):
        _build(folder)
    assert not folder.renditions.exists()
