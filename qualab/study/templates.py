"""Studies to start from: which renditions, upscalers and heights each template makes, and what may be changed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from qualab.errors import InputError
from qualab.study.config import Study, Voting
from qualab.study.hrc import CODECS, ENCODE_FIRST, UPSCALE_FIRST, Cross, Rendition
from qualab.study.ids import nearest
from qualab.study.protocol import Checks

DEFAULT_UPSCALERS = ("bicubic", "lanczos", "lite-x2")
DISPLAY_HEIGHT = 720
STANDARD_HEIGHTS = (144, 240, 360, 480, 540, 720, 1080, 1440, 2160, 4320)
# Of H.264 at 1280x720 and 30 frames a second: from what is just watchable to what hides all coding, in equal ratios.
_KBPS_720P = (400, 900, 2000, 4500)
# Codecs of later generations need less for the same picture.
_NEED = {"libx264": 1.0, "libx265": 0.65, "libvpx-vp9": 0.65, "libsvtav1": 0.55}
_CRFS = {"libx264": (19, 23, 27, 31, 35), "libx265": (21, 25, 29, 33, 37)}
_WIDE_CRFS = (24, 31, 38, 45, 52)
# One try before it counts, one that anyone gets right, one asked again: a minute more for a viewer.
_CHECKS = Checks(training=1, gold=1, repeats=1)


@dataclass(frozen=True)
class Choices:
    """What of a template is asked for otherwise; what is empty or None stays the template's.

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
        """Whether anything of renditions is asked for."""
        asked = (self.heights, self.bitrates_kbps, self.crfs, self.codecs, self.preset, self.two_pass, self.orders)
        return any(asked)


@dataclass(frozen=True)
class Template:
    """A kind of study: `about` in a sentence, and the renditions that it gives at a display height."""

    name: str
    about: str
    display_height: int
    votes: bool
    heights: Callable[[int], tuple[int, ...]]
    rates: Callable[[str, int], dict[str, tuple[float, ...]]]


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


def _title_heights(display_height: int) -> tuple[int, ...]:
    below = tuple(height for height in (360, 720) if height < display_height)
    return (*below, display_height) if below else ladder_heights(display_height)


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


TEMPLATES = {
    template.name: template
    for template in (
        Template(
            "pair",
            "Upscalers against each other, judged by viewers: each clip as it is, no coding in between.",
            DISPLAY_HEIGHT,
            votes=True,
            heights=lambda display_height: (),
            rates=lambda codec, height: {},
        ),
        Template(
            "ladder",
            "A bitrate ladder: three heights with four bitrates each, decoded and upscaled as a player would; scores"
            " only.",
            DISPLAY_HEIGHT,
            votes=False,
            heights=ladder_heights,
            rates=lambda codec, height: {"bitrate_kbps": ladder_kbps(codec, height)},
        ),
        Template(
            "per-title",
            "The grid of per-title encoding: 360p, 720p and 1080p at five constant qualities (CRF) each; scores only.",
            1080,
            votes=False,
            heights=_title_heights,
            rates=lambda codec, height: {"crf": tuple(float(crf) for crf in _CRFS.get(codec, _WIDE_CRFS))},
        ),
    )
}


def make_study(
    study_id: str, *, template: str = "pair", choices: Choices | None = None, known: Sequence[str], **settings: Any
) -> Study:
    """Return the study that a template gives under `choices`; `settings` are other fields of Study, such as its title.

    Raises:
        InputError: an unknown template or upscaler, or a choice that cannot be; names it.
    """
    if template not in TEMPLATES:
        raise InputError(f"template '{template[:80]}'", "does not exist", nearest(template[:80], TEMPLATES))
    kind, asked = TEMPLATES[template], choices or Choices()
    upscalers = list(dict.fromkeys(asked.upscalers)) or [name for name in DEFAULT_UPSCALERS if name in known]
    display = asked.display_height or kind.display_height
    renditions = _renditions(kind, asked, display) if kind.heights(display) or asked.codes else []
    values: dict[str, Any] = {"id": study_id, "display_height": display, "source_height": asked.source_height}
    if renditions:
        values |= {"rendition": tuple(renditions), "cross": _crosses(renditions, upscalers, asked.orders, display)}
    values["voting"] = Voting(checks=_CHECKS) if kind.votes else Voting(enabled=False)
    return Study.comparing(upscalers, known=list(known), **values | settings)


def _renditions(kind: Template, asked: Choices, display_height: int) -> list[Rendition]:
    codecs = asked.codecs or ("libx264",)
    heights = asked.heights or kind.heights(display_height) or ladder_heights(display_height)
    if UPSCALE_FIRST in asked.orders:
        heights = (*heights, display_height)
    return [
        rendition
        for codec in dict.fromkeys(codecs)
        for height in sorted(dict.fromkeys(heights))
        for rendition in _of_height(kind, asked, codec, height, is_named=len(set(codecs)) > 1)
    ]


def _of_height(kind: Template, asked: Choices, codec: str, height: int, *, is_named: bool) -> Iterable[Rendition]:
    if codec not in CODECS:
        raise InputError("--codec", f"is '{codec[:80]}'", nearest(codec[:80], CODECS))
    rates: dict[str, Sequence[float]] = {}
    if asked.bitrates_kbps or asked.crfs:
        rates = {"bitrate_kbps": asked.bitrates_kbps, "crf": asked.crfs}
    else:
        rates = dict(kind.rates(codec, height)) or {"bitrate_kbps": ladder_kbps(codec, height)}
    first = f"{codec.removeprefix('lib')}-" if is_named else ""
    for rate, values in rates.items():
        for value in dict.fromkeys(values):
            ending = f"{'crf' if rate == 'crf' else ''}{value:g}".replace(".", "_")
            two_pass = asked.two_pass and rate == "bitrate_kbps"
            named = {"id": f"{first}{height}p-{ending}", "height": height, "codec": codec, rate: value}
            yield Rendition.checked(f"rendition {height}p", **named, preset=asked.preset, two_pass=two_pass)


def _crosses(
    renditions: Sequence[Rendition], upscalers: Sequence[str], orders: Sequence[str], display_height: int
) -> tuple[Cross, ...]:
    """Return a cross an order; a pre-processor codes at display height, so it gets the renditions that have it."""
    crosses = []
    for order in dict.fromkeys(orders or (ENCODE_FIRST,)):
        fit = [r.id for r in renditions if order == ENCODE_FIRST or r.height == display_height]
        crosses.append(Cross.checked("--order", renditions=tuple(fit), upscalers=tuple(upscalers), order=order))
    return tuple(crosses)
