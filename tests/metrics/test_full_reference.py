import json
import re
import shlex
import subprocess
import tempfile
from dataclasses import replace

import numpy as np
import pytest
from ffmpeg_quality_metrics import FfmpegQualityMetrics

from qualab.errors import InputError, MediaError, RefusedPair, ToolMissing
from qualab.media.frames import read_pictures
from qualab.media.lossless import LosslessWriter
from qualab.media.pixel_formats import KEPT
from qualab.media.probe import probe
from qualab.media.process import ffmpeg_path
from qualab.metrics import METRICS
from qualab.metrics.full_reference import score_frames
from qualab.metrics.metric import pool
from qualab.metrics.vmaf import vmaf_metric
from qualab.study.families import metric_row
from qualab.study.tables import FRAME_COLUMNS


def _means(frames):
    table = pool(frames, src="s", hrc="h")
    return table[table["pooling"] == "mean"].set_index("metric")["value"]


def _ffmpeg(*arguments):
    subprocess.run([ffmpeg_path(), "-v", "error", "-y", *arguments], check=True, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def pair(tmp_path_factory, carried_clip):
    """Return ten real frames and the same after halving and bicubic enlarging."""
    folder = tmp_path_factory.mktemp("pair")
    cut = ["-i", str(carried_clip("bigbuckbunny.mp4")), "-frames:v", "10", "-c:v", "ffv1"]
    scaled = ["-vf", "scale=640:360:flags=bicubic,scale=1280:720:flags=bicubic"]
    _ffmpeg(*cut, str(folder / "reference.mkv"))
    _ffmpeg(*cut, *scaled, str(folder / "bicubic.mkv"))
    return folder / "reference.mkv", folder / "bicubic.mkv"


@pytest.fixture(scope="module")
def scores(pair):
    """Return every metric of the pair, measured in one pass."""
    return score_frames(*pair, metrics=tuple(METRICS))


@pytest.fixture(scope="module")
def identical(pair):
    """Return every metric of the reference against itself."""
    return score_frames(pair[0], pair[0], metrics=tuple(METRICS))


@pytest.fixture(scope="module")
def coded(tmp_path_factory, carried_clip):
    """Return a table of frames for each of three grades of compression of a real clip, the best first."""
    folder = tmp_path_factory.mktemp("coded")
    clip, reference = carried_clip("bikes.mp4"), folder / "reference.mkv"
    _ffmpeg("-i", str(clip), "-frames:v", "8", "-c:v", "ffv1", str(reference))
    paths = [folder / f"{crf}.mp4" for crf in (15, 28, 42)]
    for path in paths:
        _ffmpeg("-i", str(reference), "-c:v", "libx264", "-preset", "ultrafast", "-crf", path.stem, str(path))
    return [score_frames(reference, path, metrics=tuple(METRICS)) for path in paths]


def _theirs(pair, metric, **options):
    """Return the rows of ffmpeg-quality-metrics alone for one of its metrics."""
    reference, distorted = map(str, pair)
    with tempfile.TemporaryDirectory() as folder:
        calls = FfmpegQualityMetrics(reference, distorted, framerate=25, tmp_dir=folder, ffmpeg_path=ffmpeg_path())
        return calls.calculate([metric], options)[metric]


# What ffmpeg-quality-metrics is told for each model that it ships.
_SHIPPED = {
    "vmaf": {"model_path": "vmaf_v0.6.1.json"},
    "vmaf_neg": {"model_path": "vmaf_v0.6.1neg.json"},
    "vmaf_4k": {"model_path": "vmaf_4k_v0.6.1.json"},
    "vmaf_phone": {"model_path": "vmaf_v0.6.1.json", "model_params": ["enable_transform=true"]},
    "vmaf_v1": {"model_path": "vmaf_v1.0.16_3d0h.json", "ten_bit": True},
}
_VMAF_ROOM = 2e-6  # libvmaf prints six decimals


@pytest.mark.parametrize("metric", _SHIPPED)
def test_vmaf_of_every_model_equals_ffmpeg_quality_metrics_own_frame_by_frame(pair, scores, metric):
    """All models in one pass give what a pass of its own gives each."""
    theirs = [row["vmaf"] for row in _theirs(pair, "vmaf", **_SHIPPED[metric])]
    assert scores[metric].to_numpy() == pytest.approx(theirs, abs=_VMAF_ROOM)


def test_the_4k_neg_model_which_it_does_not_ship_equals_a_plain_libvmaf_call(pair, scores, tmp_path):
    log = tmp_path / "log.json"
    graph = f"[0:v][1:v]libvmaf=model=version=vmaf_4k_v0.6.1neg:log_fmt=json:log_path={log}"
    _ffmpeg("-i", str(pair[1]), "-i", str(pair[0]), "-lavfi", graph, "-f", "null", "-")
    plain = [frame["metrics"]["vmaf"] for frame in json.loads(log.read_text())["frames"]]
    assert scores["vmaf_4k_neg"].to_numpy() == pytest.approx(plain, abs=_VMAF_ROOM)


def test_psnr_ssim_and_msad_equal_ffmpeg_quality_metrics_own_frame_by_frame(pair, scores):
    """Within the decimals it keeps: two of PSNR's, three of the others."""
    for metric, name, key, room in (
        ("psnr", "psnr_y", "psnr_y", 0.0051),
        ("psnr", "psnr", "psnr_avg", 0.0051),
        ("ssim", "ssim", "ssim_avg", 0.000501),
        ("msad", "msad", "msad_avg", 0.000501),
    ):
        assert scores[name].to_numpy() == pytest.approx([row[key] for row in _theirs(pair, metric)], abs=room)


def test_vif_is_the_sum_over_scales_of_libvmaf(pair, scores):
    """VMAF v1 has no VIF of its own that would hide the feature."""
    rows = _theirs(pair, "vmaf", model_path="vmaf_v1.0.16_3d0h.json", features=["vif:debug=true"])
    sums = [[sum(row[f"integer_vif_{part}_scale{n}"] for n in range(4)) for part in ("num", "den")] for row in rows]
    assert scores["vif"].to_numpy() == pytest.approx([num / den for num, den in sums], abs=2e-6)


def test_xpsnr_equals_ffmpegs_filter_weighted_as_its_authors_do(pair, scores):
    """(4 Y + U + V) / 6 of the dB, whose four decimals leave 1e-4."""
    command = [ffmpeg_path(), "-v", "error", "-i", str(pair[1]), "-i", str(pair[0])]
    done = subprocess.run([*command, "-lavfi", "xpsnr=stats_file=-", "-f", "null", "-"], capture_output=True, text=True)
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("n:")]
    weighted = [(4 * float(line[4]) + float(line[7]) + float(line[10])) / 6 for line in lines]
    assert scores["xpsnr"].to_numpy() == pytest.approx(weighted, abs=1e-4)


