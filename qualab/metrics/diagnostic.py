"""The contract of diagnostics: what is measured of one clip alone, frame by frame."""

from collections.abc import Callable
from dataclasses import dataclass

from qualab.media.probe import ClipInfo

Rows = list[dict[str, float]]


@dataclass(frozen=True)
class Graph:
    """A chain of FFmpeg's filters on the clip; diagnostics that read the same rows share it.

    `name` is unique and names its log. `filters` holds {log}, and {threads} where the chain takes them. `read` gives
    from the log's text and the count of frames one row a frame.
    """

    name: str
    filters: str
    read: Callable[[str, int], Rows]


def _as_printed(_: ClipInfo) -> float:
    return 1.0


@dataclass(frozen=True)
class Diagnostic:
    """One number of every frame: `key` of the graph's rows, 0 where it has none, times `scale` of the clip."""

    graph: Graph
    key: str
    scale: Callable[[ClipInfo], float] = _as_printed
