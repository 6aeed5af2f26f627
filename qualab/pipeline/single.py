"""Upscaling one clip to one file, outside any study."""

from collections.abc import Callable
from pathlib import Path

from qualab.errors import InputError
from qualab.media.frames import read_pictures
from qualab.media.lossless import LosslessWriter
from qualab.media.probe import ClipInfo, probe, refuse_unsupported
from qualab.pipeline.upscale_stream import write_upscaled
from qualab.study.files import replacing
from qualab.upscalers.catalogue import load


def upscale_clip(
    source: Path,
    target: Path,
    *,
    upscaler: str,
    height: int | None = None,
    scale: float | None = None,
    device: str = "auto",
    on_frame: Callable[[int, int], None] = lambda done, total: None,
) -> ClipInfo:
    """Write `source`, made bigger, to `target` (lossless FFV1 in .mkv, without sound); return what came out.

    The size is `height` lines, or `scale` times the own ones (2 by default). The width follows the picture's shape in
    square samples: exactly where that is a whole number, else the nearest even one. Pictures come out upright, in the
    clip's own pixel format.
    `on_frame` is told frames done and frames in all.

    Raises:
        MediaError: the clip cannot be handled.
        InputError: unknown upscaler, impossible size, or a target that is not .mkv.
    """
    if target.suffix.lower() != ".mkv":
        raise InputError(target.name, "is not a .mkv name", "results are lossless FFV1 in Matroska: name it OUT.mkv")
    if target.exists() and source.exists() and target.samefile(source):
        raise InputError(target.name, "is the input itself", "choose another name")
    info = probe(source)
    refuse_unsupported(info, name=source.name)
    size = _size(info, height, scale)
    engine = load(upscaler, device=device)
    pictures = read_pictures(source, info, name=source.name)
    with replacing(target) as part, LosslessWriter(part, fps=info.fps, like=info) as writer:
        write_upscaled(pictures, engine, writer, target=size, on_frame=lambda done: on_frame(done, info.frames))
    return probe(target)


def _size(info: ClipInfo, height: int | None, scale: float | None) -> tuple[int, int]:
    if height is not None and scale is not None:
        raise InputError("--height and --scale", "are both given", "give one of them")
    lines = height if height is not None else info.height * (2.0 if scale is None else scale)
    if not 16 <= lines <= 8192:
        raise InputError("height", f"would be {lines:g} lines", "choose a height from 16 to 8192")
    rows = round(lines)
    width = rows * info.width * info.sar / info.height
    columns = int(width) if width.denominator == 1 else round(width / 2) * 2
    if not 16 <= columns <= 8192:
        raise InputError("height", f"would make the width {columns}", "choose one with a width from 16 to 8192")
    return columns, rows
