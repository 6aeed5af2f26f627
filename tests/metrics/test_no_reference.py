import subprocess

import numpy as np
import pytest
from scipy import ndimage

from qualab.errors import MediaError
from qualab.media.frames import read_pictures
from qualab.media.pixel_formats import KEPT
from qualab.media.probe import probe
from qualab.media.process import ffmpeg_path
from qualab.metrics.no_reference import diagnose
from qualab.study.tables import DIAGNOSTIC_COLUMNS


def _luma(path):
    return np.stack([picture.y.astype(float) for picture in read_pictures(path, probe(path), name=path.name)])


def _written(path, planes):
    """Write luma planes of 8 bits as a lossless clip."""
    height, width = planes.shape[1:]
    data = b"".join(plane.tobytes() + bytes([128]) * (height * width // 2) for plane in planes)
    raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}", "-r", "25", "-i", "-"]
    subprocess.run([ffmpeg_path(), "-v", "error", *raw, "-c:v", "ffv1", str(path)], input=data, check=True)
    return path


@pytest.fixture(scope="module")
def real(tmp_path_factory, carried_clip):
    """Return twelve real frames in every pixel format: name -> path."""
    folder = tmp_path_factory.mktemp("formats")
    command = [ffmpeg_path(), "-v", "error", "-i", str(carried_clip("bikes.mp4")), "-frames:v", "12"]
    for pix_fmt in KEPT:
        subprocess.run([*command, "-pix_fmt", pix_fmt, "-c:v", "ffv1", str(folder / f"{pix_fmt}.mkv")], check=True)
    return {pix_fmt: folder / f"{pix_fmt}.mkv" for pix_fmt in KEPT}


@pytest.fixture(scope="module")
def diagnosed(real):
    """Return the diagnostics of those twelve frames: pixel format -> table."""
    return {pix_fmt: diagnose(path, name="clip", frames=12) for pix_fmt, path in real.items()}


@pytest.mark.parametrize("pix_fmt", KEPT)
def test_si_ti_and_flicker_are_the_closed_forms_in_every_format(real, diagnosed, pix_fmt):
    """P.910: standard deviations of the Sobel gradient and of the difference, in full-range codes of 8 bits.

    FFmpeg rounds what it makes of limited range down to whole codes, which leaves 0.3 of an SI near 50; two decimals.
    """
    luma, found = _luma(real[pix_fmt]), diagnosed[pix_fmt]
    luma = luma / (4.0 if pix_fmt.endswith("10le") else 1.0)
    full = (luma - 16).clip(0, 219) * 255 / 219
    edges = [np.hypot(ndimage.sobel(y, 0), ndimage.sobel(y, 1))[1:-1, 1:-1].std() for y in full]
    assert found["si"].to_numpy() == pytest.approx(edges, rel=0.006)
    assert found["ti"].to_numpy() == pytest.approx([0.0, *np.diff(full, axis=0).std(axis=(1, 2))], rel=0.02, abs=0.006)
    median = np.median([luma[:-2], luma[1:-1], luma[2:]], axis=0)
    flicker = np.abs(luma[1:-1] - median).mean(axis=(1, 2)) * (1 if pix_fmt.endswith("p") else 1020 / 1023)
    assert found["flicker"].to_numpy() == pytest.approx([0.0, *flicker, 0.0], abs=3e-4)


@pytest.mark.parametrize("pix_fmt", KEPT)
def test_every_format_has_one_finite_row_a_frame_and_the_same_numbers_for_the_same_luma(diagnosed, pix_fmt):
    """CAMBI alone differs: it takes steps of 8 bits for dithered, those of 10 bits as they are."""
    found, plain = diagnosed[pix_fmt], diagnosed["yuv420p"]
    assert tuple(found.columns) == DIAGNOSTIC_COLUMNS
    assert list(found["frame"]) == list(range(12))
    assert np.isfinite(found.to_numpy(dtype=float)).all()
    for column in set(DIAGNOSTIC_COLUMNS) - {"cambi"}:
        assert found[column].mean() == pytest.approx(plain[column].mean(), rel=0.02, abs=0.02), column
    alike = "yuv420p10le" if pix_fmt.endswith("10le") else "yuv420p"
    assert found["cambi"].equals(diagnosed[alike]["cambi"])


def test_blurring_raises_blur_and_lowers_spatial_information(make_clip, carried_clip):
    source = f"movie={carried_clip('bikes.mp4')}"
    sharp, soft = (
        diagnose(make_clip(name, "-c:v", "ffv1", *more, source=source, frames=3), name=name, frames=3).mean()
        for name, more in (("sharp.mkv", ()), ("soft.mkv", ("-vf", "gblur=sigma=3")))
    )
    assert soft["blur"] > 1.2 * sharp["blur"]
    assert soft["si"] < 0.8 * sharp["si"]


def test_a_coarse_grid_of_blocks_raises_blockiness(make_clip, carried_clip):
    source = f"movie={carried_clip('bikes.mp4')}"
    clean = make_clip("clean.mkv", "-c:v", "ffv1", source=source, frames=3)
    blocky = make_clip("blocky.mkv", "-c:v", "mpeg2video", "-q:v", "31", source=source, frames=3)
    assert _mean(blocky, "blockiness", 3) > 1.2 * _mean(clean, "blockiness", 3)


def test_bands_in_a_slope_raise_cambi(tmp_path):
    """A slope of ten codes has steps of 64 samples where it is rounded, and none under noise."""
    slope = np.broadcast_to(np.linspace(60, 70, 640), (2, 360, 640))
    noise = np.random.default_rng(1).normal(0, 2, slope.shape)
    banded = _written(tmp_path / "banded.mkv", np.rint(slope).astype(np.uint8))
    smooth = _written(tmp_path / "smooth.mkv", np.rint(slope + noise).astype(np.uint8))
    assert _mean(banded, "cambi", 2) > 5
    assert _mean(smooth, "cambi", 2) < 1


def test_flicker_is_what_leaves_its_course_and_returns(tmp_path):
    """A frame brighter by 8 between two others flickers by 8; a steady rise and one step do not at all."""
    level = np.array([50, 50, 58, 50, 50, 60, 70, 80, 80])
    planes = np.broadcast_to(level[:, None, None], (9, 72, 96)).astype(np.uint8)
    found = diagnose(_written(tmp_path / "level.mkv", planes), name="level", frames=9)
    assert found["flicker"].to_numpy() == pytest.approx([0, 0, 8, 0, 0, 0, 0, 0, 0], abs=2e-4)


@pytest.mark.parametrize("size", ["16x16", "64x48", "193x145"])
def test_flat_and_small_pictures_give_finite_numbers(make_clip, size):
    for name, source in (("flat", f"color=c=gray:s={size}:r=25"), ("test", f"testsrc2=s={size}:r=25")):
        clip = make_clip(f"{name}.mkv", "-c:v", "ffv1", "-pix_fmt", "yuv420p", source=source, frames=2)
        found = diagnose(clip, name=name, frames=2)
        assert np.isfinite(found.to_numpy(dtype=float)).all()
        assert (found.drop(columns="frame").loc[0] == 0).all() == (name == "flat")


def test_a_clip_that_breaks_off_is_not_diagnosed(make_clip):
    clip = make_clip("short.mkv", "-c:v", "ffv1", frames=4)
    with pytest.raises(MediaError, match="for 4 of 5 frames"):
        diagnose(clip, name="short", frames=5)


def _mean(clip, column, frames):
    return diagnose(clip, name=clip.name, frames=frames)[column].mean()
