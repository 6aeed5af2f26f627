"""ITU-T P.910's spatial and temporal information of luma, in code values 0-255 of full range."""

from qualab.media.pixel_formats import PIXEL_FORMATS
from qualab.media.probe import ClipInfo
from qualab.metrics.diagnostic import Diagnostic, Graph
from qualab.metrics.metadata import frame_rows


def _eight_bits(clip: ClipInfo) -> float:
    """Return what brings code values of the clip's depth, in which FFmpeg gives these alone, to 8 bits."""
    return 255.0 / ((1 << PIXEL_FORMATS[clip.pix_fmt].bits) - 1)


_SITI = Graph("siti", "siti,metadata=print:file={log}", frame_rows)
SI = Diagnostic(_SITI, "si", _eight_bits)
# 0 of the first frame.
TI = Diagnostic(_SITI, "ti", _eight_bits)
