"""Decoding, upscaling and encoding at the same time: each in a thread of its own."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from qualab.media.frames import Picture
from qualab.media.lossless import LosslessWriter
from qualab.media.prefetch import read_ahead
from qualab.upscalers.upscaler import Upscaler


def write_upscaled(
    pictures: Iterator[Picture],
    upscaler: Upscaler,
    writer: LosslessWriter,
    *,
    target: tuple[int, int],
    on_frame: Callable[[int], None] = lambda done: None,
) -> None:
    """Write every picture, upscaled to `target`; tell `on_frame` how many are done.

    The upscaler works in the thread of the caller. However it ends, no thread is left reading.
    """
    with closing(read_ahead(pictures)) as ahead:
        upscaled: Any = upscaler.upscale(ahead, target=target)
        try:
            for number, picture in enumerate(upscaled, 1):
                writer.write(picture)
                on_frame(number)
        finally:
            # An upscaler that reads in a thread of its own must have ended before its source is closed.
            getattr(upscaled, "close", lambda: None)()
