"""Clips that steps write: a `.part` of lossless pictures, kept only where every expected frame can be read back."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

from qualab.errors import MediaError
from qualab.media.lossless import LosslessWriter
from qualab.media.probe import ClipInfo, probe
from qualab.pipeline.step import Step
from qualab.study.files import replacing, storage


@contextmanager
def writing(step: Step, path: Path, like: ClipInfo, threads: int) -> Iterator[LosslessWriter]:
    """Give a writer for a step's lossless clip; keep it only where every expected frame can be read back."""
    with replacing(path) as part, storage(path):
        with LosslessWriter(part, fps=Fraction(step.arguments["fps"]), like=like, threads=threads) as writer:
            yield writer
        verify(part, step.arguments["count"], tuple(step.arguments["size"]), step.title)


def verify(path: Path, count: int, size: tuple[int, ...], title: str) -> ClipInfo:
    """Return what a clip is; raise MediaError where it is not of that many frames and that size."""
    info = probe(path, name=title)
    if info.frames != count or (info.width, info.height) != size:
        raise MediaError(title, f"came out as {info.describe()} instead of {count} frames", "build it again")
    return info


def described(step: Step) -> dict[str, object]:
    """Return what a record tells of a step's pictures."""
    width, height = step.arguments["size"]
    return {"width": width, "height": height, "fps": step.arguments["fps"], "frames": step.arguments["count"]}
