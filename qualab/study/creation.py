"""Making a study from a template, with what is chosen otherwise."""

from collections.abc import Iterable, Sequence

from qualab.errors import InputError
from qualab.study.config import Study, Voting
from qualab.study.hrc import CODECS, ENCODE_FIRST, UPSCALE_FIRST, Cross, Rendition
from qualab.study.ids import nearest
from qualab.study.protocol import Checks
from qualab.study.templates import TEMPLATES
from qualab.study.templates.ladder import ladder_heights, ladder_kbps
from qualab.study.templates.template import Choices, Template

DEFAULT_UPSCALERS = ("bicubic", "lanczos", "lite-x2")
# One try before it counts, one that anyone gets right, one chosen again: a minute more for a viewer.
_CHECKS = Checks(training=1, gold=1, repeats=1)


def make_study(
    study_id: str, *, template: str = "pair", choices: Choices | None = None, known: Sequence[str], title: str = ""
) -> Study:
    """Return the study that a template gives under `choices`, of the upscalers that are `known` here.

    Raises:
        InputError: an unknown template or upscaler, or a choice that cannot be; names it.
    """
    if template not in TEMPLATES:
        raise InputError(f"template '{template[:80]}'", "does not exist", nearest(template[:80], TEMPLATES))
    kind, chosen = TEMPLATES[template], choices or Choices()
    upscalers = list(dict.fromkeys(chosen.upscalers)) or [name for name in DEFAULT_UPSCALERS if name in known]
    display = chosen.display_height or kind.display_height
    renditions = _renditions(kind, chosen, display) if kind.heights(display) or chosen.codes else []
    crosses = _crosses(renditions, upscalers, chosen.orders, display) if renditions else ()
    return Study.comparing(
        upscalers,
        known=list(known),
        source_height=chosen.source_height,
        display_height=display,
        id=study_id,
        title=title,
        rendition=tuple(renditions),
        cross=crosses,
        voting=Voting(checks=_CHECKS) if kind.votes else Voting(enabled=False),
    )


def _renditions(kind: Template, chosen: Choices, display_height: int) -> list[Rendition]:
    codecs = chosen.codecs or ("libx264",)
    heights = chosen.heights or kind.heights(display_height) or ladder_heights(display_height)
    if UPSCALE_FIRST in chosen.orders:
        heights = (*heights, display_height)
    return [
        rendition
        for codec in dict.fromkeys(codecs)
        for height in sorted(dict.fromkeys(heights))
        for rendition in _of_height(kind, chosen, codec, height, is_named=len(set(codecs)) > 1)
    ]


def _of_height(kind: Template, chosen: Choices, codec: str, height: int, *, is_named: bool) -> Iterable[Rendition]:
    if codec not in CODECS:
        raise InputError("--codec", f"is '{codec[:80]}'", nearest(codec[:80], CODECS))
    rates: dict[str, Sequence[float]] = {}
    if chosen.bitrates_kbps or chosen.crfs:
        rates = {"bitrate_kbps": chosen.bitrates_kbps, "crf": chosen.crfs}
    else:
        rates = dict(kind.rates(codec, height)) or {"bitrate_kbps": ladder_kbps(codec, height)}
    first = f"{codec.removeprefix('lib')}-" if is_named else ""
    for rate, values in rates.items():
        for value in dict.fromkeys(values):
            ending = f"{'crf' if rate == 'crf' else ''}{value:g}".replace(".", "_")
            two_pass = chosen.two_pass and rate == "bitrate_kbps"
            named = {"id": f"{first}{height}p-{ending}", "height": height, "codec": codec, rate: value}
            yield Rendition.checked(f"rendition {height}p", **named, preset=chosen.preset, two_pass=two_pass)


def _crosses(
    renditions: Sequence[Rendition], upscalers: Sequence[str], orders: Sequence[str], display_height: int
) -> tuple[Cross, ...]:
    """Return a cross an order; a pre-processor codes at display height, so it gets the renditions that have it."""
    crosses = []
    for order in dict.fromkeys(orders or (ENCODE_FIRST,)):
        fit = [r.id for r in renditions if order == ENCODE_FIRST or r.height == display_height]
        crosses.append(Cross.checked("--order", renditions=tuple(fit), upscalers=tuple(upscalers), order=order))
    return tuple(crosses)
