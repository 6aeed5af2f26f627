"""The contract of upscalers: what makes pictures bigger."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from qualab.config import load_card
from qualab.errors import ConfigError, InputError
from qualab.media.frames import Picture
from qualab.terms import nearest
from qualab.workspace import weights


class Upscaler(ABC):
    """Makes pictures bigger; one object serves clips of any size, one after the other."""

    id: str

    @abstractmethod
    def identity(self) -> dict[str, str | int]:
        """Return everything that changes the pixels, for cache keys and provenance."""

    @abstractmethod
    def upscale(self, pictures: Iterable[Picture], *, target: tuple[int, int]) -> Iterator[Picture]:
        """Yield each picture at exactly `target` = (width, height) in luma samples, both even.

        Pictures are taken from the input as they are needed and not kept, so memory does not grow with the clip.

        Raises:
            InputError: `target` is odd or not positive.
        """


def check_target(target: tuple[int, int]) -> None:
    """Raise InputError where no 4:2:0 picture can have the size `target`."""
    if min(target) < 2 or any(side % 2 for side in target):
        size = "x".join(map(str, target))
        raise InputError(f"target {size}", "is no size of a 4:2:0 picture", "use even width and height")


def load(name: str, *, device: str = "auto") -> Upscaler:
    """Return the upscaler `name`: a classic one, or weights from a folder of models/.

    `device` is auto, cpu or cuda; classic upscalers run on the CPU in any case.

    >>> load("bicubic").identity()["kind"]
    'classic'

    Raises:
        InputError: there is no such upscaler, or no such device name.
        ConfigError: its card or weights are wrong; no pickled file is ever opened.
        ToolMissing: `device` is not there.
    """
    from qualab.upscalers import UPSCALERS

    if name in UPSCALERS:
        return UPSCALERS[name]
    found = weights()
    if name not in found:
        raise InputError(f"upscaler '{name[:80]}'", "does not exist", nearest(name[:80], [*UPSCALERS, *found]))
    # Loading torch takes seconds, which the classic ones need not wait for.
    from qualab.upscalers.network import NetworkUpscaler

    return NetworkUpscaler(found[name], device=device)


def describe_all() -> list[dict[str, Any]]:
    """Return one row per upscaler that can be used here, as `qualab upscalers` lists them; loads no torch.

    Weights whose card cannot be read have `error` instead of what the card would say.
    """
    from qualab.upscalers import UPSCALERS

    rows: list[dict[str, Any]] = [
        {"id": name, "kind": "classic", "scale": None, "architecture": None, "licence": None, "parameters": None}
        | {"gain": [], "description": f"swscale {name}"}
        for name in UPSCALERS
    ]
    return rows + [_described(name, folder) for name, folder in weights().items()]


def _described(name: str, folder: Path) -> dict[str, Any]:
    row: dict[str, Any] = {"id": name, "kind": "network"}
    try:
        card = load_card(folder / "card.toml")
    except ConfigError as error:
        return row | {"error": str(error)}
    return row | {
        "scale": card.scale,
        "architecture": card.architecture,
        "licence": card.licence,
        "parameters": card.training.get("parameters"),
        "gain": list(card.gain),
        "description": card.description,
    }
