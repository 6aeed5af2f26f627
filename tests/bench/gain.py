"""What upscalers gain on clips they never saw: run `python tests/bench/gain.py CLIP...`; prints a table.

Each frame is shrunk by swscale's bicubic, left clean or coded by H.264 at each `--crf`, enlarged, and compared with
itself: PSNR-Y, VMAF and VMAF NEG of the first `--frames`. `--write` puts the rows into the cards of `--models`.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

from qualab.media.codec_roundtrip import coded
from qualab.media.frames import read_pictures
from qualab.media.lossless import LosslessWriter
from qualab.media.picture import Picture
from qualab.media.probe import ClipInfo, probe
from qualab.metrics.full_reference import score_frames
from qualab.study.config import dump
from qualab.study.files import write_text
from qualab.upscalers.card import load_card
from qualab.upscalers.catalogue import load
from qualab.upscalers.training.gain import BASELINES, gain_table, mean_square_error
from qualab.upscalers.training.material import shrink

VMAF = ("vmaf", "vmaf_neg")
HELD_OUT = "clip never trained on"


def pairs(clip: Path, info: ClipInfo, scale: int, frames: int) -> Iterator[tuple[Picture, Picture]]:
    """Yield the first frames, each cut to a multiple of the scale, and shrunk."""
    for picture in islice(read_pictures(clip, info, name=clip.name), frames):
        pair = shrink(picture, scale)
        assert pair is not None
        yield tuple(replace(one, **{p: getattr(one, p).copy() for p in "yuv"}) for one in pair)  # type: ignore[misc]


def write(path: Path, pictures: Sequence[Picture], info: ClipInfo) -> Path:
    """Write pictures losslessly; return where."""
    with LosslessWriter(path, fps=Fraction(info.fps), like=info) as writer:
        for picture in pictures:
            writer.write(picture)
    return path


def measured(
    name: str, large: Sequence[Picture], small: Sequence[Picture], info: ClipInfo, folder: Path
) -> dict[str, Any]:
    """Return the frames' mean squared errors and the mean VMAFs of one upscaler."""
    target = (large[0].width, large[0].height)
    made = list(load(name).upscale(iter(small), target=target))
    found: dict[str, Any] = {
        "error": [mean_square_error(a.y, b.y) for a, b in zip(made, large, strict=True)],
    }
    path = write(folder / "pvs.mkv", made, info)
    table = score_frames(folder / "reference.mkv", path, threads=len(os.sched_getaffinity(0)), is_native=True)
    return found | {metric: float(table[metric].mean()) for metric in VMAF}


def rows(clip: Path, names: Sequence[str], scale: int, crf: int | None, frames: int) -> Iterator[dict[str, Any]]:
    """Yield one card entry per upscaler and metric."""
    info = probe(clip)
    large, small = map(list, zip(*pairs(clip, info, scale, frames), strict=True))
    if crf is not None:
        small = coded(small, crf=crf)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write(folder / "reference.mkv", large, info)
        scored = {name: measured(name, large, small, info, folder) for name in [*BASELINES, *names]}
    coding = {} if crf is None else {"crf": crf}
    for name in names:
        errors = {"upscaler": scored[name]["error"], **{base: scored[base]["error"] for base in BASELINES}}
        yield {"upscaler": name, **gain_table(clip.stem, errors, held_out=HELD_OUT), **coding}
        for metric in VMAF:
            over = {f"over_{base}": round(scored[name][metric] - scored[base][metric], 3) for base in BASELINES}
            row = {"upscaler": name, "clip": clip.stem, "metric": metric, "unit": "score 0-100"}
            row |= {"value": round(scored[name][metric], 3), **over, "frames": len(large)}
            yield row | {"held_out": HELD_OUT, "method": "libvmaf v0.6.1, mean of frames, 8-bit FFV1", **coding}


def write_card(folder: Path, found: Sequence[dict[str, Any]]) -> None:
    """Replace the measured clips in a card's gain."""
    card = load_card(folder / "card.toml")
    kept = tuple(entry for entry in card.gain if entry["clip"] not in {row["clip"] for row in found})
    fresh = tuple({key: value for key, value in row.items() if key != "upscaler"} for row in found)
    write_text(folder / "card.toml", dump(card.model_copy(update={"gain": kept + fresh})))


def main() -> None:
    """Parse the options and print one line per clip, input and upscaler."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--upscaler", action="append", required=True)
    parser.add_argument("--scale", type=int, default=2)
    parser.add_argument("--crf", action="append", type=int, default=[])
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--models", type=Path, default=Path(__file__).parents[2] / "models")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    found: list[dict[str, Any]] = []
    print(f"over swscale bicubic / lanczos, means of the first {options.frames} frames")
    for clip in options.clips:
        for crf in [None, *options.crf]:
            got = list(rows(clip, options.upscaler, options.scale, crf, options.frames))
            for name in options.upscaler:
                own = {row["metric"]: row for row in got if row["upscaler"] == name}
                told = "  ".join(f"{m} {r['over_bicubic']:+.2f} / {r['over_lanczos']:+.2f}" for m, r in own.items())
                print(f"{clip.stem:24} {'clean' if crf is None else f'crf {crf}':7} {name:15} {told}", flush=True)
            found += got
    if options.write:
        for name in options.upscaler:
            write_card(options.models / name, [row for row in found if row["upscaler"] == name])


if __name__ == "__main__":
    main()
