"""Frames as PNG for the console, kept in memory within a bound; decoders stay open while they are in use."""

from collections import OrderedDict
from fractions import Fraction
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

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
        self._most_bytes, self._most_files = most_bytes, most_files
        self._lock = Lock()
        self._pngs: OrderedDict[_Key, bytes] = OrderedDict()
        self._bytes = 0
        self._clips: OrderedDict[Identity, _OpenClip] = OrderedDict()

    def png(self, path: Path, fps: Fraction, number: int, *, is_small: bool = False) -> bytes:
        """Return frame `number` of a clip as PNG, at most 480 pixels wide where it `is_small`.

        Raises:
            MediaError: the file is gone, or the frame cannot be decoded.
        """
        key = (identity(path), number, is_small)
        if (found := self._kept(key)) is not None:
            return found
        clip = self._opened(key[0], path, fps)
        with clip.lock:
            # Whoever held the lock may have made it.
            if (found := self._kept(key)) is None:
                found = clip.png(number, is_small)
                self._keep(key, found)
        return found

    @property
    def kept_bytes(self) -> int:
        """How many bytes of PNG are kept."""
        return self._bytes

    def _kept(self, key: _Key) -> bytes | None:
        with self._lock:
            if key in self._pngs:
                self._pngs.move_to_end(key)
            return self._pngs.get(key)

    def _keep(self, key: _Key, png: bytes) -> None:
        with self._lock:
            self._bytes += len(png) - len(self._pngs.get(key, b""))
            self._pngs[key] = png
            while self._bytes > self._most_bytes and len(self._pngs) > 1:
                self._bytes -= len(self._pngs.popitem(last=False)[1])

    def _opened(self, key: Identity, path: Path, fps: Fraction) -> _OpenClip:
        with self._lock:
            if key not in self._clips:
                self._clips[key] = _OpenClip(path, fps)
            self._clips.move_to_end(key)
            # What is taken out closes itself when its last reader lets go.
            while len(self._clips) > self._most_files:
                self._clips.popitem(last=False)
            return self._clips[key]


FRAMES = FrameCache()
