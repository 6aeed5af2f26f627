"""Frames as PNG for the console, kept in memory within a bound; decoders stay open while they are in use."""

from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from cachetools import LRUCache

from qualab.study.scores import Identity, identity

if TYPE_CHECKING:
    from qualab.media.png import PngWriter

_BYTES = 96 * 2**20
_OPEN_FILES = 6
_SMALL_WIDTH = 480
_Key = tuple[Identity, int, bool]


class _OpenClip:
    """A clip with its decoder and its PNG writer, for one thread at a time."""

    def __init__(self, path: Path, fps: Fraction) -> None:
        # The web process loads PyAV when the first frame is asked for, not before.
        from qualab.media.seek import Frames

        self.lock = Lock()
        self.frames = Frames(path, fps=fps, name=path.name)
        self._writers: dict[bool, PngWriter] = {}

    def png(self, number: int, is_small: bool) -> bytes:
        from qualab.media.png import PngWriter

        picture = self.frames.at(number)
        if is_small not in self._writers:
            self._writers[is_small] = PngWriter(picture, most_width=_SMALL_WIDTH if is_small else None)
        return self._writers[is_small](picture)


class FrameCache:
    """The last PNGs, up to a number of bytes, and the last open clips."""

    def __init__(self, *, most_bytes: int = _BYTES, most_files: int = _OPEN_FILES) -> None:
        self._lock = Lock()
        self._pngs = LRUCache[_Key, bytes](most_bytes, getsizeof=len)
        self._clips = LRUCache[Identity, _OpenClip](most_files)

    def png(self, path: Path, fps: Fraction, number: int, *, is_small: bool = False) -> bytes:
        """Return frame `number` of a clip as PNG, at most 480 pixels wide where it `is_small`.

        Raises:
            MediaError: the file is gone, or the frame cannot be decoded.
        """
        key = (identity(path), number, is_small)
        if (png := self._kept(key)) is not None:
            return png
        clip = self._opened(key[0], path, fps)
        with clip.lock:
            # Whoever held the lock may have made it.
            if (png := self._kept(key)) is None:
                png = clip.png(number, is_small)
                self._keep(key, png)
        return png

    def _kept(self, key: _Key) -> bytes | None:
        with self._lock:
            return self._pngs.get(key)

    def _keep(self, key: _Key, png: bytes) -> None:
        # ValueError: it is larger than all that may be kept.
        with self._lock, suppress(ValueError):
            self._pngs[key] = png

    def _opened(self, key: Identity, path: Path, fps: Fraction) -> _OpenClip:
        with self._lock:
            if key not in self._clips:
                # What is taken out for it closes itself when its last reader lets go.
                self._clips[key] = _OpenClip(path, fps)
            return self._clips[key]


FRAMES = FrameCache()
