"""Measured speeds: of the asked upscalers, kept for this machine, and a count of what nets cost."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from qualab.errors import InputError
from qualab.media.frames import Picture
from qualab.upscalers.inventory import describe_all, speeds, speeds_file
from qualab.upscalers.speed import benchmark, frames_per_second
from qualab.upscalers.upscaler import Upscaler

FolderMaker = Callable[..., Path]


class Counting(Upscaler):
    """An upscaler that notes what it is given and gives it back."""

    id = "counting"

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []
        self.targets: set[tuple[int, int]] = set()

    def identity(self) -> dict[str, str | int]:
        return {}

    def upscale(self, pictures: Iterable[Picture], *, target: tuple[int, int]) -> Iterator[Picture]:
        self.targets.add(target)
        for picture in pictures:
            self.sizes.append((picture.width, picture.height))
            yield picture


@pytest.fixture(autouse=True)
def own(weights_folder: FolderMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test an upscaler `own`, and a place for speeds."""
    monkeypatch.setenv("QUALAB_MODELS", str(weights_folder(architecture="espcn").parent))
    monkeypatch.setenv("QUALAB_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize(("scale", "source", "target"), [(2, (640, 360), (1280, 720)), (3, (426, 240), (1278, 720))])
def test_pictures_are_those_that_become_720_lines(scale: int, source: tuple[int, int], target: tuple[int, int]) -> None:
    upscaler = Counting()
    assert frames_per_second(upscaler, scale=scale, seconds=0.0) > 0
    assert (set(upscaler.sizes), upscaler.targets) == ({source}, {target})
    # Two to warm up, and never fewer than three to measure.
    assert len(upscaler.sizes) == 5


def test_a_measured_speed_stands_in_the_list_with_the_cost_of_the_net() -> None:
    told: list[tuple[int, int, str]] = []
    made = benchmark(["own", "bicubic"], device="cpu", seconds=0.0, on_step=lambda *step: told.append(step))
    assert told == [(0, 2, "own"), (1, 2, "bicubic"), (2, 2, "")]
    rows = {row["id"]: row for row in describe_all()}
    assert [rows[name]["fps"] for name in ("own", "bicubic")] == [record["fps"] for record in made]
    assert rows["own"]["fps_device"].startswith("cpu ")
    # Shi et al.'s net: 64 kernels 5x5, 32 of 3x3x64, 4 of 3x3x32, with biases; two operations a weight and sample.
    assert rows["own"]["parameters"] == 64 * 26 + 32 * 577 + 4 * 289
    gflop = 2 * 640 * 360 * (64 * 25 + 32 * 576 + 4 * 288) / 1e9
    # The first layers also make the margins that the later ones need: a percent here.
    assert gflop < rows["own"]["gflop_720p"] < 1.02 * gflop
    assert rows["lanczos"]["fps"] is None


def test_measuring_again_replaces_and_keeps_the_others() -> None:
    benchmark(["bicubic", "bilinear"], seconds=0.0)
    benchmark(["bicubic"], seconds=0.0)
    assert [record["id"] for record in speeds()] == ["bilinear", "bicubic"]
    assert set(json.loads(speeds_file().read_text())) == {"speeds"}


def test_an_upscaler_that_cannot_run_has_its_error_and_the_others_their_speed(
    weights_folder: FolderMaker,
) -> None:
    weights_folder("broken", sha256="0" * 64)
    broken, bicubic = benchmark(["broken", "bicubic"], device="cpu", seconds=0.0)
    assert "has SHA-256" in broken["error"]
    assert bicubic["fps"] > 0
    assert [record["id"] for record in speeds()] == ["bicubic"]


def test_unknown_names_and_absent_devices_are_told_before_anything_runs() -> None:
    with pytest.raises(InputError, match="did you mean 'bicubic'"):
        benchmark(["lanczos", "bicubik"], seconds=0.0)
    with pytest.raises(InputError, match="known: auto, cpu, cuda"):
        benchmark(["bicubic"], device="gpu", seconds=0.0)
    assert not speeds_file().exists()
