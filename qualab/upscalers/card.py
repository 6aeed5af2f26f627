"""card.toml of weights: what may stand in it, and reading it."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from qualab.study.toml import Frozen, Id, load

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


# A table of numbers and words, which cards of other versions may have more of.
Entry = dict[str, Any]


class Card(Frozen):
    """card.toml of weights: what they are, from what they were made, what they gain.

    `settings` are those of an architecture that comes in several sizes, `source` says where imported weights are from.
    """

    id: Id
    architecture: str
    scale: int = Field(ge=1, le=8)
    sha256: Sha256
    licence: str
    description: str = ""
    settings: dict[str, Annotated[int, Field(ge=1, le=1024)]] = Field(default={})
    source: dict[str, str] = Field(default={})
    training: Entry = Field(default={})
    material: tuple[Entry, ...] = ()
    gain: tuple[Entry, ...] = ()


def load_card(path: Path) -> Card:
    """Read and check a card.toml; raises ConfigError as load_study does."""
    return load(path, Card)
