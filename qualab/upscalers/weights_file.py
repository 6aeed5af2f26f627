"""Weights on disk: tensors in, tensors out, whole or not at all."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as parse
from safetensors.torch import save

from qualab.errors import ConfigError
from qualab.study.config import dump
from qualab.study.files import replacing, storage, write_text
from qualab.upscalers.card import Card

FILE = "weights.safetensors"


# Nets that spandrel knows: it finds the shape of such a net in its tensors.
FOREIGN = "spandrel"


MAX_BYTES = 1_000_000_000


Tensors = Mapping[str, torch.Tensor]


def read_tensors(data: bytes, *, where: str) -> dict[str, torch.Tensor]:
    """Return the tensors of a safetensors file; ConfigError, addressed to `where`, if it is none."""
    try:
        return parse(data)
    except (SafetensorError, ValueError, KeyError, OverflowError) as error:
        reason = " ".join(str(error).split())[:120]
        raise ConfigError(where, f"is not a safetensors file ({reason})", "restore or train it again") from None


def write_weights(folder: Path, card: Card, data: bytes) -> None:
    """Write weights and their card into a folder."""
    with replacing(folder / FILE) as part, storage(folder / FILE):
        part.write_bytes(data)
    write_text(folder / "card.toml", dump(card))


def serialised(tensors: Tensors) -> bytes:
    """Return tensors as a safetensors file, each in memory of its own."""
    return save({name: value.detach().cpu().clone().contiguous() for name, value in tensors.items()})
