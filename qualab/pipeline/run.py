"""Making one object: read its inputs, write a `.part`, verify it, rename it, then write its record."""

import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from qualab import __version__
from qualab.errors import MediaError
from qualab.media.encode import encode_rendition, far_off, measured_kbps
from qualab.media.frames import Picture, Scaler, read_pictures
from qualab.media.prefetch import read_ahead
from qualab.media.preflight import refuse_enlarged
from qualab.media.probe import ClipInfo, probe
from qualab.media.process import ffmpeg_version
from qualab.pipeline.clips import described, verify, writing
from qualab.pipeline.estimate import expected_bytes
from qualab.pipeline.geometry import CROP
from qualab.pipeline.measure import make_diagnostics, make_scenes, make_scores
from qualab.pipeline.pairs import make_gold, make_pair, make_trap
from qualab.pipeline.step import Step
from qualab.pipeline.upscale_stream import write_upscaled
from qualab.study.files import replacing, sha256_of, storage, write_json
from qualab.study.hrc import Rendition
from qualab.study.manifest import Record
from qualab.upscalers.catalogue import load
from qualab.upscalers.upscaler import Upscaler


def find_record(step: Step, folder: Path) -> Record | None:
    """Return the record of a step's object if it is there: with the step's key, and files of the recorded size."""
    try:
        record = Record.read(folder / step.record)
        has_size = all((folder / file).stat().st_size == record.bytes for file in record.files or (step.file,))
    except (OSError, ValueError):
        return None
    return record if has_size and record.key == step.key else None


def run_step(step: Step, folder: Path, *, device: str, threads: int) -> Record:
    """Make a step's object unless it is there; return its record.

    Raises:
        QualabError: the input cannot be used, or the object not be written.
    """
    record = find_record(step, folder)
    if record is None:
        began = time.monotonic()
        details = _MAKERS[step.kind](step, folder, device=device, threads=threads)
        content = {
            "kind": step.kind,
            "key": step.key,
            "src": step.src,
            **({"hrc": step.hrc} if step.hrc else {}),
            **step.labels,
            "file": step.file,
            **_digest(step, folder),
            "inputs": dict(zip(step.reads, step.inputs, strict=True)),
            "arguments": dict(step.arguments),
            **details,
            "qualab": __version__,
            "work": step.work,
            "cost": round(step.cost, 3),
            "expected_bytes": expected_bytes(step),
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - began, 3),
        }
        write_json(folder / step.record, content)
        record = Record.model_validate(content)
    return record


def _digest(step: Step, folder: Path) -> dict[str, str | int]:
    """Return hash and size of a step's file; of one that another step made, what is on its record."""
    path = folder / step.file
    if step.file in step.reads:
        record = _record_of(path)
        return {"sha256": record.sha256, "bytes": record.bytes}
    return {"sha256": sha256_of(path), "bytes": path.stat().st_size}


def _record_of(path: Path) -> Record:
    return Record.read(path.with_suffix(".json"))


def _make_cut(step: Step, folder: Path, *, threads: int, **_: object) -> dict[str, object]:
    """Write a segment of a clip at a size: the reference, or the upscaler's input."""
    path = folder / step.reads[0]
    info = probe(path, name=step.src)
    if step.reads[0].startswith("clips/") and sha256_of(path) != path.name.split(".")[0]:
        raise MediaError(step.src, "the stored clip was changed after it was added", "add it again")
    arguments = step.arguments
    resize = _resizer(arguments["scaler"].split("+")[0], info, tuple(arguments["size"]))
    pictures = read_pictures(path, info, name=step.src, start=arguments["start"], count=arguments["count"])
    with writing(step, folder / step.file, info, threads) as writer, closing(read_ahead(pictures)) as ahead:
        for picture in ahead:
            writer.write(resize(picture))
    if step.kind == "reference":
        _refuse_enlarged(step, folder)
    return {**described(step), "clip": info.describe()}


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


def _make_rendition(step: Step, folder: Path, **_: object) -> dict[str, object]:
    """Code a cut, or an upscaled clip; the record tells the bitrate that came out."""
    source, path = folder / step.reads[0], folder / step.file
    rendition, fps = Rendition(**step.labels["rendition"]), Fraction(step.arguments["fps"])
    with replacing(path) as part, storage(path):
        arguments = encode_rendition(source, part, rendition, probe(source, name=step.title), about=step.title)
        info = verify(part, step.arguments["count"], tuple(step.arguments["size"]), step.title)
        if info.pix_fmt != step.arguments["pix_fmt"]:
            raise MediaError(step.title, f"came out as {info.pix_fmt}", "choose another codec for this clip")
        kbps = measured_kbps(part, info.frames, fps, name=step.title)
    note = far_off(rendition.bitrate_kbps, kbps)
    return {
        **described(step),
        "bitrate_kbps": round(kbps, 3),
        "encoder": f"{rendition.codec} in FFmpeg {ffmpeg_version()}",
        "command": ["ffmpeg", *arguments],
        **({"note": note} if note else {}),
    }


def _make_pvs(step: Step, folder: Path, *, device: str, threads: int) -> dict[str, object]:
    path = folder / step.reads[0]
    coded = {"bitrate_kbps": _record_of(path).bitrate_kbps} if path.parent.name == "renditions" else {}
    if step.file in step.reads:
        return {**described(step), **coded}
    info = probe(path, name=step.src)
    identity = step.arguments["upscaler"]
    if "architecture" in identity:
        # Classic upscalers do without torch, whose import takes a second and a half.
        from qualab.upscalers.engines.device import limit_threads

        limit_threads(threads)
    upscaler = _upscaler(identity["id"], device)
    pictures = read_pictures(path, info, name=step.src)
    with writing(step, folder / step.file, info, threads) as writer:
        write_upscaled(pictures, upscaler, writer, target=tuple(step.arguments["size"]))
    return {**described(step), **coded}


@lru_cache(maxsize=4)
def _upscaler(name: str, device: str) -> Upscaler:
    """Return a loaded upscaler; a worker keeps it for its next clip."""
    return load(name, device=device)


_MAKERS: dict[str, Callable[..., dict[str, object]]] = {
    "reference": _make_cut,
    "source": _make_cut,
    "rendition": _make_rendition,
    "upscaled": _make_pvs,
    "pvs": _make_pvs,
    "scores": make_scores,
    "diagnostics": make_diagnostics,
    "scenes": make_scenes,
    "gold": make_gold,
    "trap": make_trap,
    "pair": make_pair,
}
