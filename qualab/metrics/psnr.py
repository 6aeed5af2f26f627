"""PSNR of luma and of all planes, from libvmaf's feature."""

import math

from qualab.media.pixel_formats import PIXEL_FORMATS
from qualab.media.probe import ClipInfo
from qualab.metrics.libvmaf import LIBVMAF
from qualab.metrics.metric import Metric, Row

# By default libvmaf's PSNR stops at 60 dB for 8 bits; with this the stop lies above one sample that is off by one.
_PSNR = "psnr:min_sse=0.5"


def _psnr_y(row: Row, clip: ClipInfo) -> float:
    return _decibels(_error(row["psnr_y"], clip.width * clip.height, clip))


def _psnr(row: Row, clip: ClipInfo) -> float:
    """Return the PSNR of all planes, each by its samples."""
    width, height = PIXEL_FORMATS[clip.pix_fmt].chroma_size(clip.width, clip.height)
    luma, chroma = clip.width * clip.height, width * height
    planes = (("psnr_y", luma), ("psnr_cb", chroma), ("psnr_cr", chroma))
    error = sum(samples * _error(row[name], samples, clip) for name, samples in planes)
    return _decibels(error / (luma + 2 * chroma))


def _error(decibels: float, samples: int, clip: ClipInfo) -> float:
    """Return the mean squared error over the squared peak; of an identical plane libvmaf gives a stop above them all.

    The peak is 255 for 8 bits and 1023 for 10.
    """
    peak = (1 << PIXEL_FORMATS[clip.pix_fmt].bits) - 1
    least = 10 * math.log10(peak**2 * samples)
    return 0.0 if decibels > least + 1 else 10 ** (-decibels / 10)


def _decibels(error: float) -> float:
    return -10 * math.log10(error) if error else math.inf


PSNR_Y = Metric(LIBVMAF, _psnr_y, feature=_PSNR)
PSNR = Metric(LIBVMAF, _psnr, feature=_PSNR)
