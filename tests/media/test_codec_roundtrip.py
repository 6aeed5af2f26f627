from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from qualab.media.codec_roundtrip import coded
from qualab.media.frames import Picture


def moving(count: int) -> list[Picture]:
    """Return pictures of noise that moves by two samples a picture, with chroma that differs from luma."""
    noise = np.random.default_rng(1).integers(60, 190, (64, 96 + 2 * count)).astype(np.uint8)
    half = (32, 48)
    u, v = np.full(half, 90, np.uint8), np.full(half, 160, np.uint8)
    return [Picture(noise[:, 2 * n : 2 * n + 96], u, v) for n in range(count)]


def error(found: Sequence[Picture], wanted: Sequence[Picture]) -> float:
    pairs = zip(found, wanted, strict=True)
    return float(np.mean([np.abs(a.y.astype(int) - b.y).mean() for a, b in pairs]))


def test_crf_0_gives_the_pictures_back_in_their_order() -> None:
    pictures = moving(5)
    for found, wanted in zip(coded(pictures, crf=0), pictures, strict=True):
        assert all((getattr(found, plane) == getattr(wanted, plane)).all() for plane in "yuv")


def test_a_higher_crf_loses_more() -> None:
    pictures = moving(4)
    errors = [error(coded(pictures, crf=crf), pictures) for crf in (0, 18, 30, 42)]
    assert errors == sorted(errors)
    assert errors[0] == 0 < errors[1]


@pytest.mark.parametrize("count", [1, 2, 9])
def test_no_picture_is_lost(count: int) -> None:
    assert len(coded(moving(count), crf=30)) == count


def test_small_pictures_of_a_size_between_blocks_come_out_the_same_each_time() -> None:
    """With its defaults x264 gave two results in turn for 58x44."""
    pictures = [
        replace(picture, y=picture.y[:44, :58], u=picture.u[:22, :29], v=picture.v[:22, :29]) for picture in moving(8)
    ]
    results = [coded(pictures, crf=24) for _ in range(12)]
    assert results[0][0].y.shape == (44, 58)
    assert len({b"".join(picture.y.tobytes() for picture in found) for found in results}) == 1
