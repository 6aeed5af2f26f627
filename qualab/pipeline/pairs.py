"""The steps that make what viewers see: display files of pairs, spoiled copies, and cards that say what to answer."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

import numpy as np

from qualab.errors import MediaError
from qualab.media.attention_clip import trap_picture
from qualab.media.display import code_pair, display_filters
from qualab.media.frames import read_pictures
from qualab.media.gold_clip import Spoiler
from qualab.media.probe import probe
from qualab.metrics.display_check import half_vmafs
from qualab.pipeline.clips import described, verify, writing
from qualab.pipeline.display import display_files
from qualab.pipeline.step import Step
from qualab.study.files import replacing, sha256_of, storage

# Code values that a gold pair's worse copy must be off on average: of real clips it is 3 to 25.
LEAST_LOSS = 1.0
# A display file must show what its PVSs are, and viewers must not choose by brightness.
LEAST_VMAF, MOST_BRIGHTNESS = 95.0, 1.0


class Halves(TypedDict):
    """What a pair's record says of its display file's halves, top first: VMAF against their PVSs, mean luma."""

    vmaf: list[float]
    vmaf_frames: int
    mean_luma: list[float]
    checked: bool


def make_gold(step: Step, folder: Path, *, threads: int, **_: object) -> dict[str, object]:
    """Write the copy of a PVS that is clearly worse; refuse a clip without anything to spoil."""
    path = folder / step.reads[0]
    info = probe(path, name=step.title)
    spoil, lost = Spoiler((info.width, info.height), info.pix_fmt), 0.0
    with writing(step, folder / step.file, info, threads) as writer:
        for picture in read_pictures(path, info, name=step.title):
            spoiled = spoil(picture)
            writer.write(spoiled)
            lost += float(np.abs(spoiled.y.astype(np.int32) - picture.y).mean()) / (1 << picture.bits - 8)
        lost /= info.frames
        if lost < LEAST_LOSS:
            hint = "ask for fewer gold and training trials ([voting.checks]), or change the study's seed"
            raise MediaError(step.src, "is too flat for a pair with an obvious answer", hint)
    return {**described(step), "lost": round(lost, 3)}


def make_trap(step: Step, folder: Path, *, threads: int, **_: object) -> dict[str, object]:
    """Write a still clip of one picture of a PVS under words that say what to answer."""
    path, arguments = folder / step.reads[0], step.arguments
    info = probe(path, name=step.title)
    pictures = read_pictures(path, info, name=step.title, start=arguments["frame"], count=1, pix_fmt="yuv420p")
    (picture,) = pictures
    matrix = arguments["matrix"]
    captioned = trap_picture(replace(picture, matrix=matrix), side=arguments["side"], language=arguments["language"])
    with writing(step, folder / step.file, info, threads) as writer:
        for _number in range(arguments["count"]):
            writer.write(captioned)
    return described(step)


def make_pair(step: Step, folder: Path, *, threads: int, **_: object) -> dict[str, object]:
    """Write the display file or files of a pair; both halves are compared with their PVSs and with each other.

    The CRFs of the step are tried until both halves are close enough; the record tells which one served.
    """
    above, below = (folder / name for name in step.reads)
    names = display_files(step)
    with ExitStack() as kept:
        parts = [kept.enter_context(replacing(folder / name)) for name in names]
        kept.enter_context(storage(folder / step.file))
        for crf in step.arguments["crfs"]:
            lumas = code_pair(above, below, parts, encoding={**step.arguments, "crf": crf}, about=step.title)
            halves = _halves(step, (above, below), parts, lumas, threads)
            if min(halves["vmaf"], default=100.0) >= LEAST_VMAF:
                break
        _refuse(step, halves)
        width, height = step.arguments["size"]
        for part in parts:
            verify(part, step.arguments["count"], (width, height * (3 - len(parts))), step.title)
        hashes = [sha256_of(part) for part in parts]
    return {**described(step), "files": names, "hashes": hashes, "crf": crf, "halves": halves}


def _halves(step: Step, pvss: tuple[Path, Path], files: list[Path], lumas: tuple[float, float], threads: int) -> Halves:
    """Return what the record says of both halves, top first."""
    filters = [display_filters(path, step.arguments, about=step.title) for path in pvss]
    shown = (filters[0], filters[1])
    measured = half_vmafs(files, pvss, filters=shown, threads=threads, about=step.title)
    vmafs, frames = measured or ([], 0)
    return {
        "vmaf": [round(value, 3) for value in vmafs],
        "vmaf_frames": frames,
        "mean_luma": [round(value, 3) for value in lumas],
        "checked": bool(vmafs),
    }


def _refuse(step: Step, halves: Halves) -> None:
    """Raise MediaError, addressed to clip and HRC, where viewers must not be shown this file."""
    labels = step.labels
    ordered = (labels["hrc_a"], labels["hrc_b"]) if labels["top"] == "a" else (labels["hrc_b"], labels["hrc_a"])
    for hrc, vmaf in zip(ordered, halves["vmaf"], strict=False):
        if vmaf < LEAST_VMAF:
            what = f"its display file is at VMAF {vmaf:.1f} against its PVS even at CRF {step.arguments['crfs'][-1]}"
            hint = f"viewers must see {LEAST_VMAF:g} or more: use another segment, or one with less noise"
            raise MediaError(f"{step.src} {hrc}", what, hint)
    difference = halves["mean_luma"][0] - halves["mean_luma"][1]
    if step.arguments["match_brightness"] and abs(difference) >= MOST_BRIGHTNESS:
        brighter, darker = ordered if difference > 0 else ordered[::-1]
        what = f"is {abs(difference):.2f} code values brighter than {darker} on average, which viewers would see"
        hint = "fix the upscaler's levels, or set match_brightness = false under [voting]"
        raise MediaError(f"{step.src} {brighter}", what, hint)
