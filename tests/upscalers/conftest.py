"""Pictures with edges, lines and texture, and weights folders, made by code."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save

from qualab.media.frames import Picture, Plane
from qualab.study.config import dump
from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.card import Card

SceneMaker = Callable[..., Picture]
FolderMaker = Callable[..., Path]


@pytest.fixture(autouse=True)
def _generator_of_its_own() -> Iterator[None]:
    """Give every test torch's generator in one state and the next test the former: new nets draw weights from it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def dead_leaves(width: int, height: int, seed: int) -> Plane:
    """Return luma of random discs lying over each other: edges at all angles and contrasts, as photographs have."""
    generator = np.random.default_rng(seed)
    row, column = np.mgrid[0:height, 0:width]
    luma = np.full((height, width), 128.0)
    for _ in range(width * height // 150):
        radius = 2 * min(width, height) / 6 / generator.uniform(1, 12)
        middle = generator.uniform(0, (height, width))
        inside = (row - middle[0]) ** 2 + (column - middle[1]) ** 2 < radius**2
        shade = np.sin(row[inside] * generator.uniform(0, 1.5) + column[inside] * generator.uniform(0, 1.5))
        luma[inside] = generator.uniform(30, 220) + 8 * shade
    return np.clip(luma.round(), 16, 235).astype(np.uint8)


def make_scene(width: int, height: int, *, seed: int = 1) -> Picture:
    """Return a picture with textured luma and smooth chroma."""
    ramp = np.linspace(90, 160, -(-width // 2)).round().astype(np.uint8)
    u = np.tile(ramp, (-(-height // 2), 1))
    return Picture(dead_leaves(width, height, seed), u, u[:, ::-1])


def make_weights(folder: Path, *, data: bytes | None = None, **card: object) -> Path:
    """Write a weights folder: random weights of an architecture, or any bytes with a card that vouches for them."""
    settings = {"architecture": "lite", "scale": 2, "licence": "none", "id": folder.name} | card
    if data is None:
        torch.manual_seed(1)
        net = ARCHITECTURES[str(settings["architecture"])](int(str(settings["scale"])))
        torch.nn.init.normal_(
            [layer for layer in net.modules() if isinstance(layer, torch.nn.Conv2d)][-1].weight, std=0.01
        )
        net.settle()
        data = save({name: value.contiguous() for name, value in net.state_dict().items()})
    folder.mkdir(parents=True)
    (folder / "weights.safetensors").write_bytes(data)
    settings.setdefault("sha256", hashlib.sha256(data).hexdigest())
    (folder / "card.toml").write_text(dump(Card.model_validate(settings)), encoding="utf-8")
    return folder


class Bomb:
    """A pickle that makes a file where it is loaded."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch '{self.marker}'",)


@pytest.fixture
def bomb() -> Callable[[Path], object]:
    return Bomb


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Keep torch to one thread: pictures this small gain nothing from more, and a busy machine slows them down."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def scene() -> SceneMaker:
    return make_scene


@pytest.fixture
def weights_folder(tmp_path: Path) -> FolderMaker:
    return lambda name="own", **options: make_weights(tmp_path / "models" / name, **options)
