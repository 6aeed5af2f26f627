"""Weights on disk: read whole, compared with their card, never unpickled; written whole or not at all."""

import hashlib
from pathlib import Path

import torch

from qualab.errors import ConfigError
from qualab.study.ids import nearest
from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.architectures.network import Network
from qualab.upscalers.bundled import Packaged
from qualab.upscalers.card import Card, load_card
from qualab.upscalers.weights_file import FILE, FOREIGN, MAX_BYTES, Tensors, read_tensors


def load_net(source: Path | Packaged) -> tuple[Card, Network]:
    """Return the card of a folder of weights, or of weights that another package carries, and the net, in float32.

    Raises:
        ConfigError: the card is wrong, or the file is not what the card says: other bytes, other shapes, no tensors.
        ToolMissing: the package that the weights need is not there.
    """
    if isinstance(source, Packaged):
        return _packaged_net(source)
    card = load_card(source / "card.toml")
    where = f"{source.name}/card.toml"
    if card.id != source.name:
        raise ConfigError(f"{where}: id", f"is '{card.id}' in the folder '{source.name}'", "make them equal")
    _check_architecture(card, where)
    return card, filled_net(card, _read(source, card), where=f"{source.name}/{FILE}")


def filled_net(card: Card, tensors: Tensors, *, where: str) -> Network:
    """Return the net that a card describes with its weights; ConfigError, addressed to `where`, if they do not fit."""
    _check_architecture(card, where)
    if card.architecture == FOREIGN:
        # spandrel is an extra, and takes seconds to load.
        from qualab.upscalers.importers.spandrel import spandrel_net

        net: Network = spandrel_net(tensors, where=where)
        if net.scale != card.scale:
            hint = "correct the scale in the card"
            raise ConfigError(where, f"enlarges by {net.scale}, the card says {card.scale}", hint)
        return net.eval().requires_grad_(False)
    # Without memory first: settings that no file of weights fills must not fill the memory either.
    with torch.device("meta"):
        _compare(_built(card), tensors, where, f"{card.architecture} x{card.scale}")
    net = _built(card)
    net.load_state_dict(dict(tensors))
    return net.eval().requires_grad_(False)


def _packaged_net(entry: Packaged) -> tuple[Card, Network]:
    from qualab.upscalers.importers.ncnn import read_ncnn

    card = entry.card()
    return card, filled_net(card, read_ncnn(entry.path).tensors, where=entry.path.name)


def _check_architecture(card: Card, where: str) -> None:
    if card.architecture not in (*ARCHITECTURES, FOREIGN):
        hint = nearest(card.architecture, ARCHITECTURES)
        raise ConfigError(f"{where}: architecture", f"is '{card.architecture[:80]}'", hint)


def _built(card: Card) -> Network:
    try:
        # Weights are read from a file: those drawn first must not change what the caller draws next.
        with torch.random.fork_rng(devices=[]):
            return ARCHITECTURES[card.architecture](card.scale, **card.settings)
    except (TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:120]
        what = f"gives no {card.architecture} x{card.scale} ({reason})"
        raise ConfigError(f"{card.id}/card.toml: settings", what, "correct scale and settings") from None


def _read(folder: Path, card: Card) -> dict[str, torch.Tensor]:
    where, path = f"{folder.name}/{FILE}", folder / FILE
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(where, f"is larger than {MAX_BYTES} bytes", "give the weights of the card's net")
        data = path.read_bytes()
    except FileNotFoundError:
        hint = "put it there; pickled files (.pth, .pt) are never opened"
        raise ConfigError(where, "does not exist", hint) from None
    except OSError as error:
        raise ConfigError(where, f"cannot be read ({error.strerror})", "check the file and its permission") from None
    digest = hashlib.sha256(data).hexdigest()
    if digest != card.sha256:
        what = f"has SHA-256 {digest[:12]}..., the card says {card.sha256[:12]}..."
        raise ConfigError(where, what, "restore the file the card was made for")
    return read_tensors(data, where=where)


def _compare(net: Network, tensors: Tensors, where: str, kind: str) -> None:
    expected = {name: tuple(value.shape) for name, value in net.state_dict().items()}
    shapes = {name: tuple(value.shape) for name, value in tensors.items()}
    for name in sorted(expected | shapes):
        if expected.get(name) != shapes.get(name):
            what = f"tensor {name[:80]} is {shapes.get(name, 'missing')}, {kind} has {expected.get(name, 'none')}"
            raise ConfigError(where, what, "correct architecture and scale in the card, or the file")
        if not tensors[name].is_floating_point():
            raise ConfigError(where, f"tensor {name[:80]} is {tensors[name].dtype}", "store floating point weights")
