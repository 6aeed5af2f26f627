import hashlib
from fractions import Fraction

import numpy as np
import pytest

from qualab.errors import MediaError
from qualab.media.frames import LosslessWriter, Picture, Scaler, read_pictures, read_still
from qualab.media.probe import probe


def _noise(seed: int, width: int = 64, height: int = 48) -> Picture:
    rng = np.random.default_rng(seed)
    half = (height // 2, width // 2)
    return Picture(*(rng.integers(0, 256, shape, dtype=np.uint8) for shape in ((height, width), half, half)))


def _same(left: Picture, right: Picture) -> bool:
    return all(np.array_equal(getattr(left, plane), getattr(right, plane)) for plane in "yuv")


def test_what_is_written_is_read_back_exactly(make_clip, tmp_path):
    like = probe(make_clip("like.mp4"))
    pictures = [_noise(seed) for seed in range(7)]
    path = tmp_path / "noise.mkv"
    with LosslessWriter(path, fps=Fraction(30000, 1001), like=like) as writer:
        for picture in pictures:
            writer.write(picture)
    info = probe(path)
    assert (info.frames, info.fps, info.matrix, info.full_range) == (7, Fraction(30000, 1001), like.matrix, False)
    assert all(_same(*pair) for pair in zip(read_pictures(path, info, name="noise"), pictures, strict=True))


def test_the_same_pictures_give_the_same_bytes(make_clip, tmp_path):
    like = probe(make_clip("like.mp4"))
    digests = set()
    for name in ("one.mkv", "two.mkv"):
        with LosslessWriter(tmp_path / name, fps=Fraction(25), like=like) as writer:
            for seed in range(3):
                writer.write(_noise(seed))
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1


def test_a_segment_begins_and_ends_at_exact_frames(make_clip):
    path = make_clip("count.mp4", frames=30)
    info = probe(path)
    every = [picture.y.copy() for picture in read_pictures(path, info, name="count")]
    some = [picture.y.copy() for picture in read_pictures(path, info, name="count", start=17, count=5)]
    assert len(every) == 30
    assert np.array_equal(np.stack(some), np.stack(every[17:22]))


def test_odd_sides_lose_their_last_column_and_row(make_clip):
    path = make_clip("odd.mkv", "-c:v", "ffv1", "-pix_fmt", "yuv420p", source="testsrc2=s=65x49:r=25")
    picture = next(iter(read_pictures(path, probe(path), name="odd")))
    assert (picture.width, picture.height, picture.u.shape) == (64, 48, (24, 32))


@pytest.mark.parametrize("codec", [("-c:v", "mpeg4", "-q:v", "2"), ("-c:v", "libx264", "-crf", "10")])
def test_damage_in_the_middle_is_told_with_its_frame(make_clip, codec):
    path = make_clip("hurt.mkv", *codec, "-g", "5", "-pix_fmt", "yuv420p", frames=20)
    info = probe(path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)
    path.write_bytes(data)
    with pytest.raises(MediaError, match=r"frame \d+|ends after frame"):
        list(read_pictures(path, info, name="hurt.mkv"))


def test_scaling_keeps_a_constant_picture_constant():
    grey = Picture(*(np.full(shape, 121, np.uint8) for shape in ((48, 64), (24, 32), (24, 32))))
    for method in ("bilinear", "bicubic", "lanczos"):
        large = Scaler((64, 48), (130, 98), method)(grey)
        assert (large.width, large.height) == (130, 98)
        assert {int(value) for plane in (large.y, large.u, large.v) for value in np.unique(plane)} == {121}


def test_a_still_becomes_a_picture(tmp_path, make_clip):
    path = make_clip("still.png", "-c:v", "png", frames=1)
    picture = read_still(path)
    assert (picture.width, picture.height) == (320, 180)
    assert picture.y.std() > 20
