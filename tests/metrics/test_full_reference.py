import json
import subprocess
from dataclasses import replace

import imageio_ffmpeg
import numpy as np
import pytest

from qualab.errors import MediaError, RefusedPair
from qualab.media.frames import read_pictures
from qualab.media.lossless import LosslessWriter
from qualab.media.pixel_formats import KEPT
from qualab.media.probe import probe
from qualab.media.process import ffmpeg_path
from qualab.metrics import METRICS
from qualab.metrics.full_reference import score_frames
from qualab.metrics.metric import pool
from qualab.tables import FRAME_COLUMNS
from qualab.terms import METRIC_UNITS


def _means(frames):
    table = pool(frames, src="s", hrc="h")
    return table[table["pooling"] == "mean"].set_index("metric")["value"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory, carried_clip):
    """Return ten real frames and the same after halving and bicubic enlarging."""
    folder = tmp_path_factory.mktemp("pair")
    cut = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-i",
        str(carried_clip("bigbuckbunny.mp4")),
        "-frames:v",
        "10",
    ]
    subprocess.run([*cut, "-c:v", "ffv1", str(folder / "reference.mkv")], check=True)
    scaled = ["-vf", "scale=640:360:flags=bicubic,scale=1280:720:flags=bicubic"]
    subprocess.run([*cut, *scaled, "-c:v", "ffv1", str(folder / "bicubic.mkv")], check=True)
    return folder / "reference.mkv", folder / "bicubic.mkv"


def test_scores_equal_a_plain_libvmaf_call(pair, tmp_path):
    """Equal within 0.01 VMAF and 0.001 dB: the same library on the same frames, so only rounding may differ."""
    reference, distorted = pair
    log = tmp_path / "log.json"
    models = "version=vmaf_v0.6.1\\:name=vmaf|version=vmaf_v0.6.1neg\\:name=vmaf_neg"
    graph = f"[0:v][1:v]libvmaf=model='{models}':feature=name=psnr:log_fmt=json:log_path={log}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(distorted), "-i", str(reference)]
    subprocess.run([*command, "-lavfi", graph, "-f", "null", "-"], check=True)
    plain = json.loads(log.read_text())["pooled_metrics"]
    ours = _means(score_frames(reference, distorted))
    assert ours["vmaf"] == pytest.approx(plain["vmaf"]["mean"], abs=0.01)
    assert ours["vmaf_neg"] == pytest.approx(plain["vmaf_neg"]["mean"], abs=0.01)
    assert ours["psnr_y"] == pytest.approx(plain["psnr_y"]["mean"], abs=0.001)


def test_psnr_and_ssim_equal_ffmpegs_own_filters(pair):
    """Within the filters' printed decimals: two for PSNR, six for SSIM but three in the wrapper."""
    reference, distorted = pair
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(distorted), "-i", str(reference)]
    graph = "[0:v]split[a][b];[1:v]split[c][d];[a][c]psnr=stats_file=-[p];[b][d]ssim[q]"
    done = subprocess.run(
        [*command, "-lavfi", graph, "-map", "[p]", "-map", "[q]", "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    decibels = [float(part.split(":")[1]) for part in done.stdout.split() if part.startswith("psnr_avg:")]
    ssim = float(done.stderr.rsplit("All:", 1)[1].split()[0])
    ours = score_frames(reference, distorted)
    assert ours["psnr"].to_numpy() == pytest.approx(decibels, abs=0.0051)
    assert ours["ssim"].mean() == pytest.approx(ssim, abs=0.0005)


def test_identical_clips_are_lossless_and_near_100(pair):
    frames = score_frames(pair[0], pair[0])
    table = pool(frames, src="s", hrc="h").set_index(["metric", "pooling"])
    assert 97 <= table.loc[("vmaf", "mean"), "value"] <= 100
    assert table.loc[("ssim", "mean"), "value"] == 1.0
    for metric in ("psnr", "psnr_y"):
        assert np.isinf(frames[metric]).all()
        assert table.loc[(metric, "mean"), "lossless"]
        assert np.isnan(table.loc[(metric, "mean"), "value"])


@pytest.mark.parametrize("metric", METRICS)
def test_more_compression_never_improves_a_metric(make_clip, carried_clip, metric):
    if not hasattr(test_more_compression_never_improves_a_metric, "means"):
        source = f"movie={carried_clip('bikes.mp4')}"
        reference = make_clip("reference.mkv", "-c:v", "ffv1", source=source, frames=8)
        coded = [make_clip(f"{crf}.mp4", "-crf", str(crf), source=source, frames=8) for crf in (15, 28, 42)]
        test_more_compression_never_improves_a_metric.means = [_means(score_frames(reference, path)) for path in coded]
    values = [means[metric] for means in test_more_compression_never_improves_a_metric.means]
    assert values == sorted(values, reverse=True)


def test_every_metric_has_a_value_for_every_frame(pair):
    frames = score_frames(*pair)
    assert tuple(frames.columns) == FRAME_COLUMNS
    assert set(METRICS) == set(METRIC_UNITS) == set(FRAME_COLUMNS) - {"frame"}
    assert list(frames["frame"]) == list(range(10))
    assert np.isfinite(frames.to_numpy(dtype=float)).all()


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
