"""Weights on disk: read whole, compared with their card, never unpickled."""

import hashlib
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as parse

from qualab.config import Card, load_card
from qualab.errors import ConfigError
from qualab.terms import nearest
from qualab.upscalers.architectures import ARCHITECTURES, Network

FILE = "weights.safetensors"
_MAX_BYTES = 1_000_000_000


def load_net(folder: Path) -> tuple[Card, Network]:
    """Return the card of a weights folder and its net, on the CPU in float32.

    Raises:
        ConfigError: the card is wrong, or the file is not what the card says: other bytes, other shapes, no tensors.
    """
    card = load_card(folder / "card.toml")
    where = f"{folder.name}/card.toml"
    if card.id != folder.name:
        raise ConfigError(f"{where}: id", f"is '{card.id}' in the folder '{folder.name}'", "make them equal")
    if card.architecture not in ARCHITECTURES:
        mend = nearest(card.architecture, ARCHITECTURES)
        raise ConfigError(f"{where}: architecture", f"is '{card.architecture[:80]}'", mend)
    net = ARCHITECTURES[card.architecture](card.scale)
    _fill(net, _read(folder, card), f"{folder.name}/{FILE}", f"{card.architecture} x{card.scale}")
    return card, net.eval().requires_grad_(False)


def _read(folder: Path, card: Card) -> dict[str, torch.Tensor]:
    where, path = f"{folder.name}/{FILE}", folder / FILE
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigError(where, f"is larger than {_MAX_BYTES} bytes", "give the weights of the card's net")
        data = path.read_bytes()
    except FileNotFoundError:
        mend = "put it there; pickled files (.pth, .pt) are never opened"
        raise ConfigError(where, "does not exist", mend) from None
    except OSError as error:
        raise ConfigError(where, f"cannot be read ({error.strerror})", "check the file and its permission") from None
    found = hashlib.sha256(data).hexdigest()
    if found != card.sha256:
        what = f"has SHA-256 {found[:12]}..., the card says {card.sha256[:12]}..."
        raise ConfigError(where, what, "restore the file the card was made for")
    try:
        return parse(data)
    except (SafetensorError, ValueError, KeyError, OverflowError) as error:
        reason = " ".join(str(error).split())[:120]
        raise ConfigError(where, f"is not a safetensors file ({reason})", "restore or train it again") from None


def _fill(net: Network, tensors: dict[str, torch.Tensor], where: str, kind: str) -> None:
    expected = {name: tuple(value.shape) for name, value in net.state_dict().items()}
    found = {name: tuple(value.shape) for name, value in tensors.items()}
    for name in sorted(expected | found):
        if expected.get(name) != found.get(name):
            what = f"tensor {name[:80]} is {found.get(name, 'missing')}, {kind} has {expected.get(name, 'none')}"
            raise ConfigError(where, what, "correct architecture and scale in the card, or the file")
        if not tensors[name].is_floating_point():
            raise ConfigError(where, f"tensor {name[:80]} is {tensors[name].dtype}", "store floating point weights")
    net.load_state_dict(tensors)
