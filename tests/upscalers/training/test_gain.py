from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from qualab.media.frames import Picture
from qualab.media.lossless import LosslessWriter
from qualab.media.probe import ClipInfo
from qualab.upscalers.catalogue import load
from qualab.upscalers.training.gain import gain_table, mean_square_error, measure_gain, psnr

pytestmark = pytest.mark.slow


@pytest.fixture
def clip(tmp_path: Path, scene: Callable[..., Picture]) -> Path:
    info = ClipInfo("ffv1", 96, 64, Fraction(25), 5, 0, "yuv420p", Fraction(1), 0, 1, 1, 1, False)
    path = tmp_path / "clip.mkv"
    with LosslessWriter(path, fps=Fraction(25), like=info) as writer:
        for seed in range(5):
            writer.write(scene(96, 64, seed=seed))
    return path


def test_bicubic_gains_nothing_over_bicubic(clip: Path) -> None:
    found = measure_gain(load("bicubic"), clip)
    assert (found["clip"], found["frames"]) == ("clip", 5)
    assert found["over_bicubic"] == found["pooled_over_bicubic"] == 0.0


def test_every_second_frame_is_measured_where_asked(clip: Path) -> None:
    assert measure_gain(load("lanczos"), clip, every=2)["frames"] == 3


def test_lanczos_is_the_second_baseline(clip: Path) -> None:
    bicubic, lanczos = (measure_gain(load(name), clip) for name in ("bicubic", "lanczos"))
    assert lanczos["over_lanczos"] == 0.0
    assert lanczos["over_bicubic"] == pytest.approx(-bicubic["over_lanczos"], abs=0.002)  # each rounded to 0.001


def test_one_level_off_everywhere_is_48_13_db() -> None:
    error = mean_square_error(np.full((4, 4), 255, np.uint8), np.full((4, 4), 254, np.uint8))
    assert float(psnr(error)) == pytest.approx(48.1308, abs=1e-4)


def test_equal_pictures_are_capped_at_60_db() -> None:
    assert float(psnr(0.0)) == pytest.approx(60)


def test_mean_of_frames_and_pooled_error_are_both_given() -> None:
    """Errors 1 and 100 beside 4 and 100: per frame (6.02 + 0) / 2 dB, pooled 10 log10(104/101)."""
    errors = {"upscaler": [1.0, 100.0], "bicubic": [4.0, 100.0], "lanczos": [1.0, 100.0]}
    found = gain_table("x", errors, held_out="")
    assert found["over_bicubic"] == pytest.approx(3.010, abs=1e-3)
    assert found["pooled_over_bicubic"] == pytest.approx(0.127, abs=1e-3)
    assert found["over_lanczos"] == found["pooled_over_lanczos"] == 0.0
