"""The contract of study templates: what a kind of study makes, and what of it may be chosen otherwise."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

DISPLAY_HEIGHT = 720


@dataclass(frozen=True)
class Choices:
    """What of a template is chosen otherwise; what is empty or None stays the template's.

    `bitrates_kbps` and `crfs` hold for every height.
    """

    upscalers: Sequence[str] = ()
    display_height: int | None = None
    source_height: int | None = None
    heights: Sequence[int] = ()
    bitrates_kbps: Sequence[float] = ()
    crfs: Sequence[float] = ()
    codecs: Sequence[str] = ()
    preset: str = ""
    two_pass: bool = False
    orders: Sequence[str] = ()

    @property
    def codes(self) -> bool:
        """Whether anything of renditions is chosen."""
        chosen = (self.heights, self.bitrates_kbps, self.crfs, self.codecs, self.preset, self.two_pass, self.orders)
        return any(chosen)


def _no_heights(display_height: int) -> tuple[int, ...]:
    return ()


def _no_rates(codec: str, height: int) -> Mapping[str, tuple[float, ...]]:
    return {}


@dataclass(frozen=True)
class Template:
    """A kind of study: `about` in a sentence, and the renditions that it gives at a display height.

    `heights` takes the display height, `rates` a codec and a height and gives by `bitrate_kbps` or `crf` the values.
    """

    about: str
    votes: bool
    display_height: int = DISPLAY_HEIGHT
    heights: Callable[[int], tuple[int, ...]] = _no_heights
    rates: Callable[[str, int], Mapping[str, tuple[float, ...]]] = _no_rates