def test_psnr_and_ssim_equal_ffmpegs_own_filters_and_apsnr_is_its_average(pair, scores):
    """Within the filters' printed decimals: two for a frame's PSNR, six for a clip's and for SSIM."""
    command = [ffmpeg_path(), "-i", str(pair[1]), "-i", str(pair[0])]
    graph = "[0:v]split[a][b];[1:v]split[c][d];[a][c]psnr=stats_file=-[p];[b][d]ssim[q]"
    done = subprocess.run(
        [*command, "-lavfi", graph, "-map", "[p]", "-map", "[q]", "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    decibels = [float(part.split(":")[1]) for part in done.stdout.split() if part.startswith("psnr_avg:")]
    said = dict(re.findall(r" (y|average|All):([\d.]+)", done.stderr))
    pooled = pool(scores, src="s", hrc="h").set_index(["metric", "pooling"])["value"]
    assert scores["psnr"].to_numpy() == pytest.approx(decibels, abs=0.0051)
    assert pooled["ssim", "mean"] == pytest.approx(float(said["All"]), abs=2e-6)
    assert pooled["psnr", "apsnr"] == pytest.approx(float(said["average"]), abs=2e-5)
    assert pooled["psnr_y", "apsnr"] == pytest.approx(float(said["y"]), abs=2e-5)


@pytest.mark.parametrize("metric", METRICS)
def test_identical_input_gives_the_perfect_score(identical, metric):
    """VMAF v0.6.1 is known to stay a little under 100; libvmaf's VIF of integers stops one millionth short of 1."""
    values = identical[metric].to_numpy()
    if metric in ("psnr", "psnr_y", "xpsnr"):
        assert np.isinf(values).all()
        table = pool(identical, src="s", hrc="h").set_index(["metric", "pooling"])
        assert table.loc[(metric, "mean"), "lossless"]
        assert np.isnan(table.loc[(metric, "mean"), "value"])
    elif metric.startswith("vmaf"):
        assert ((values > 97) & (values <= 100)).all()
    else:
        assert values == pytest.approx(0.0 if metric_row(metric).lower_is_better else 1.0, abs=2e-6)


@pytest.mark.parametrize("metric", METRICS)
def test_more_compression_never_improves_a_metric(coded, metric):
    values = [_means(frames)[metric] for frames in coded]
    assert values == sorted(values, reverse=not metric_row(metric).lower_is_better)
    assert values[0] != values[-1]


def test_every_metric_has_a_value_for_every_frame(scores):
    assert tuple(scores.columns) == ("frame", *METRICS)
    assert list(scores["frame"]) == list(range(10))
    assert np.isfinite(scores.to_numpy(dtype=float)).all()


def test_metrics_come_in_the_order_asked_and_alone_as_together(pair, scores):
    for asked in (("ssim", "vmaf_phone"), ("psnr_y",), ("vif", "psnr"), ("vmaf_v1",), ("msad", "xpsnr")):
        frames = score_frames(*pair, metrics=asked)
        assert tuple(frames.columns) == ("frame", *asked)
        assert frames[list(asked)].equals(scores[list(asked)])


def test_by_default_the_model_is_the_one_for_the_display(pair, make_clip):
    frames = score_frames(*pair)
    assert tuple(frames.columns) == FRAME_COLUMNS
    assert frames.attrs["vmaf_models"] == {"vmaf": "vmaf_v0.6.1", "vmaf_neg": "vmaf_v0.6.1neg"}
    tall = make_clip("tall.mkv", "-c:v", "ffv1", source="testsrc2=s=256x2160:r=25", frames=2)
    frames = score_frames(tall, tall, is_native=True)
    assert tuple(frames.columns) == ("frame", "vmaf_4k", "vmaf_4k_neg", "psnr_y", "psnr", "ssim")
    frames = score_frames(tall, tall, is_native=True, metrics=["vmaf_v1"])
    assert frames.attrs["vmaf_models"] == {"vmaf_v1": "vmaf_v1.0.16_1d5h_2160"}


def test_an_unknown_metric_is_refused_with_the_nearest_name(pair):
    with pytest.raises(InputError, match="did you mean 'vmaf_neg'"):
        score_frames(*pair, metrics=["vmaf_neq"])


@pytest.mark.parametrize(("metric", "size"), [("vmaf_v1", "320x158"), ("vmaf_v1", "200x200"), ("vmaf", "16x64")])
def test_pictures_too_small_for_a_model_are_refused_before_libvmaf_crashes(make_clip, metric, size):
    clip = make_clip("small.mkv", "-c:v", "ffv1", "-pix_fmt", "yuv420p", source=f"testsrc2=s={size}:r=25", frames=2)
    with pytest.raises(RefusedPair, match=f"leave {metric} out"):
        score_frames(clip, clip, is_native=True, metrics=[metric])


def test_a_libvmaf_without_the_model_is_a_missing_tool_and_no_fault_of_the_clip(pair, monkeypatch):
    monkeypatch.setitem(METRICS, "vmaf", vmaf_metric("vmaf", "vmaf_v9.9"))
    with pytest.raises(ToolMissing, match=r"libvmaf without the model vmaf_v9\.9"):
        score_frames(*pair, metrics=["psnr", "vmaf"])


def test_what_the_gate_found_stays_with_the_scores(scores):
    verdicts = {finding["code"]: finding["verdict"] for finding in scores.attrs["preflight"]}
    assert verdicts["size"] == verdicts["upscaled-reference"] == "ok"


def test_the_command_kept_runs_on_the_users_files(pair, scores, tmp_path):
    """It names the clips as the user does and gives the numbers of the table."""
    command = shlex.split(scores.attrs["command"])
    assert (command[0], "file:reference.mkv" in command, "file:bicubic.mkv" in command) == ("ffmpeg", True, True)
    for path in pair:
        (tmp_path / path.name).symlink_to(path)
    subprocess.run([ffmpeg_path(), "-v", "error", *command[1:]], check=True, cwd=tmp_path)
    rows = json.loads((tmp_path / "libvmaf").read_text())["frames"]
    assert [row["metrics"]["vmaf"] for row in rows] == list(scores["vmaf"])


@pytest.mark.parametrize("pix_fmt", KEPT)
@pytest.mark.parametrize("size", [(192, 144), (193, 145)])
def test_psnr_of_every_format_is_the_closed_form(make_clip, tmp_path, pix_fmt, size):
    """Mean squared error over all samples; peak 255 for 8 bits, 1023 for 10.

    libvmaf leaves out the last chroma row and column of odd sizes, for which the second size stands.
    """
    source = f"testsrc=s={size[0]}x{size[1]}:r=25"
    clip = make_clip("clip.mkv", "-c:v", "ffv1", "-pix_fmt", pix_fmt, source=source, frames=3)
    info, rng = probe(clip), np.random.default_rng(2)
    pictures = list(read_pictures(clip, info, name="clip"))
    peak = 2 ** pictures[0].bits - 1
    closeness = 0.01 if size[0] % 2 else 1e-4

    def noisy(plane, spread):
        changed = np.clip(plane + np.rint(rng.normal(0, spread, plane.shape)), 0, peak)
        return changed.astype(plane.dtype)

    changed = [replace(p, y=noisy(p.y, 3), u=noisy(p.u, 9), v=noisy(p.v, 5)) for p in pictures]
    other = tmp_path / "noisy.mkv"
    with LosslessWriter(other, fps=info.fps, like=info) as writer:
        for picture in changed:
            writer.write(picture)
    scores = score_frames(clip, other, is_native=True)
    for number, (true, found) in enumerate(zip(pictures, changed, strict=True)):
        squares = [(getattr(true, p).astype(float) - getattr(found, p)) ** 2 for p in "yuv"]
        every = np.concatenate([plane.ravel() for plane in squares])
        assert scores["psnr_y"][number] == pytest.approx(10 * np.log10(peak**2 / squares[0].mean()), abs=1e-4)
        assert scores["psnr"][number] == pytest.approx(10 * np.log10(peak**2 / every.mean()), abs=closeness)


@pytest.mark.parametrize(("pix_fmt", "degrees"), [("yuv420p", 90), ("yuv444p", 270), ("yuv422p", 180)])
def test_a_turned_clip_is_scored_upright(make_clip, tmp_path, pix_fmt, degrees):
    flat = make_clip("flat.mkv", "-c:v", "ffv1", "-pix_fmt", pix_fmt, source="testsrc=s=192x145:r=25", frames=3)
    turned = tmp_path / "turned.mkv"
    command = [ffmpeg_path(), "-v", "error", "-display_rotation", str(degrees), "-i", str(flat), "-c", "copy"]
    subprocess.run([*command, str(turned)], check=True, stdin=subprocess.DEVNULL)
    info, upright = probe(turned), tmp_path / "upright.mkv"
    with LosslessWriter(upright, fps=info.fps, like=info) as writer:
        for picture in read_pictures(turned, info, name="turned"):
            writer.write(picture)
    assert np.isinf(score_frames(turned, upright, is_native=True)["psnr"]).all()


def test_names_that_break_ffmpegs_filters_do_not_break_scoring(pair, tmp_path):
    plain = score_frames(*pair)
    strange = tmp_path / "it's: 100%,[x];=.mkv"
    strange.symlink_to(pair[1])
    assert score_frames(pair[0], strange).equals(plain)


def test_unequal_frame_counts_are_refused_with_both_counts(pair, make_clip):
    shorter = make_clip("short.mkv", "-c:v", "ffv1", source=f"movie={pair[1]}", frames=9)
    with pytest.raises(RefusedPair, match="frame counts differ: 10 and 9"):
        score_frames(pair[0], shorter)


def test_a_clip_that_breaks_off_is_not_scored(make_clip):
    whole = make_clip("whole.mkv", "-crf", "5", frames=30)
    hurt = whole.with_name("hurt.mkv")
    hurt.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises((MediaError, RefusedPair)):
        score_frames(whole, hurt)
