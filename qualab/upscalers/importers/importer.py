"""The contract of importers: what a file of weights from elsewhere holds, as a net that qualab has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING

from qualab.errors import ConfigError
from qualab.study.families import resolve

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Imported:
    """Weights by tensor name, the architecture, scale and settings of the net that they fill, a licence if known."""

    architecture: str
    scale: int
    tensors: "Mapping[str, Tensor]"
    settings: Mapping[str, int] = field(default_factory=dict)
    licence: str = ""


@dataclass(frozen=True)
class Wanted:
    """What the user says of the net; None leaves it to the file. It decides where a file fits several nets."""

    architecture: str | None = None
    scale: int | None = None

    def takes(self, architecture: str, scale: int) -> bool:
        """Say whether a net is what is wanted."""
        return self.architecture in (None, architecture) and self.scale in (None, scale)


ANY = Wanted()


def unreadable(where: str, why: object, *, kind: str) -> ConfigError:
    """Return the error for a file that is not what its ending says; `why` may be of several lines."""
    reason = " ".join(str(why).split())[:160]
    return ConfigError(where, f"is not {kind} ({reason})", "give the whole file as its maker published it")


@dataclass(frozen=True)
class Importer:
    """A kind of file: the endings of its names, its title, and as "package.module:function" what reads one.

    That function takes a path and what is wanted; it returns Imported, and raises ConfigError for a damaged file, one
    that holds code, or a net that is not known. Of files that come as a set, `is_set` says that every ending is there.
    """

    endings: tuple[str, ...]
    title: str
    reader: str
    is_set: bool = False

    def read(self, path: Path, wanted: Wanted) -> Imported:
        """Return what a file holds; loads torch.

        Raises:
            ConfigError: the file is damaged, holds code, or a net that is not known.
        """
        imported = resolve(self.reader, FunctionType)(path, wanted)
        assert isinstance(imported, Imported)
        return imported

    @property
    def names(self) -> list[str]:
        """How files of this kind are called, as a help text lists them."""
        names = [f"NAME{ending}" for ending in self.endings]
        return [" beside ".join(names)] if self.is_set else names

    def files(self, path: Path) -> list[Path]:
        """Return the files that belong to the given one, itself among them."""
        return [path.with_suffix(ending) for ending in self.endings] if self.is_set else [path]
