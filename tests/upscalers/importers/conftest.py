"""RGB pictures, and the engines that the imported nets come from."""

import importlib
import os
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

RgbMaker = Callable[..., NDArray[np.uint8]]


@pytest.fixture
def rgb(scene: Callable[..., Any]) -> RgbMaker:
    """Return a function that makes an array (height, width, 3) with edges and texture, other ones in each colour."""

    def make(width: int, height: int) -> NDArray[np.uint8]:
        return np.stack([scene(width, height, seed=seed).y for seed in (1, 2, 3)], axis=-1)

    return make


@pytest.fixture
def engine() -> Callable[[str], ModuleType]:
    """Return a function that imports an engine; it skips where a library of the system is missing.

    QUALAB_REQUIRE=engines forbids the skip. The packages themselves come with the extra `test`.
    """

    def find(name: str) -> ModuleType:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            raise
        except ImportError as error:
            if "engines" in os.environ.get("QUALAB_REQUIRE", "").split(","):
                pytest.fail(f"QUALAB_REQUIRE names engines, and {name} does not start: {error}")
            pytest.skip(f"{name} does not start here: {error}")

    return find
