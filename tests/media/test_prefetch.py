import subprocess
import sys
import threading
import time

import pytest

from qualab.media.prefetch import WriteBehind, read_ahead


def _ours():
    return [thread for thread in threading.enumerate() if thread.name in ("read-ahead", "write-behind")]


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    assert not _ours()


def _wait(condition):
    """Wait for another thread: a minute is no measurement, it only ends a test that failed."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_all_items_come_in_their_order():
    assert list(read_ahead(iter(range(1000)), depth=2)) == list(range(1000))
    assert list(read_ahead([])) == []


def test_only_the_depth_is_read_before_it_is_asked_for():
    taken = []

    def source():
        for number in range(100):
            taken.append(number)
            yield number

    ahead = read_ahead(source(), depth=3)
    assert next(ahead) == 0
    # Three wait, and one more is in the hand of the thread that found no room.
    _wait(lambda: len(taken) == 5)
    time.sleep(0.02)
    assert len(taken) == 5
    ahead.close()
    assert len(taken) == 5


def test_reading_goes_on_while_the_reader_works():
    second_read = threading.Event()

    def source():
        yield 1
        second_read.set()
        yield 2

    for item in read_ahead(source()):
        if item == 1:
            assert second_read.wait(60)


def test_an_exception_comes_out_in_its_place():
    def source():
        yield from (1, 2)
        raise OSError("broken")

    ahead = read_ahead(source())
    assert [next(ahead), next(ahead)] == [1, 2]
    with pytest.raises(OSError, match="broken"):
        next(ahead)


@pytest.mark.parametrize("taken", [0, 1, 4])
def test_closing_early_ends_the_thread_and_closes_the_source(taken):
    closed = threading.Event()

    def endless():
        try:
            while True:
                yield 1
        finally:
            closed.set()

    ahead = read_ahead(endless())
    for _ in range(taken):
        next(ahead)
    ahead.close()
    assert not _ours()
    assert closed.is_set() == (taken > 0)


def test_an_interrupt_of_the_reader_ends_the_thread():
    ahead = read_ahead(iter(int, 1))
    next(ahead)
    with pytest.raises(KeyboardInterrupt):
        ahead.throw(KeyboardInterrupt)
    assert not _ours()


def test_a_program_that_forgets_to_close_still_ends():
    code = (
        "from qualab.media.prefetch import read_ahead; kept = read_ahead(iter(int, 1)); next(kept); raise SystemExit(7)"
    )
    done = subprocess.run([sys.executable, "-c", code], timeout=60, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (7, "")


def test_everything_is_written_in_its_order():
    written = []
    behind = WriteBehind(written.append, depth=2)
    for number in range(500):
        behind.put(number)
    behind.finish()
    assert written == list(range(500))


def test_writing_waits_where_too_many_wait():
    go, written = threading.Event(), []

    def slow(item):
        assert go.wait(60)
        written.append(item)

    behind = WriteBehind(slow, depth=2)
    filler = threading.Thread(target=lambda: [behind.put(number) for number in range(6)])
    filler.start()
    filler.join(0.05)
    assert filler.is_alive()
    go.set()
    filler.join()
    behind.finish()
    assert written == list(range(6))


def _fails_at(number):
    def write(item):
        if item == number:
            raise OSError("full")

    return write


def test_a_failed_write_comes_out_of_a_later_put():
    behind = WriteBehind(_fails_at(2), depth=1)
    tried = 0

    def fill():
        nonlocal tried
        for tried in range(10):
            behind.put(tried)

    with pytest.raises(OSError, match="full"):
        fill()
    # Item 2 fails, and at most one waits behind it.
    assert 3 <= tried <= 4
    behind.abandon()


def test_a_failed_last_write_comes_out_at_the_end():
    behind = WriteBehind(_fails_at(2))
    for number in range(3):
        behind.put(number)
    with pytest.raises(OSError, match="full"):
        behind.finish()


def test_what_is_abandoned_is_not_written():
    go, written = threading.Event(), []

    def slow(item):
        written.append(item)
        assert go.wait(60)

    behind = WriteBehind(slow)
    behind.put(1)
    _wait(lambda: written == [1])
    behind.put(2)
    threading.Timer(0.02, go.set).start()
    behind.abandon()
    assert written == [1]
