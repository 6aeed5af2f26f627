"""A bitrate ladder: the heights and bitrates of an adaptive stream."""

from collections.abc import Mapping

from qualab.study.templates.template import DISPLAY_HEIGHT, Template

STANDARD_HEIGHTS = (144, 240, 360, 480, 540, 720, 1080, 1440, 2160, 4320)
# Of H.264 at 1280x720 and 30 frames a second: from what is just watchable to what hides all coding, in equal ratios.
_KBPS_720P = (400, 900, 2000, 4500)
# Codecs of later generations need less for the same picture.
_NEED = {"libx264": 1.0, "libx265": 0.65, "libvpx-vp9": 0.65, "libsvtav1": 0.55}


def ladder_heights(display_height: int) -> tuple[int, ...]:
    """Return the display height and, in ascending order before it, up to two standard heights spread below it.

    >>> ladder_heights(720), ladder_heights(1080), ladder_heights(2160), ladder_heights(96)
    ((240, 360, 720), (360, 720, 1080), (720, 1080, 2160), (32, 48, 96))
    """
    wanted = [display_height / 3, display_height / 2 if display_height < 1080 else display_height * 2 / 3]
    if display_height >= 2160:
        wanted[1] = display_height / 2
    below = [height for height in STANDARD_HEIGHTS if height < display_height]
    near = [min(below, key=lambda height: abs(height - want), default=0) for want in wanted]
    if len(set(near)) < len(near):
        near = [max(16, round(want / 2) * 2) for want in wanted]
    return tuple(sorted({*near, display_height}))


def ladder_kbps(codec: str, height: int) -> tuple[float, ...]:
    """Return four bitrates in equal ratios, scaled by the number of samples to the power of 3/4.

    >>> ladder_kbps("libx264", 720), ladder_kbps("libx264", 360)
    ((400.0, 900.0, 2000.0, 4500.0), (140.0, 320.0, 710.0, 1600.0))
    """
    # Larger pictures need fewer bits a sample: doubling width and height takes about 2.8 times the bitrate.
    share = _NEED[codec] * (height / DISPLAY_HEIGHT) ** 1.5
    return tuple(_round(kbps * share) for kbps in _KBPS_720P)


def _round(kbps: float) -> float:
    """Return a bitrate with two digits that count, 10 kb/s or more."""
    unit = 10 ** max(0, len(str(int(kbps))) - 2)
    return float(max(10, round(kbps / unit) * unit))


def _rates(codec: str, height: int) -> Mapping[str, tuple[float, ...]]:
    return {"bitrate_kbps": ladder_kbps(codec, height)}


LADDER = Template(
    "A bitrate ladder: three heights with four bitrates each, decoded and upscaled as a player would; scores only.",
    votes=False,
    heights=ladder_heights,
    rates=_rates,
)
