"""Making one object: read its inputs, write a `.part`, verify it, rename it, then write its record."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from qualab import __version__
from qualab.errors import MediaError
from qualab.media.ahead import read_ahead
from qualab.media.encode import pack_pair
from qualab.media.frames import Picture, Scaler, read_pictures
from qualab.media.lossless import LosslessWriter
from qualab.media.preflight import refuse_enlarged
from qualab.media.probe import ClipInfo, probe
from qualab.metrics.full_reference import VMAF_MODELS, score_frames
from qualab.metrics.metric import pool
from qualab.pipeline.flow import write_upscaled
from qualab.pipeline.plan import CROP, Step
from qualab.upscalers.catalogue import load
from qualab.upscalers.upscaler import Upscaler
from qualab.workspace import FRAMES, POOLED, replacing, sha256_of, storage, write_json


def find_record(step: Step, folder: Path) -> dict[str, Any] | None:
    """Return the record of a step's object if it is there: with the step's key, and a file of the recorded size."""
    try:
        record: dict[str, Any] = json.loads((folder / step.record).read_text(encoding="utf-8"))
        is_there = record["key"] == step.key and (folder / step.file).stat().st_size == record["bytes"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return record if is_there else None


def run_step(step: Step, folder: Path, *, device: str, threads: int) -> dict[str, Any]:
    """Make a step's object unless it is there; return its record.

    Raises:
        QualabError: the input cannot be used, or the object not be written.
    """
    record = find_record(step, folder)
    if record is None:
        began = time.monotonic()
        details = _MAKERS[step.kind](step, folder, device=device, threads=threads)
        path = folder / step.file
        record = {
            "kind": step.kind,
            "key": step.key,
            "src": step.src,
            **({"hrc": step.hrc} if step.hrc else {}),
            **step.labels,
            "file": step.file,
            "sha256": sha256_of(path),
            "bytes": path.stat().st_size,
            "inputs": dict(zip(step.reads, step.inputs, strict=True)),
            "arguments": dict(step.arguments),
            **details,
            "qualab": __version__,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - began, 3),
        }
        write_json(folder / step.record, record)
    return record


@contextmanager
def _clip(step: Step, path: Path, like: ClipInfo, threads: int) -> Iterator[LosslessWriter]:
    """Give a writer for a lossless clip; keep it only where every expected frame can be read back."""
    with replacing(path) as part, storage(path):
        with LosslessWriter(part, fps=Fraction(step.arguments["fps"]), like=like, threads=threads) as writer:
            yield writer
        _verify(part, step.arguments["count"], tuple(step.arguments["size"]), step.title)


def _verify(path: Path, count: int, size: tuple[int, ...], title: str) -> None:
    found = probe(path, name=title)
    if found.frames != count or (found.width, found.height) != size:
        raise MediaError(title, f"came out as {found.describe()} instead of {count} frames", "build it again")


def _described(step: Step) -> dict[str, Any]:
    width, height = step.arguments["size"]
    return {"width": width, "height": height, "fps": step.arguments["fps"], "frames": step.arguments["count"]}


def _make_cut(step: Step, folder: Path, *, threads: int, **_: Any) -> dict[str, Any]:
    """Write a segment of a clip at a size: the reference, or the upscaler's input."""
    path = folder / step.reads[0]
    info = probe(path, name=step.src)
    if step.reads[0].startswith("clips/") and sha256_of(path) != path.name.split(".")[0]:
        raise MediaError(step.src, "the stored clip was changed after it was added", "add it again")
    arguments = step.arguments
    resize = _resizer(arguments["scaler"].split("+")[0], info, tuple(arguments["size"]))
    pictures = read_pictures(path, info, name=step.src, start=arguments["start"], count=arguments["count"])
    with _clip(step, folder / step.file, info, threads) as writer, closing(read_ahead(pictures)) as ahead:
        for picture in ahead:
            writer.write(resize(picture))
    if step.kind == "reference":
        _refuse_enlarged(step, folder)
    return {**_described(step), "clip": info.describe()}


def _resizer(method: str, info: ClipInfo, size: tuple[int, int]) -> Callable[[Picture], Picture]:
    if method == "none":
        return lambda picture: picture
    if method == CROP:
        return lambda picture: picture.cropped(size)
    return Scaler((info.width, info.height), size, method, pix_fmt=info.pix_fmt)


def _refuse_enlarged(step: Step, folder: Path) -> None:
    path = folder / step.file
    try:
        refuse_enlarged(path, probe(path, name=step.src), name=step.src)
    except Exception:
        path.unlink(missing_ok=True)
        raise


def _make_pvs(step: Step, folder: Path, *, device: str, threads: int) -> dict[str, Any]:
    path = folder / step.reads[0]
    info = probe(path, name=step.src)
    upscaler = _upscaler(step.arguments["upscaler"]["id"], device, threads)
    pictures = read_pictures(path, info, name=step.src)
    with _clip(step, folder / step.file, info, threads) as writer:
        write_upscaled(pictures, upscaler, writer, target=tuple(step.arguments["size"]))
    return _described(step)


def _make_scores(step: Step, folder: Path, *, threads: int, **_: Any) -> dict[str, Any]:
    reference, distorted = (folder / name for name in step.reads)
    # The step that wrote the reference has looked whether it was itself upscaled.
    names = (f"{step.src} reference", step.title)
    frames = score_frames(reference, distorted, names=names, threads=threads, is_native=True)
    pooled = pool(frames, src=step.src, hrc=str(step.hrc))
    for suffix, table in ((POOLED, pooled), (FRAMES, frames)):
        path = (folder / step.file).with_suffix(suffix)
        with replacing(path) as part, storage(path):
            table.to_parquet(part, index=False)
    return {"vmaf_models": VMAF_MODELS, "frames": len(frames)}


def _make_pair(step: Step, folder: Path, **_: Any) -> dict[str, Any]:
    above, below = (folder / name for name in step.reads)
    width, height = step.arguments["size"]
    with replacing(folder / step.file) as part:
        pack_pair(above, below, part, encoding=step.arguments, about=step.title)
        _verify(part, step.arguments["count"], (width, 2 * height), step.title)
    return _described(step)


@lru_cache(maxsize=4)
def _upscaler(name: str, device: str, threads: int) -> Upscaler:
    """Return a loaded upscaler; a worker keeps it for its next clip."""
    import torch

    torch.set_num_threads(threads)
    return load(name, device=device)


_MAKERS: dict[str, Callable[..., dict[str, Any]]] = {
    "reference": _make_cut,
    "source": _make_cut,
    "pvs": _make_pvs,
    "scores": _make_scores,
    "pair": _make_pair,
}
