"""The contract of export formats: a net with its card in, one file for another tool out."""

from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING

from qualab.study.families import resolve

if TYPE_CHECKING:
    from qualab.upscalers.architectures.network import Network
    from qualab.upscalers.card import Card


@dataclass(frozen=True)
class Format:
    """One format: its title, the suffix of its files, and as "package.module:function" what writes one.

    That function takes the net in float32 on the CPU, its card and a path; it returns the line that says how the file
    is used, and raises InputError where the format cannot express the net, ToolMissing where a package is not there.
    """

    title: str
    suffix: str
    writer: str

    def write(self, net: "Network", card: "Card", path: Path) -> str:
        """Write a file of this format and return how it is used; loads torch.

        Raises:
            InputError: the format cannot express the net.
            ToolMissing: a package is not there.
        """
        return str(resolve(self.writer, FunctionType)(net, card, path))
