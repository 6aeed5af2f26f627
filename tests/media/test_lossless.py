import hashlib
import threading
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from qualab.errors import MediaError, StorageError
from qualab.media.frames import read_pictures
from qualab.media.lossless import LosslessWriter
from qualab.media.picture import Picture
from qualab.media.pixel_formats import KEPT, PIXEL_FORMATS
from qualab.media.probe import ClipInfo, probe

LIKE = ClipInfo("h264", 64, 48, Fraction(25), 6, 0, "yuv420p", Fraction(1), 90, 1, 1, 1, False)


def _noise(seed: int, width: int = 64, height: int = 48, pix_fmt: str = "yuv420p") -> Picture:
    rng = np.random.default_rng(seed)
    layout = PIXEL_FORMATS[pix_fmt]
    half = layout.chroma_size(width, height)[::-1]
    kind = np.uint8 if layout.bits == 8 else np.uint16
    y, u, v = (rng.integers(0, 2**layout.bits, shape, dtype=kind) for shape in ((height, width), half, half))
    return Picture(y, u, v, pix_fmt)


def _write(path: Path, pictures, *, like: ClipInfo = LIKE, threads: int | None = None) -> Path:
    with LosslessWriter(path, fps=like.fps, like=like, threads=threads) as writer:
        for picture in pictures:
            writer.write(picture)
    return path


@pytest.mark.parametrize("size", [(64, 48), (65, 49), (853, 479), (16, 16)])
@pytest.mark.parametrize("pix_fmt", KEPT)
def test_what_is_written_is_read_back_exactly(tmp_path, pix_fmt, size):
    pictures = [_noise(seed, *size, pix_fmt) for seed in range(3)]
    like = replace(LIKE, fps=Fraction(30000, 1001))
    path = _write(tmp_path / "noise.mkv", pictures, like=like)
    info = probe(path)
    assert (info.width, info.height, info.pix_fmt, info.frames, info.fps) == (*size, pix_fmt, 3, like.fps)
    for found, true in zip(read_pictures(path, info, name="noise"), pictures, strict=True):
        assert found.pix_fmt == pix_fmt
        for plane in "yuv":
            assert np.array_equal(getattr(found, plane), getattr(true, plane))


def test_the_tags_are_kept_and_the_rotation_is_not(tmp_path):
    tagged = replace(LIKE, matrix=6, primaries=5, transfer=4, full_range=True)
    info = probe(_write(tmp_path / "tags.mkv", [_noise(1), _noise(2)], like=tagged))
    assert (info.matrix, info.primaries, info.transfer, info.full_range) == (6, 5, 4, True)
    assert (info.rotation, info.sar) == (0, 1)


@pytest.mark.parametrize("pix_fmt", KEPT)
def test_the_same_pictures_give_the_same_bytes_with_any_number_of_threads(tmp_path, pix_fmt):
    pictures = [_noise(seed, 128, 96, pix_fmt) for seed in range(3)]
    digests = set()
    for number, threads in enumerate((1, 1, 2, 7, None)):
        path = _write(tmp_path / f"{number}.mkv", pictures, threads=threads)
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1


@pytest.mark.parametrize("place", [0.3, 0.5, 0.9])
def test_damage_is_noticed_when_it_is_read(tmp_path, place):
    path = _write(tmp_path / "hurt.mkv", [_noise(seed) for seed in range(8)])
    info, data = probe(path), bytearray(path.read_bytes())
    data[int(len(data) * place)] ^= 0x10
    path.write_bytes(data)
    with pytest.raises(MediaError, match=r"frame \d+ cannot be decoded"):
        list(read_pictures(path, info, name="hurt.mkv"))


def test_encoding_is_done_by_another_thread(tmp_path, monkeypatch):
    used = set()
    encode = LosslessWriter._encode

    def watched(self, picture):
        used.add(threading.current_thread().name)
        encode(self, picture)

    monkeypatch.setattr(LosslessWriter, "_encode", watched)
    _write(tmp_path / "thread.mkv", [_noise(1), _noise(2)])
    assert used == {"write-behind"}


def test_a_full_disk_is_told_as_such():
    """/dev/full takes nothing; a long clip is told while it is written, a short one at its end."""
    with pytest.raises(StorageError, match=r"full: cannot be written \(No space left on device\)") as caught:
        _write(Path("/dev/full"), (_noise(seed) for seed in range(200)))
    assert caught.value.exit_code == 5
    with pytest.raises(StorageError, match="No space left"):
        _write(Path("/dev/full"), [_noise(1)])


def test_after_a_failure_in_the_block_nothing_goes_on(tmp_path):
    def broken():
        yield _noise(1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        _write(tmp_path / "x.mkv", broken())
    assert not [thread for thread in threading.enumerate() if thread.name == "write-behind"]
