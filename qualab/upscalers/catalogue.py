"""Finding an upscaler by its name: the classic ones of the table, and every folder of weights."""

from pathlib import Path
from typing import Any

from qualab.config import load_card
from qualab.errors import ConfigError, InputError
from qualab.terms import nearest
from qualab.upscalers import UPSCALERS
from qualab.upscalers.upscaler import Upscaler
from qualab.workspace import weights


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
