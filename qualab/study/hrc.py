"""Hypothetical reference circuits: renditions (height, codec, rate) and upscalers, chained in either order."""

from typing import Annotated

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from qualab.errors import InputError
from qualab.study.ids import nearest
from qualab.study.toml import Frozen, Height, Id

ENCODE_FIRST, UPSCALE_FIRST = "encode-then-upscale", "upscale-then-encode"
ORDERS = (ENCODE_FIRST, UPSCALE_FIRST)
# The HRC of a rendition at display height has nothing to upscale.
NO_UPSCALER = "none"

_X26X = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo")
# Encoders of FFmpeg whose CRF is a whole number.
_WHOLE_CRF = ("libsvtav1", "libvpx-vp9")
# Of each codec: the presets from fast to slow or the reverse, ours where none is named, the greatest CRF.
CODECS: dict[str, tuple[tuple[str, ...], str, int]] = {
    "libx264": (_X26X, "medium", 51),
    "libx265": (_X26X, "medium", 51),
    "libsvtav1": (tuple(str(number) for number in range(14)), "8", 63),
    "libvpx-vp9": (tuple(str(number) for number in range(9)), "2", 63),
}


class _Terse(Frozen):
    """Settings of which only those that differ from the default are written."""

    @model_serializer(mode="wrap")
    def _without_defaults(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        fields = type(self).model_fields
        return {name: value for name, value in handler(self).items() if getattr(self, name) != fields[name].default}


class Rendition(_Terse):
    """A degraded input: a height in lines, an encoder of FFmpeg, and either a bitrate to aim at or a CRF.

    `preset` is the encoder's own word (libvpx-vp9: its cpu-used), ours where it is empty.
    """

    id: Id
    height: Height
    codec: str = "libx264"
    bitrate_kbps: Annotated[float, Field(ge=1, le=1_000_000)] | None = None
    crf: Annotated[float, Field(ge=0, le=63)] | None = None
    preset: str = ""
    two_pass: bool = False

    @model_validator(mode="after")
    def _possible(self) -> "Rendition":
        if self.codec not in CODECS:
            raise ValueError(f"codec is '{self.codec[:80]}' — {nearest(self.codec, CODECS)}")
        presets, _, most = CODECS[self.codec]
        if self.preset and self.preset not in presets:
            raise ValueError(f"preset '{self.preset[:80]}' is none of {self.codec}'s — use {', '.join(presets)}")
        if (self.bitrate_kbps is None) == (self.crf is None):
            raise ValueError(f"rendition '{self.id}' needs a bitrate_kbps or a crf — give one of the two")
        if self.crf is not None and self.crf > most:
            raise ValueError(f"crf is {self.crf:g}, {self.codec} ends at {most} — lower it")
        if self.crf is not None and self.codec in _WHOLE_CRF and self.crf % 1:
            raise ValueError(f"crf is {self.crf:g}, {self.codec} takes whole numbers — round it")
        if self.two_pass and (self.bitrate_kbps is None or self.codec == "libsvtav1"):
            why = "its FFmpeg encoder has one pass" if self.codec == "libsvtav1" else "a CRF needs one pass"
            raise ValueError(f"two_pass on '{self.id}', but {why} — leave it out")
        return self

    @property
    def speed(self) -> str:
        """The preset in force."""
        return self.preset or CODECS[self.codec][1]

    @property
    def target(self) -> str:
        """What is asked of the encoder, as people write it: `400 kb/s` or `CRF 23`."""
        return f"CRF {self.crf:g}" if self.bitrate_kbps is None else f"{self.bitrate_kbps:g} kb/s"


class Hrc(_Terse):
    """A hypothetical reference circuit: an upscaler, and the rendition before or after it, none by default.

    Without a rendition the upscaler's input is the SRC at source height. `encode-then-upscale` is a player with
    super-resolution; `upscale-then-encode` a pre-processor, whose rendition has the display height.
    """

    id: Id
    upscaler: Id
    rendition: Id | None = None
    order: str = ENCODE_FIRST

    @model_validator(mode="after")
    def _known_order(self) -> "Hrc":
        _check_order(self.order)
        return self


class Cross(_Terse):
    """HRCs by the dozen: every rendition with every upscaler, in one order."""

    renditions: tuple[Id, ...] = Field(min_length=1, max_length=200)
    upscalers: tuple[Id, ...] = Field(min_length=1, max_length=64)
    order: str = ENCODE_FIRST

    @model_validator(mode="after")
    def _known_order(self) -> "Cross":
        _check_order(self.order)
        return self

    def hrcs(self, renditions: dict[str, Rendition], display_height: int) -> list[Hrc]:
        """Return the HRCs; a rendition at display height is one HRC of its own that all upscalers share."""
        return [hrc for name in self.renditions for hrc in self._of(renditions[name], display_height)]

    def _of(self, rendition: Rendition, display_height: int) -> list[Hrc]:
        if self.order == ENCODE_FIRST and rendition.height == display_height:
            return [Hrc(id=rendition.id, upscaler=NO_UPSCALER, rendition=rendition.id)]
        first = "pre-" if self.order == UPSCALE_FIRST else ""
        return [
            Hrc(id=f"{first}{name}-{rendition.id}", upscaler=name, rendition=rendition.id, order=self.order)
            for name in self.upscalers
        ]


def check_upscaler(name: str, known: list[str]) -> None:
    """Raise InputError with the nearest name where no upscaler is called so."""
    if name not in known:
        raise InputError(f"upscaler '{name[:80]}'", "does not exist", nearest(name, known))


def impossible(hrc: Hrc, rendition: Rendition, display_height: int) -> str:
    """Return why a chain cannot be, with the hint after a dash; empty where it can."""
    if rendition.height > display_height:
        return f"rendition '{rendition.id}' is {rendition.height} lines, the display {display_height} — lower it"
    at_display = rendition.height == display_height
    if hrc.order == UPSCALE_FIRST and not at_display:
        return f"hrc '{hrc.id}' upscales before it encodes — give '{rendition.id}' the display's {display_height} lines"
    if hrc.order == ENCODE_FIRST and at_display != (hrc.upscaler == NO_UPSCALER):
        return (
            f"hrc '{hrc.id}' has nothing to upscale — '{NO_UPSCALER}' is for renditions at display height, and only it"
        )
    return ""


def _check_order(order: str) -> None:
    if order not in ORDERS:
        raise ValueError(f"order is '{order[:80]}' — {nearest(order, ORDERS)}")
