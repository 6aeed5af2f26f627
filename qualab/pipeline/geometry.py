"""Sizes and segments: what of an SRC is used, and how large it is at each height."""

from dataclasses import dataclass
from typing import Any

from qualab.errors import InputError
from qualab.media.probe import MIN_FRAMES, ClipInfo
from qualab.media.scaler import SWS_FLAGS
from qualab.study.config import Src, Study

DOWNSCALER = f"bicubic+{SWS_FLAGS}"
CROP = "crop"

Size = tuple[int, int]


@dataclass(frozen=True)
class Geometry:
    """Sizes (width, height) in square samples: of the upscaler's input and of what viewers see."""

    source: Size
    display: Size


def geometry(study: Study, src: Src, info: ClipInfo) -> Geometry:
    """Return the sizes of an SRC in a study.

    A reference is shown at the study's display height and degraded to its source height. A clip without reference
    keeps its own height and is enlarged by the same factor. Non-square samples become square; sides are even, for which
    a clip at its own height gives up the last row or column.

    Raises:
        InputError: the reference is smaller than the display height, or the study codes renditions and this is none.
    """
    if not src.reference:
        if any(hrc.rendition for hrc in study.hrcs):
            what = f"has no reference, and '{study.id}' codes renditions, which are scored against one"
            hint = "ask viewers: add it to a study of upscalers (qualab study create ID --template pair)"
            raise InputError(src.title, what, hint)
        source = shaped(info, info.height & ~1)
        return Geometry(source, (_even(source[0] * study.factor), _even(source[1] * study.factor)))
    if info.height < study.display_height:
        raise InputError(
            src.title,
            f"is {info.height} lines high, the study shows {study.display_height}: it cannot be a reference",
            "add it with --no-reference, or lower the study's display_height",
        )
    return Geometry(shaped(info, study.source_height), shaped(info, study.display_height))


def segment(src: Src, info: ClipInfo) -> tuple[int, int]:
    """Return first frame and number of frames of the segment that an SRC uses; InputError where it is too short."""
    start = round(src.start_s * info.fps)
    rest = info.frames - start
    count = rest if src.duration_s is None else min(rest, round(src.duration_s * info.fps))
    if count < MIN_FRAMES:
        raise InputError(
            src.title,
            f"has {info.frames} frames, the segment from {src.start_s:g} s leaves {max(count, 0)}",
            f"choose a segment of {MIN_FRAMES} frames or more",
        )
    return start, count


def shaped(info: ClipInfo, height: int) -> Size:
    """Return the even size of that height with the clip's shape in square samples."""
    if info.sar == 1 and height == info.height & ~1:
        return info.width & ~1, height
    return _even(height * info.width * info.sar / info.height), height


def resize(info: ClipInfo, size: Size) -> dict[str, object]:
    """Return the arguments that bring a clip to a size: not at all, by a crop, or by the downscaler."""
    if (info.width, info.height) == size:
        scaler = "none"
    elif (info.width & ~1, info.height & ~1) == size:
        scaler = CROP
    else:
        scaler = DOWNSCALER
    return {"size": list(size), "scaler": scaler}


def _even(value: Any) -> int:
    return max(2, round(float(value) / 2) * 2)
