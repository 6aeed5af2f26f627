"""Overlap: decoding in a thread ahead of the work, encoding in a thread behind it; FFmpeg lets go of Python's lock."""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")
DEPTH = 3


def read_ahead(items: Iterable[T], *, depth: int = DEPTH) -> Generator[T, None, None]:
    """Yield the items; a thread takes up to `depth` of them from the iterable before they are asked for.

    An exception of the iterable comes out where its item would have. Closing the generator ends the thread, which
    closes the iterable where that is a generator.

    >>> list(read_ahead(range(5)))
    [0, 1, 2, 3, 4]
    """
    queue: BoundedQueue[T] = BoundedQueue(depth)

    def fill() -> None:
        try:
            for item in items:
                if not queue.put(item):
                    break
        finally:
            close = getattr(items, "close", None)
            if close:
                close()

    queue.start(fill, "read-ahead")
    try:
        while True:
            try:
                item = queue.take()
            except _Ended:
                break
            yield item
            del item
        queue.join()
    finally:
        queue.stop()


class WriteBehind(Generic[T]):
    """Calls `write` on each item in one thread, in order; at most `depth` items wait.

    An exception of `write` comes out of the next `put` or of `finish`; nothing is written after it.
    """

    def __init__(self, write: Callable[[T], None], *, depth: int = DEPTH) -> None:
        self._write = write
        self._belt: BoundedQueue[T] = BoundedQueue(depth)
        self._belt.start(self._empty, "write-behind")

    def put(self, item: T) -> None:
        """Hand over an item; wait while too many wait."""
        if not self._belt.put(item):
            self._belt.join()

    def finish(self) -> None:
        """Return when everything is written."""
        self._belt.end()
        self._belt.join()

    def abandon(self) -> None:
        """Drop what still waits; return when nothing is being written."""
        self._belt.stop()

    def _empty(self) -> None:
        while True:
            try:
                item = self._belt.take()
            except _Ended:
                return
            self._write(item)
            del item


class _Ended(Exception):
    """No more items come."""


class BoundedQueue(Generic[T]):
    """A bounded queue between two threads, one of which it runs; either side can end it, and no one waits for ever."""

    def __init__(self, depth: int) -> None:
        self._items: deque[T] = deque()
        self._depth = depth
        self._is_over = False
        self._changed = threading.Condition()
        self._error: BaseException | None = None

    def start(self, work: Callable[[], None], name: str) -> None:
        """Run `work` in a thread; when it ends the queue does."""

        def run() -> None:
            try:
                work()
            except BaseException as error:
                self._error = error
            self.end()

        # A daemon: an interrupted program must not wait at its end for a thread that waits for it.
        self._thread = threading.Thread(target=run, name=name, daemon=True)
        self._thread.start()

    def put(self, item: T) -> bool:
        """Add an item when there is room; return False where no one takes items any more."""
        with self._changed:
            while len(self._items) >= self._depth and not self._is_over:
                self._changed.wait()
            if self._is_over:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def take(self) -> T:
        """Return the next item, waiting for it; raise _Ended after the last."""
        with self._changed:
            while not self._items and not self._is_over:
                self._changed.wait()
            if not self._items:
                raise _Ended
            item = self._items.popleft()
            self._changed.notify_all()
            return item

    def end(self) -> None:
        """Let no more items in; those there can still be taken."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def join(self) -> None:
        """Wait for the thread; raise what it ended with."""
        self._thread.join()
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def stop(self) -> None:
        """Throw away what waits, and wait for the thread."""
        with self._changed:
            self._is_over = True
            self._items.clear()
            self._changed.notify_all()
        self._thread.join()
