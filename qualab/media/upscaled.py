"""Telling a clip that was enlarged before from one with detail of its own, by its spectrum.

Enlarging by f leaves nothing but residue above 1/f of the Nyquist frequency, and a native picture of any camera or
renderer falls off smoothly there. Three marks are looked for: a cliff at 1/2 or 1/3; an upper half that holds
no more than the rounding noise of 8-bit code values; the period-3 rhythm of enlarging by 1.5 (A. C. Gallagher,
"Detection of linear and cubic interpolation in JPEG compressed images", CRV 2005). Soft or strongly compressed
clips may pass although they were enlarged; the thresholds lie midway between native and enlarged test clips.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft2

from qualab.media.frames import Plane

_STEEP_DB = 12.5
_CLIFFS = {2.0: (1 / 2, 11.0, 7.0), 3.0: (1 / 3, 13.0, 9.0)}  # factor: cutoff, least drop, least bend (dB)
_NOISE_MARGIN_DB = 3.0
_MIN_DETAIL_DB = 18.0
_RHYTHM = 6.0
_BANDS = 40


def enlarged_by(planes: Iterable[Plane]) -> float | None:
    """Return by which factor luma planes (all of one size) were enlarged before, None where no mark is found.

    Flat or smooth pictures have nothing to judge by and give None.
    """
    pictures = [plane for plane in planes if plane[::4, ::4].std() > 2.0]
    if not pictures:
        return None
    level = _profile_db(pictures)
    for factor, (cutoff, least_drop, least_bend) in _CLIFFS.items():
        drop = _at(level, 0.6 * cutoff) - _at(level, cutoff)
        bend = drop - (_at(level, cutoff) - _at(level, 1.4 * cutoff))
        if drop >= least_drop and bend >= least_bend:
            return factor
    if min(_rhythm(pictures, axis) for axis in (0, 1)) >= _RHYTHM:
        return 1.5
    if _at(level, 0.3) - _at(level, 0.5) >= _STEEP_DB:
        return 2.0
    floor = _rounding_noise_db(pictures[0].size)
    detail = _at(level, 0.25) - floor
    if detail >= _MIN_DETAIL_DB and level[int(0.75 * _BANDS) :].mean() <= floor + _NOISE_MARGIN_DB:
        return 2.0
    return None


def _profile_db(pictures: list[Plane]) -> NDArray[np.float64]:
    """Return mean power in bands of max(|fx|, |fy|), 0 to Nyquist, in dB."""
    height, width = pictures[0].shape
    window = (np.hanning(height)[:, None] * np.hanning(width)).astype(np.float32)
    fy = np.abs(np.fft.fftfreq(height)) * 2
    fx = np.fft.rfftfreq(width) * 2
    band = np.minimum((np.maximum(fy[:, None], fx) * _BANDS).astype(np.int64), _BANDS - 1).ravel()
    power = np.zeros(_BANDS)
    for plane in pictures:
        values = plane.astype(np.float32)
        spectrum = np.abs(rfft2((values - values.mean()) * window)) ** 2
        power += np.bincount(band, spectrum.ravel(), _BANDS) / np.bincount(band, minlength=_BANDS)
    return np.asarray(10 * np.log10(power / len(pictures) / float(height * width) ** 2 + 1e-12))


def _at(level: NDArray[np.float64], frequency: float) -> float:
    centre = int(frequency * _BANDS)
    return float(level[max(centre - 1, 0) : centre + 1].mean())


def _rounding_noise_db(samples: int) -> float:
    """Return the level of uniform rounding noise (variance 1/12) under the Hann window."""
    return float(10 * np.log10((3 / 8) ** 2 / 12 / samples))


def _rhythm(pictures: list[Plane], axis: int) -> float:
    """Return how far the second difference's period-3 component stands above its neighbours."""
    strength: NDArray[np.float64] = np.zeros(1)
    for plane in pictures:
        second = np.abs(np.diff(plane.astype(np.int16), 2, axis=axis)).mean(axis=1 - axis)
        second -= second.mean()
        strength = strength + np.abs(np.fft.rfft(second))
    third = round(len(strength) * 2 / 3)
    around = np.r_[strength[third - 40 : third - 4], strength[third + 5 : third + 41]]
    return float(strength[third - 3 : third + 4].max() / (np.median(around) + 1e-9)) if len(around) > 20 else 0.0
