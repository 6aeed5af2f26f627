"""The gate before every full-reference score: pairs whose numbers would mean nothing are refused, with the reason."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

from qualab.errors import RefusedPair
from qualab.media.frames import read_pictures
from qualab.media.pixel_formats import PIXEL_FORMATS
from qualab.media.probe import ClipInfo, probe, refuse_unsupported
from qualab.media.upscaled import enlarged_by

_SAMPLES = 5
_LOOK_FRAMES = 90
# H.273 code point 2 is "unspecified".
_MATRICES = {1: "BT.709", 2: "unspecified", 5: "BT.470BG", 6: "BT.601", 9: "BT.2020"}


@dataclass(frozen=True)
class CheckedPair:
    """A reference and a PVS that may be compared, frame by frame."""

    reference: ClipInfo
    distorted: ClipInfo


def check_pair(
    reference: Path, distorted: Path, *, names: tuple[str, str] | None = None, is_native: bool = False
) -> CheckedPair:
    """Return what both clips are where they may be compared; `names` are the user's names for them.

    `is_native` says that `refuse_enlarged` has passed the reference already.

    Raises:
        MediaError: one of them cannot be handled at all.
        RefusedPair: they do not belong together, or the reference is no reference; names the first reason.
    """
    first, second = names or (reference.name, distorted.name)
    known, test = probe(reference, name=first), probe(distorted, name=second)
    for info, name in ((known, first), (test, second)):
        refuse_unsupported(info, name=name)
        _refuse_turned(info, name)
    where = f"{first} and {second}"
    for what, left, right, mend in _differences(known, test):
        if left != right:
            raise RefusedPair(where, f"{what} differ: {left} and {right}", mend)
    if not is_native:
        refuse_enlarged(reference, known, name=first)
    return CheckedPair(known, test)


def _refuse_turned(info: ClipInfo, name: str) -> None:
    """Raise RefusedPair where FFmpeg's metrics would turn the clip in another way than the rest of qualab.

    FFmpeg turns clips as they are tagged before it measures, plane by plane as read_pictures does. Only 4:2:2, which a
    quarter turn would make 4:4:0, it takes through 4:4:4: its chroma is then not the chroma of any file.
    """
    layout = PIXEL_FORMATS[info.pix_fmt]
    if info.rotation % 180 and layout.dx != layout.dy:
        what = f"is {info.pix_fmt} and tagged as turned by {info.rotation} degrees"
        mend = f"make it upright first, for example: ffmpeg -i IN -pix_fmt {info.pix_fmt} -c:v ffv1 OUT.mkv"
        raise RefusedPair(name, what, mend)


def refuse_enlarged(path: Path, info: ClipInfo, *, name: str) -> None:
    """Raise RefusedPair for a reference that was itself upscaled: scores against it would mean nothing."""
    every = max(1, min(info.frames, _LOOK_FRAMES) // _SAMPLES)
    planes = [picture.y.copy() for picture in islice(read_pictures(path, info, name=name), 0, _LOOK_FRAMES, every)]
    factor = enlarged_by(planes)
    if factor:
        raise RefusedPair(
            name,
            f"looks as if it was itself upscaled (about x{factor:g}): it has no detail of its own above that",
            "use the clip it was made from, or let viewers vote: add it with --no-reference",
        )


def _differences(known: ClipInfo, test: ClipInfo) -> list[tuple[str, str, str, str]]:
    def size(info: ClipInfo) -> str:
        return f"{info.width}x{info.height}"

    def matrix(info: ClipInfo) -> str:
        return _MATRICES.get(info.matrix, f"code {info.matrix}")

    def primaries(info: ClipInfo) -> str:
        return f"primaries {info.primaries}, transfer {info.transfer}"

    def spread(info: ClipInfo) -> str:
        return "full" if info.full_range else "limited"

    def rate(info: ClipInfo) -> str:
        return f"{Fraction(info.fps)}"

    def count(info: ClipInfo) -> str:
        return f"{info.frames + info.stray}"

    def pixels(info: ClipInfo) -> str:
        return info.pix_fmt

    retag = "make both with the same colour settings, or mend the wrong tags"
    rows = (
        ("sizes", size, "scale the PVS to the reference's size with a named scaler first"),
        ("frame rates", rate, "compare clips of one frame rate"),
        ("frame counts", count, "cut both to the same frames: one frame of offset spoils every score"),
        ("pixel formats", pixels, "convert one to the other's, knowing what that does to it"),
        ("sample aspect ratios", lambda info: str(info.sar), "give both square samples"),
        ("colour matrices", matrix, retag),
        ("colour primaries or transfers", primaries, retag),
        ("code value ranges", spread, retag),
    )
    return [(what, describe(known), describe(test), mend) for what, describe, mend in rows]
