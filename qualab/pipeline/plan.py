"""What a build must make: pure planning from a study and what its clips are, to steps with keys and files."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qualab.config import Src, Study
from qualab.errors import InputError
from qualab.media.frames import SWS_FLAGS
from qualab.media.probe import MIN_FRAMES, ClipInfo
from qualab.pipeline.fingerprint import fingerprint
from qualab.workspace import FRAMES

# One FFmpeg encoder and setting for every pair of every study: a viewer sees no difference that is not in the PVSs.
DISPLAY_ENCODING = {"encoder": "libx264", "preset": "veryfast", "crf": 12, "pix_fmt": "yuv420p"}
DOWNSCALER = "bicubic"
CROP = "crop"


@dataclass(frozen=True)
class Step:
    """One object to make. `file`, `record` and `reads` are paths inside the study folder; `cost` is relative work."""

    kind: str
    src: str
    key: str
    file: str
    record: str
    inputs: tuple[str, ...]
    reads: tuple[str, ...]
    arguments: Mapping[str, Any]
    cost: float
    hrc: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What a progress bar says."""
        return f"{self.kind} {self.src}{' ' + self.hrc if self.hrc else ''}"


@dataclass(frozen=True)
class Geometry:
    """Sizes (width, height) in square samples: of the upscaler's input and of what viewers see."""

    source: tuple[int, int]
    display: tuple[int, int]


def geometry(study: Study, src: Src, info: ClipInfo) -> Geometry:
    """Return the sizes of an SRC in a study.

    A reference is shown at the study's display height and degraded to its source height. A clip without reference
    keeps its own height and is enlarged by the same factor. Non-square samples become square; sides are even, for which
    a clip at its own height gives up the last row or column.

    Raises:
        InputError: the reference is smaller than the display height.
    """
    if not src.reference:
        source = _shaped(info, info.height & ~1)
        return Geometry(source, (_even(source[0] * study.factor), _even(source[1] * study.factor)))
    if info.height < study.display_height:
        raise InputError(
            src.title,
            f"is {info.height} lines high, the study shows {study.display_height}: it cannot be a reference",
            "add it with --no-reference, or lower the study's display_height",
        )
    return Geometry(_shaped(info, study.source_height), _shaped(info, study.display_height))


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


def plan(
    study: Study, src: Src, info: ClipInfo, *, identities: Mapping[str, Mapping[str, Any]], tools: Mapping[str, str]
) -> list[Step]:
    """Return the steps for one SRC in an order in which every input comes before its user.

    `identities` holds, per HRC id, everything that changes the pixels its upscaler makes.
    """
    sizes = geometry(study, src, info)
    start, count = segment(src, info)
    cut = {"start": start, "count": count, "fps": str(info.fps)}
    steps = []
    origin, reference = (src.sha256, f"clips/{src.file}"), None
    if src.reference:
        arguments = {**cut, **_resize(info, sizes.display)}
        reference = _step("reference", src, origin, arguments, tools, sizes.display)
        steps.append(reference)
        origin, cut = (reference.key, reference.file), {"start": 0, "count": count, "fps": str(info.fps)}
        arguments = {**cut, "size": list(sizes.source), "scaler": f"{DOWNSCALER}+{SWS_FLAGS}"}
    else:
        arguments = {**cut, **_resize(info, sizes.source)}
    source = _step("source", src, origin, arguments, tools, sizes.source)
    steps.append(source)
    pvss = {}
    for hrc in study.hrcs:
        identity = dict(identities[hrc.id])
        arguments = {"size": list(sizes.display), "count": count, "fps": str(info.fps), "upscaler": identity}
        weight = 30.0 if "architecture" in identity else 1.0
        made = (source.key, source.file)
        pvss[hrc.id] = _step("pvs", src, made, arguments, tools, sizes.display, hrc=hrc.id, weight=weight)
        steps.append(pvss[hrc.id])
        if reference:
            steps.append(_scores(src, hrc.id, reference, pvss[hrc.id], tools))
    steps += [_pair(study, src, pvss[a], pvss[b], tools) for a, b in study.pairs()]
    return steps


def _shaped(info: ClipInfo, height: int) -> tuple[int, int]:
    """Return the even size of that height with the clip's shape in square samples."""
    if info.sar == 1 and height == info.height & ~1:
        return info.width & ~1, height
    return _even(height * info.width * info.sar / info.height), height


def _even(value: Any) -> int:
    return max(2, round(float(value) / 2) * 2)


def _resize(info: ClipInfo, size: tuple[int, int]) -> dict[str, Any]:
    if (info.width, info.height) == size:
        scaler = "none"
    elif (info.width & ~1, info.height & ~1) == size:
        scaler = CROP
    else:
        scaler = f"{DOWNSCALER}+{SWS_FLAGS}"
    return {"size": list(size), "scaler": scaler}


def _step(
    kind: str,
    src: Src,
    origin: tuple[str, str],
    arguments: dict[str, Any],
    tools: Mapping[str, str],
    size: tuple[int, int],
    *,
    hrc: str | None = None,
    weight: float = 1.0,
) -> Step:
    """Return a step that writes a lossless clip from one input, given as its key and file."""
    key = fingerprint(kind, origin[:1], arguments, tools)
    folder, name = ("pvs", f"{src.id}.{hrc}.{key[:16]}") if hrc else ("sources", f"{src.id}.{kind}.{key[:16]}")
    return Step(
        kind=kind,
        src=src.id,
        key=key,
        file=f"{folder}/{name}.mkv",
        record=f"{folder}/{name}.json",
        inputs=origin[:1],
        reads=origin[1:],
        arguments=arguments,
        cost=weight * size[0] * size[1] * arguments["count"] / 1e6,
        hrc=hrc,
    )


def _scores(src: Src, hrc: str, reference: Step, pvs: Step, tools: Mapping[str, str]) -> Step:
    inputs = (reference.key, pvs.key)
    stem = pvs.file.removesuffix(".mkv")
    return Step(
        kind="scores",
        src=src.id,
        key=fingerprint("scores", inputs, {}, tools),
        file=f"{stem}{FRAMES}",
        record=f"{stem}.scores.json",
        inputs=inputs,
        reads=(reference.file, pvs.file),
        arguments={"count": pvs.arguments["count"]},
        cost=60.0 * reference.cost,
        hrc=hrc,
    )


def _pair(study: Study, src: Src, first: Step, second: Step, tools: Mapping[str, str]) -> Step:
    # Which HRC is stored on top says nothing: it is a coin tossed per pair, by the study's seed.
    coin = hashlib.sha256(f"{study.seed}/{study.id}/{src.id}/{first.hrc}/{second.hrc}".encode()).digest()[0] & 1
    above, below = (first, second) if coin else (second, first)
    arguments = {name: above.arguments[name] for name in ("count", "fps", "size")} | DISPLAY_ENCODING
    inputs = (above.key, below.key)
    key = fingerprint("pair", inputs, arguments, tools)
    width, height = above.arguments["size"]
    return Step(
        kind="pair",
        src=src.id,
        key=key,
        # The name holds neither SRC nor HRC: it could reach a viewer.
        file=f"pairs/{key[:32]}.mp4",
        record=f"pairs/{key[:32]}.json",
        inputs=inputs,
        reads=(above.file, below.file),
        arguments=arguments,
        cost=12.0 * width * height * arguments["count"] / 1e6,
        labels={"hrc_a": str(first.hrc), "hrc_b": str(second.hrc), "top": "a" if coin else "b"},
    )
