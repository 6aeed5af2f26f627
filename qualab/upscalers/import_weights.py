"""`qualab import`: weights from elsewhere as a folder of models/, with a card that says where they come from."""

import hashlib
from pathlib import Path

import torch

from qualab.errors import ConfigError, InputError
from qualab.study.files import replacing_folder, sha256_of
from qualab.study.ids import ID_RULE, is_id
from qualab.upscalers.architectures import Network
from qualab.upscalers.bundled import PACKAGED
from qualab.upscalers.card import Card
from qualab.upscalers.importers import IMPORTERS, Imported, Wanted
from qualab.upscalers.inventory import upscaler_ids, weights_folders
from qualab.upscalers.nets import filled_net
from qualab.upscalers.weights_file import serialised, write_weights

_WIDTH, _HEIGHT = 48, 32


def import_weights(
    file: Path, *, name: str, licence: str = "", architecture: str | None = None, scale: int | None = None
) -> Card:
    """Write the weights of `file` to the first folder of weights as the upscaler `name`; return its card.

    `architecture` and `scale` are what is expected of the net; without `licence` a card beside the file tells it. The
    folder appears complete or not at all, and only after a small picture went through the net.

    Raises:
        InputError: the file is not there or of no known kind, or `name` is taken or no id.
        ConfigError: the file is damaged, holds code, numbers that are not finite, or a net that is not known.
        ToolMissing: reading it needs an extra that is not installed.
    """
    _check_name(name)
    kind = file.suffix.lower()
    if not file.is_file():
        raise InputError(file.name or str(file), "is not a file", "check the path")
    if kind not in IMPORTERS:
        raise InputError(file.name, "is of no known kind", f"give one of {', '.join(IMPORTERS)}")
    try:
        found = IMPORTERS[kind](file, Wanted(architecture, scale))
    except OSError as error:
        raise InputError(file.name, f"cannot be read ({error.strerror})", "check the file and its permission") from None
    _check(found, Wanted(architecture, scale), file.name)
    data = serialised(found.tensors)
    card = _card(file, found, data, name=name, licence=licence)
    _try(filled_net(card, found.tensors, where=file.name), file.name)
    with replacing_folder(weights_folders()[0] / name) as folder:
        write_weights(folder, card, data)
    return card


def _check_name(name: str) -> None:
    if not is_id(name):
        raise InputError(f"id '{name[:80]}'", "cannot name an upscaler", f"use {ID_RULE}")
    if name in PACKAGED or name in upscaler_ids() or (weights_folders()[0] / name).exists():
        raise InputError(f"id '{name}'", "is taken", "choose another one, or remove that folder of weights")


def _check(found: Imported, wanted: Wanted, where: str) -> None:
    if wanted.scale not in (None, found.scale):
        raise ConfigError(where, f"enlarges by {found.scale}, not by {wanted.scale}", f"ask for x{found.scale}")
    if not wanted.takes(found.architecture, found.scale):
        what = f"is {found.architecture}, not {str(wanted.architecture)[:80]}"
        raise ConfigError(where, what, "leave --architecture out")
    for name, value in found.tensors.items():
        if not bool(torch.isfinite(value).all()):
            raise ConfigError(where, f"tensor {name[:80]} is not finite", "restore the file; it is damaged")


def _card(file: Path, found: Imported, data: bytes, *, name: str, licence: str) -> Card:
    return Card.checked(
        file.name,
        id=name,
        architecture=found.architecture,
        scale=found.scale,
        settings=dict(found.settings),
        sha256=hashlib.sha256(data).hexdigest(),
        licence=licence or found.licence or "not stated",
        description=f"imported from {file.name}",
        training={"parameters": sum(value.numel() for value in found.tensors.values())},
        source=_source(file),
    )


def _source(file: Path) -> dict[str, str]:
    """Return the name and SHA-256 of what was read, of both files where it is a pair."""
    files = [file]
    if file.suffix.lower() in (".param", ".bin"):
        files = [file.with_suffix(".param"), file.with_suffix(".bin")]
    names, hashes = [one.name for one in files], [sha256_of(one) for one in files]
    reader = IMPORTERS[file.suffix.lower()].__name__.removeprefix("read_")
    return {"file": " + ".join(names), "sha256": " + ".join(hashes), "importer": reader}


def _try(net: Network, where: str) -> None:
    picture = torch.linspace(0, 1, net.channels * _HEIGHT * _WIDTH).reshape(1, net.channels, _HEIGHT, _WIDTH)
    try:
        with torch.inference_mode():
            made = net(picture)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:120]
        raise ConfigError(where, f"cannot enlarge a picture ({reason})", "give another file of the net") from None
    expected = (1, net.channels, _HEIGHT * net.scale, _WIDTH * net.scale)
    if tuple(made.shape) != expected or not bool(torch.isfinite(made).all()):
        what = f"makes {tuple(made.shape)} of a picture, or numbers that are not finite"
        raise ConfigError(where, what, "give another file of the net")
