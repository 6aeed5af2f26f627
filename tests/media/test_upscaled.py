import numpy as np
import pytest

from qualab.media.frames import Picture, Scaler, read_pictures
from qualab.media.probe import probe
from qualab.media.upscaled import enlarged_by


def _lumas(path, count=3):
    info = probe(path)
    return [picture.y.copy() for picture in read_pictures(path, info, name=path.name, count=count)]


def _enlarged(luma, factor, method):
    height, width = luma.shape
    small = (int(width / factor) // 2 * 2, int(height / factor) // 2 * 2)
    grey = Picture(luma, luma[::2, ::2].copy(), luma[::2, ::2].copy())
    return Scaler(small, (width, height), method)(Scaler((width, height), small, "bicubic")(grey)).y


@pytest.mark.parametrize("name", ["bigbuckbunny.mp4", "bikes.mp4", "carphone_pristine.mp4"])
def test_real_clips_are_not_taken_for_enlarged(carried_clip, name):
    assert enlarged_by(_lumas(carried_clip(name))) is None


@pytest.mark.parametrize("method", ["bilinear", "bicubic", "lanczos"])
@pytest.mark.parametrize("factor", [2, 3])
def test_an_enlarged_clip_is_noticed(carried_clip, factor, method):
    native = _lumas(carried_clip("bigbuckbunny.mp4"))
    assert enlarged_by([_enlarged(luma, factor, method) for luma in native])


def test_enlarging_by_one_and_a_half_has_a_rhythm(carried_clip):
    native = _lumas(carried_clip("bigbuckbunny.mp4"))
    assert enlarged_by([_enlarged(luma, 1.5, "bicubic") for luma in native]) == 1.5


def test_flat_and_smooth_pictures_say_nothing():
    ramp = np.broadcast_to(np.linspace(16, 235, 640, dtype=np.uint8), (360, 640))
    assert enlarged_by([np.full((360, 640), 90, np.uint8)]) is None
    assert enlarged_by([ramp]) is None


def test_noise_is_native():
    noise = np.random.default_rng(1).integers(0, 256, (360, 640), dtype=np.uint8)
    assert enlarged_by([noise]) is None
