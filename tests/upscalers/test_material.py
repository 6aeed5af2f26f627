from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from qualab.errors import InputError
from qualab.media.frames import LosslessWriter, Picture, Scaler
from qualab.media.probe import ClipInfo
from qualab.upscalers.material import Example, Patches, material_files, read_material, shrink

Scene = Callable[..., Picture]


def write_clip(path: Path, scene: Scene, *, frames: int, size: tuple[int, int] = (160, 128)) -> None:
    info = ClipInfo("ffv1", *size, Fraction(25), frames, 0, "yuv420p", Fraction(1), 0, 1, 1, 1, False)
    with LosslessWriter(path, fps=Fraction(25), like=info) as writer:
        for seed in range(frames):
            writer.write(scene(*size, seed=seed))


def example(luma: np.ndarray, *, still: bool) -> Example:
    large = np.repeat(np.repeat(luma, 2, axis=0), 2, axis=1)
    return Example("made", still, large, luma)


def test_the_input_is_the_bicubic_of_the_pipeline(scene: Scene) -> None:
    picture = scene(102, 66)
    pair = shrink(picture, 2)
    assert pair is not None
    large, small = pair
    assert (large.width, large.height, small.width, small.height) == (100, 64, 50, 32)
    assert (large.y == picture.y[:64, :100]).all()
    assert (small.y == Scaler((100, 64), (50, 32), "bicubic")(large).y).all()


def test_a_picture_too_small_to_shrink_is_left_out(scene: Scene) -> None:
    assert shrink(scene(30, 60), 2) is None


def test_the_end_of_a_clip_is_held_back(tmp_path: Path, scene: Scene) -> None:
    write_clip(tmp_path / "a.mkv", scene, frames=20)
    material = read_material([tmp_path / "a.mkv"], scale=2, patch=60)
    assert (len(material.training), len(material.held_back)) == (11, 1)
    assert (material.held_back[0].large == scene(160, 128, seed=19).y).all()


def test_every_eighth_picture_is_held_back(tmp_path: Path, scene: Scene) -> None:
    for number in range(9):
        Image.fromarray(scene(128, 128, seed=number).y).save(tmp_path / f"{number}.png")
    material = read_material(material_files([tmp_path]), scale=2, patch=60)
    assert [held.name for held in material.held_back] == ["7.png"]
    assert "7.png" not in {one.name for one in material.training}


def test_pictures_smaller_than_a_patch_are_no_material(tmp_path: Path, scene: Scene) -> None:
    Image.fromarray(scene(100, 100).y).save(tmp_path / "small.png")
    with pytest.raises(InputError, match=r"small.png: gives no usable patch — give pictures of 120 pixels or more"):
        read_material([tmp_path / "small.png"], scale=2, patch=60)


def test_folders_stand_for_the_clips_and_pictures_in_them(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.mkv", "notes.txt"):
        (tmp_path / name).touch()
    assert [file.name for file in material_files([tmp_path, tmp_path / "a.mkv"])] == ["a.mkv", "b.PNG"]


def test_no_material_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="hold no clip and no picture"):
        material_files([tmp_path])


def test_patches_lie_in_the_middle_of_their_input() -> None:
    """In a ramp doubled by repetition, each large sample is the input sample it stands over, `margin` further in."""
    ramp = np.add.outer(np.arange(80) * 3, np.arange(80)).astype(np.uint8)
    patches = Patches([example(ramp, still=True)], scale=2, side=8, margin=3, generator=np.random.default_rng(1))
    small, large = patches.batch(50)
    assert small.shape == (50, 1, 14, 14)
    assert large.shape == (50, 1, 16, 16)
    assert (large[:, :, ::2, ::2] == small[:, :, 3:-3, 3:-3]).all()


def test_flat_patches_are_rare() -> None:
    luma = np.full((400, 100), 90, np.uint8)
    luma[:200] = np.random.default_rng(1).integers(0, 255, (200, 100))
    patches = Patches([example(luma, still=True)], scale=2, side=16, margin=2, generator=np.random.default_rng(2))
    _, large = patches.batch(200)
    # Half of all places are flat; eight tries leave 1 in 256 of them.
    assert (large.reshape(200, -1).std(axis=1) == 0).sum() <= 6


def test_still_pictures_are_taken_twice_as_often_as_clips() -> None:
    dark, light = (np.random.default_rng(1).integers(low, low + 60, (64, 64)).astype(np.uint8) for low in (0, 190))
    made = [example(dark, still=True), *(example(light, still=False) for _ in range(9))]
    patches = Patches(made, scale=2, side=16, margin=2, generator=np.random.default_rng(3))
    _, large = patches.batch(600)
    share = float((large.reshape(600, -1).mean(axis=1) < 100).mean())
    # Four standard errors of 2/3 in 600.
    assert share == pytest.approx(2 / 3, abs=0.08)
