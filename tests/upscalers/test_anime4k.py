"""The upscaler around pyanime4k against pyanime4k's own way from file to file."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyanime4k
import pytest
from pyanime4k import pyac

from qualab.errors import ToolMissing
from qualab.media.picture import Picture
from qualab.media.scaler import Scaler
from qualab.upscalers.bundled import PACKAGED, Origin
from qualab.upscalers.catalogue import load
from qualab.upscalers.upscaler import Upscaler

Scene = Callable[..., Picture]
NAMES = [name for name in PACKAGED if name.startswith("anime4k-")]


def one(upscaler: Upscaler, picture: Picture, target: tuple[int, int]) -> Picture:
    (found,) = upscaler.upscale([picture], target=target)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_luma_is_what_pyanime4k_makes_of_a_file(name: str, scene: Scene, tmp_path: Path) -> None:
    picture = scene(96, 64)
    small, large = tmp_path / "small.png", tmp_path / "large.png"
    assert pyac.core.imwrite(str(small), np.repeat(picture.y[..., None], 3, axis=2))
    pyanime4k.upscale_images([str(small)], [str(large)], model_name=PACKAGED[name].variant)
    expected = pyac.core.imread(str(large))[..., 1].astype(int)
    found = one(load(name), picture, (192, 128)).y.astype(int)
    # The file holds RGB, which pyanime4k turns into luma and back: one level of rounding.
    assert np.abs(found - expected).max() <= 1


def test_luma_is_exactly_what_the_processor_makes(scene: Scene) -> None:
    picture = scene(96, 64)
    expected = pyac.core.Processor("cpu", 0, "acnet-hdn0")(np.ascontiguousarray(picture.y), 2.0)
    assert (one(load("anime4k-acnet-x2"), picture, (192, 128)).y == expected).all()


def test_a_plane_that_is_a_view_is_read_as_it_is(scene: Scene) -> None:
    """pyanime4k takes no notice of strides."""
    wide = scene(128, 64)
    view = Picture(wide.y[:, :96], wide.u[:, :48], wide.v[:, :48])
    copy = Picture(view.y.copy(), view.u.copy(), view.v.copy())
    upscaler = load("anime4k-acnet-x2")
    assert (one(upscaler, view, (192, 128)).y == one(upscaler, copy, (192, 128)).y).all()


def test_ten_bits_are_finer_steps_of_the_same_picture(scene: Scene) -> None:
    eight = scene(96, 64)
    planes = [plane.astype(np.uint16) << 2 for plane in (eight.y, eight.u, eight.v)]
    ten = one(load("anime4k-acnet-x2"), Picture(*planes, "yuv420p10le"), (192, 128))
    found = one(load("anime4k-acnet-x2"), eight, (192, 128))
    assert (ten.pix_fmt, ten.y.dtype) == ("yuv420p10le", np.uint16)
    # One 8-bit level is 4 of the steps; codes are shares of 1023 there, of 255 here.
    assert np.abs(ten.y.astype(int) - 4 * found.y.astype(int)).max() <= 8


def test_sizes_between_are_reached_with_lanczos_and_chroma_with_bicubic(scene: Scene) -> None:
    upscaler, picture = load("anime4k-acnet-x2"), scene(48, 32)
    four = one(upscaler, one(upscaler, picture, (96, 64)), (192, 128))
    found = one(upscaler, picture, (150, 100))
    assert (found.y == Scaler((192, 128), (150, 100), "lanczos")(Picture.grey(four.y)).y).all()
    assert (found.u == Scaler((48, 32), (150, 100), "bicubic")(picture).u).all()


def test_the_nets_differ_and_say_so(scene: Scene) -> None:
    made = {one(load(name), scene(48, 32), (96, 64)).y.tobytes() for name in NAMES}
    assert len(made) == len({str(load(name).identity()) for name in NAMES}) == len(NAMES)


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Origin, "folder", lambda self: None)
    with pytest.raises(ToolMissing, match=r"needs pyanime4k — install it: pip install 'qualab\[anime4k\]'") as caught:
        load("anime4k-acnet-x2")
    assert caught.value.exit_code == 4
