"""The row of an architecture: where its network is, in which form, and what `--help` lists of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qualab.study.families import resolve

if TYPE_CHECKING:
    from qualab.upscalers.architectures.network import Network


@dataclass(frozen=True)
class Architecture:
    """One shape of networks; `network` names a Network's class as "package.module:Class", `settings` its arguments.

    Light until it is called: the class loads torch. `is_trainable`: a luma net, which `qualab train` takes.
    """

    network: str
    settings: Mapping[str, object] = field(default_factory=dict)
    is_trainable: bool = True

    def __call__(self, scale: int, **settings: int) -> "Network":
        """Return a net for this scale with fresh weights; `settings` are those of a card.

        Raises:
            TypeError, ValueError: there is no such net.
        """
        from qualab.upscalers.architectures.network import Network

        net = resolve(self.network, type)(scale, **self.settings, **settings)
        if not isinstance(net, Network):
            raise TypeError(f"{self.network} is no Network")
        return net
