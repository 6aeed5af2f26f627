"""The grid of constant qualities that per-title encoding begins with."""

from collections.abc import Mapping

from qualab.study.templates.ladder import ladder_heights
from qualab.study.templates.template import Template

_CRFS = {"libx264": (19, 23, 27, 31, 35), "libx265": (21, 25, 29, 33, 37)}
_WIDE_CRFS = (24, 31, 38, 45, 52)


def _heights(display_height: int) -> tuple[int, ...]:
    below = tuple(height for height in (360, 720) if height < display_height)
    return (*below, display_height) if below else ladder_heights(display_height)


def _rates(codec: str, height: int) -> Mapping[str, tuple[float, ...]]:
    return {"crf": tuple(float(crf) for crf in _CRFS.get(codec, _WIDE_CRFS))}


PER_TITLE = Template(
    "The grid of per-title encoding: 360p, 720p and 1080p at five constant qualities (CRF) each; scores only.",
    votes=False,
    display_height=1080,
    heights=_heights,
    rates=_rates,
)
