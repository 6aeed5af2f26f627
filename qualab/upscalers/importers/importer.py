"""The contract of importers: what a file of weights from elsewhere holds, as a net that qualab has."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from qualab.errors import ConfigError


@dataclass(frozen=True)
class Imported:
    """Weights by tensor name, the architecture, scale and settings of the net that they fill, a licence if known."""

    architecture: str
    scale: int
    tensors: Mapping[str, Tensor]
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
