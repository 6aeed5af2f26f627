"""safetensors files as nets."""

from pathlib import Path

from qualab.errors import ConfigError
from qualab.study.files import sha256_of
from qualab.upscalers.card import load_card
from qualab.upscalers.importers.importer import ANY, Imported, Wanted
from qualab.upscalers.importers.recognition import check_size, recognised
from qualab.upscalers.weights_file import read_tensors


def read_safetensors(path: Path, wanted: Wanted = ANY) -> Imported:
    """Return the net of a safetensors file: what the card beside it says, else what its tensors fit."""
    check_size(path)
    tensors = read_tensors(path.read_bytes(), where=path.name)
    beside = path.with_name("card.toml")
    if not beside.is_file():
        return recognised(tensors, path.name, wanted)
    card = load_card(beside)
    if card.sha256 != sha256_of(path):
        raise ConfigError(path.name, "has another SHA-256 than the card.toml beside it says", "restore that file")
    return Imported(card.architecture, card.scale, tensors, card.settings, card.licence)
