"""The contract that every upscaler keeps: swscale's, and all weights that are shipped."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from qualab.errors import InputError
from qualab.media.frames import Picture
from qualab.study.files import shipped
from qualab.study.terms import CLASSIC_UPSCALERS
from qualab.upscalers.bundled import packaged
from qualab.upscalers.card import load_card
from qualab.upscalers.catalogue import UPSCALERS, load
from qualab.upscalers.inventory import describe_all, upscaler_ids

SHIPPED = sorted(card.parent.name for card in shipped("models").glob("*/card.toml"))
NAMES = [*UPSCALERS, *SHIPPED]
GOLDEN = Path(__file__).parent / "golden"
SIZES = [
    ((64, 48), (128, 96)),
    ((66, 34), (130, 70)),
    ((64, 48), (100, 74)),
    ((32, 32), (160, 144)),
    ((64, 48), (32, 20)),
    ((65, 49), (130, 98)),
    ((64, 48), (129, 97)),
]

Scene = Callable[..., Picture]
every_upscaler = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(autouse=True)
def only_shipped_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUALAB_MODELS", str(shipped("models")))
    monkeypatch.chdir(tmp_path)


def flat(width: int, height: int, codes: tuple[int, int, int]) -> Picture:
    y, u, v = codes
    half = (height // 2, width // 2)
    return Picture(np.full((height, width), y, np.uint8), np.full(half, u, np.uint8), np.full(half, v, np.uint8))


def planes(picture: Picture) -> tuple[bytes, bytes, bytes]:
    return picture.y.tobytes(), picture.u.tobytes(), picture.v.tobytes()


@every_upscaler
@pytest.mark.parametrize(("source", "target"), SIZES)
def test_gives_exactly_the_asked_size(
    name: str, source: tuple[int, int], target: tuple[int, int], scene: Scene
) -> None:
    (found,) = load(name, device="cpu").upscale([scene(*source)], target=target)
    assert (found.width, found.height) == target
    assert found.u.shape == found.v.shape == (-(-target[1] // 2), -(-target[0] // 2))


@every_upscaler
@pytest.mark.parametrize("target", [(1, 96), (128, 1), (0, 96), (-128, 96)])
def test_refuses_a_size_that_no_picture_has(name: str, target: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="width and height of 2 or more"):
        load(name, device="cpu").upscale([], target=target)


@every_upscaler
def test_same_picture_same_pixels(name: str, scene: Scene) -> None:
    upscaler, again = load(name, device="cpu"), load(name, device="cpu")
    picture = scene(64, 48)
    first, second = upscaler.upscale([picture, picture], target=(128, 96))
    (third,) = again.upscale([picture], target=(128, 96))
    assert planes(first) == planes(second) == planes(third)


@every_upscaler
@pytest.mark.parametrize("codes", [(0, 0, 255), (16, 128, 128), (81, 90, 240), (235, 128, 128), (255, 255, 0)])
@pytest.mark.parametrize("target", [(80, 64), (120, 96)])
def test_a_constant_picture_stays_constant(name: str, codes: tuple[int, int, int], target: tuple[int, int]) -> None:
    (found,) = load(name, device="cpu").upscale([flat(40, 32, codes)], target=target)
    assert planes(found) == planes(flat(*target, codes))


@every_upscaler
def test_takes_pictures_only_as_they_are_needed(name: str, scene: Scene) -> None:
    taken = 0

    def endless() -> Iterator[Picture]:
        nonlocal taken
        while True:
            taken += 1
            yield scene(32, 32)

    results = load(name, device="cpu").upscale(endless(), target=(64, 64))
    for _ in range(3):
        next(results)
    # One picture of read-ahead would still be flat memory.
    assert taken <= 4


@every_upscaler
def test_pictures_of_another_size_in_between_do_no_harm(name: str, scene: Scene) -> None:
    upscaler = load(name, device="cpu")
    small, large = scene(32, 32), scene(48, 40)
    mixed = list(upscaler.upscale([small, large, small], target=(64, 64)))
    assert planes(mixed[0]) == planes(mixed[2])
    (alone,) = upscaler.upscale([large], target=(64, 64))
    assert planes(mixed[1]) == planes(alone)


@every_upscaler
def test_the_golden_picture_is_met_within_one_level(name: str, scene: Scene) -> None:
    """Made by the upscaler when it was added (QUALAB_GOLDEN=write); other processors round sums differently."""
    (found,) = load(name, device="cpu").upscale([scene(64, 48)], target=(128, 96))
    path = GOLDEN / f"{name}.npz"
    if os.environ.get("QUALAB_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        np.savez_compressed(path, y=found.y, u=found.u, v=found.v)
    with np.load(path) as golden:
        for plane in "yuv":
            assert np.abs(getattr(found, plane).astype(int) - golden[plane]).max() <= 1


@every_upscaler
def test_an_edge_stays_where_it_is(name: str) -> None:
    """A shift by half a sample, the usual mistake, would move the middle of the edge."""
    picture = flat(48, 32, (40, 128, 128))
    y = picture.y.copy()
    y[:, 24:] = 200
    (found,) = load(name, device="cpu").upscale([Picture(y, picture.u, picture.v)], target=(96, 64))
    row = found.y[32].astype(int)
    assert row[40:48].max() < 120 < row[48:56].min()
    assert abs((row[40:56] - 120).sum()) < 60


@every_upscaler
def test_identity_is_plain_data_and_its_own(name: str) -> None:
    identity = load(name, device="cpu").identity()
    assert json.loads(json.dumps(identity)) == identity
    assert all(load(other, device="cpu").identity() != identity for other in NAMES if other != name)


def test_the_table_holds_the_classic_ids() -> None:
    assert tuple(UPSCALERS) == CLASSIC_UPSCALERS
    assert all(upscaler.id == name for name, upscaler in UPSCALERS.items())


def test_what_can_be_used_is_what_is_described() -> None:
    assert [row["id"] for row in describe_all()] == upscaler_ids() == [*NAMES, *packaged()]


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match="upscaler 'bicubik': does not exist — did you mean 'bicubic'"):
        load("bicubik")


def test_describing_upscalers_loads_no_torch() -> None:
    code = (
        "import sys; from qualab.upscalers.inventory import describe_all; from qualab.upscalers.catalogue import load;"
    )
    code += " describe_all(); load('bicubic');"
    found = subprocess.run(
        [sys.executable, "-c", f"{code} print('torch' in sys.modules)"], capture_output=True, text=True
    )
    assert (found.stdout.strip(), found.stderr) == ("False", "")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_card_names_licence_material_and_gain(name: str) -> None:
    text = (shipped("models") / name / "card.toml").read_text(encoding="utf-8")
    card = load_card(shipped("models") / name / "card.toml")
    assert "Blender Foundation" in card.licence
    assert "CC BY 3.0" in card.licence
    assert all(entry["origin"] and len(entry["sha256"]) == 64 for entry in card.material)
    assert {"psnr_y", "vmaf"} <= {entry["metric"] for entry in card.gain}
    assert all(entry["over_lanczos"] <= entry["over_bicubic"] for entry in card.gain if entry["metric"] == "psnr_y")
    assert "/" not in re.sub(r"1/[234]", "", text)
