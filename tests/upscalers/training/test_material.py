from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from qualab.errors import InputError
from qualab.media.frames import Picture, Scaler
from qualab.media.lossless import LosslessWriter
from qualab.media.probe import ClipInfo
from qualab.upscalers.training.material import Example, Material, Patches, material_files, read_material, shrink

Scene = Callable[..., Picture]


def write_clip(path: Path, scene: Scene, *, frames: int, size: tuple[int, int] = (160, 128)) -> None:
    info = ClipInfo("ffv1", *size, Fraction(25), frames, 0, "yuv420p", Fraction(1), 0, 1, 1, 1, False)
    with LosslessWriter(path, fps=Fraction(25), like=info) as writer:
        for seed in range(frames):
            writer.write(scene(*size, seed=seed))


def read(files: list[Path], *, patch: int, coded: bool = False, seed: int = 1) -> Material:
    return read_material(files, scale=2, patch=patch, coded=coded, generator=np.random.default_rng(seed))


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
    material = read([tmp_path / "a.mkv"], patch=60)
    assert (material.frames, material.pictures, len(material.held_back)) == (11, 0, 1)
    assert (material.held_back[0].large == scene(160, 128, seed=19).y).all()


def test_every_eighth_picture_is_held_back(tmp_path: Path, scene: Scene) -> None:
    for number in range(9):
        Image.fromarray(scene(128, 128, seed=number).y).save(tmp_path / f"{number}.png")
    material = read(material_files([tmp_path]), patch=60)
    assert [held.name for held in material.held_back] == ["7.png"]
    assert "7.png" not in {one.name for one in material.training}


def test_pictures_smaller_than_a_patch_are_no_material(tmp_path: Path, scene: Scene) -> None:
    Image.fromarray(scene(100, 100).y).save(tmp_path / "small.png")
    with pytest.raises(InputError, match=r"small.png: gives no usable patch — give pictures of 120 pixels or more"):
        read([tmp_path / "small.png"], patch=60)


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
    weak, strong = (np.random.default_rng(1).integers(0, reach, (64, 64)).astype(np.uint8) for reach in (60, 250))
    made = [example(weak, still=True), *(example(strong, still=False) for _ in range(9))]
    patches = Patches(made, scale=2, side=16, margin=2, generator=np.random.default_rng(3))
    _, large = patches.batch(600)
    share = float((large.reshape(600, -1).std(axis=1) < 40).mean())
    # Four standard errors of 2/3 in 600.
    assert share == pytest.approx(2 / 3, abs=0.08)


def test_half_of_all_patches_are_negatives_of_both_sizes() -> None:
    dark = np.random.default_rng(1).integers(0, 60, (64, 64)).astype(np.uint8)
    patches = Patches([example(dark, still=True)], scale=2, side=16, margin=0, generator=np.random.default_rng(2))
    small, large = (found.reshape(400, -1).mean(axis=1) > 128 for found in patches.batch(400))
    assert (small == large).all()
    # Four standard errors of 1/2 in 400.
    assert float(small.mean()) == pytest.approx(0.5, abs=0.1)


def test_pictures_are_learned_from_softened_and_at_reduced_sizes_too(tmp_path: Path, scene: Scene) -> None:
    Image.fromarray(scene(300, 200).y).save(tmp_path / "a.png")
    material = read([tmp_path / "a.png"], patch=50)
    assert [one.large.shape for one in material.training[::2]] == [(200, 300), (160, 240), (120, 180)]
    for crisp, soft in zip(material.training[::2], material.training[1::2], strict=True):
        steps = [np.abs(np.diff(one.large.astype(int))).mean() for one in (crisp, soft)]
        assert crisp.large.shape == soft.large.shape
        assert steps[1] < steps[0]
    assert (material.pictures, material.frames) == (1, 0)


def test_coded_input_is_worse_than_clean_and_the_same_for_one_seed(tmp_path: Path, scene: Scene) -> None:
    write_clip(tmp_path / "a.mkv", scene, frames=3)
    Image.fromarray(scene(160, 128).y).save(tmp_path / "b.png")
    files = [tmp_path / "a.mkv", tmp_path / "b.png"]
    clean = [one.small for one in read(files, patch=40).training]
    coded, again, other = (
        [one.small for one in read(files, patch=40, coded=True, seed=seed).training] for seed in (1, 1, 2)
    )
    assert len(coded) == len(clean)
    assert all((a == b).all() for a, b in zip(coded, again, strict=True))
    assert not all((a == b).all() for a, b in zip(coded, other, strict=True))
    # The last frame of the clip as it is: its coding against what clean training would have.
    change = float(np.abs(coded[-4].astype(int) - clean[-4]).mean())
    assert 0 < change < 25
