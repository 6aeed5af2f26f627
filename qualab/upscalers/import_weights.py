"""`qualab import`: weights from elsewhere as a folder of models/, with a card that says where they come from."""

import hashlib
from pathlib import Path

import torch

from qualab.errors import ConfigError, InputError
from qualab.study.files import replacing_folder, sha256_of
from qualab.study.ids import ID_RULE, is_id
from qualab.upscalers.architectures.network import Network
from qualab.upscalers.bundled import PACKAGED
from qualab.upscalers.card import Card
from qualab.upscalers.importers import IMPORTERS
from qualab.upscalers.importers.importer import Imported, Importer, Wanted
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
    if not file.is_file():
        raise InputError(file.name or str(file), "is not a file", "check the path")
    importer = _importer(file)[1]
    try:
        imported = importer.read(file, Wanted(architecture, scale))
    except OSError as error:
        raise InputError(file.name, f"cannot be read ({error.strerror})", "check the file and its permission") from None
    _check(imported, Wanted(architecture, scale), file.name)
    data = serialised(imported.tensors)
    card = _card(file, imported, data, name=name, licence=licence)
    _try(filled_net(card, imported.tensors, where=file.name), file.name)
    with replacing_folder(weights_folders()[0] / name) as folder:
        write_weights(folder, card, data)
    return card


def _importer(file: Path) -> tuple[str, Importer]:
    """Return the importer of a file's ending, and its name."""
    for name, importer in IMPORTERS.items():
        if file.suffix.lower() in importer.endings:
            return name, importer
    endings = [ending for importer in IMPORTERS.values() for ending in importer.endings]
    raise InputError(file.name, "is of no known kind", f"give one of {', '.join(endings)}")


def _check_name(name: str) -> None:
    if not is_id(name):
        raise InputError(f"id '{name[:80]}'", "cannot name an upscaler", f"use {ID_RULE}")
    if name in PACKAGED or name in upscaler_ids() or (weights_folders()[0] / name).exists():
        raise InputError(f"id '{name}'", "is taken", "choose another one, or remove that folder of weights")


def _check(imported: Imported, wanted: Wanted, where: str) -> None:
    if wanted.scale not in (None, imported.scale):
        raise ConfigError(where, f"enlarges by {imported.scale}, not by {wanted.scale}", f"ask for x{imported.scale}")
    if not wanted.takes(imported.architecture, imported.scale):
        what = f"is {imported.architecture}, not {str(wanted.architecture)[:80]}"
        raise ConfigError(where, what, "leave --architecture out")
    for name, value in imported.tensors.items():
        if not bool(torch.isfinite(value).all()):
            raise ConfigError(where, f"tensor {name[:80]} is not finite", "restore the file; it is damaged")


def _card(file: Path, imported: Imported, data: bytes, *, name: str, licence: str) -> Card:
    return Card.checked(
        file.name,
        id=name,
        architecture=imported.architecture,
        scale=imported.scale,
        settings=dict(imported.settings),
        sha256=hashlib.sha256(data).hexdigest(),
        licence=licence or imported.licence or "not stated",
        description=f"imported from {file.name}",
        training={"parameters": sum(value.numel() for value in imported.tensors.values())},
        source=_source(file),
    )


def _source(file: Path) -> dict[str, str]:
    """Return the name and SHA-256 of what was read, of every file where they come as a set."""
    kind, importer = _importer(file)
    files = importer.files(file)
    names, hashes = [path.name for path in files], [sha256_of(path) for path in files]
    return {"file": " + ".join(names), "sha256": " + ".join(hashes), "importer": kind}


def _try(net: Network, where: str) -> None:
    picture = torch.linspace(0, 1, net.channels * _HEIGHT * _WIDTH).reshape(1, net.channels, _HEIGHT, _WIDTH)
    try:
        with torch.inference_mode():
            output = net(picture)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:120]
        raise ConfigError(where, f"cannot enlarge a picture ({reason})", "give another file of the net") from None
    expected = (1, net.channels, _HEIGHT * net.scale, _WIDTH * net.scale)
    if tuple(output.shape) != expected or not bool(torch.isfinite(output).all()):
        what = f"makes {tuple(output.shape)} of a picture, or numbers that are not finite"
        raise ConfigError(where, what, "give another file of the net")
