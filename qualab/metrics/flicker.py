"""Flicker: mean over luma of |y(n) - median(y(n-1), y(n), y(n+1))|, in code values of 8 bits.

It is what leaves the course between its neighbours and returns. Motion across less than a frame's width of an edge does
not count. 0 of the first and the last frame.
"""

from qualab.media.probe import ClipInfo
from qualab.metrics.diagnostic import Diagnostic, Graph, Rows
from qualab.metrics.metadata import metadata_rows

# The median of frames n-1, n, n+1 comes out with the time of the first.
_FILTERS = (
    "extractplanes=y,split[now][all];[now]trim=start_frame=1,setpts=N/FRAME_RATE/TB[next];"
    "[all]tmedian,setpts=N/FRAME_RATE/TB[median];[next][median]msad=shortest=1,metadata=print:file={log}"
)


def _rows(text: str, frames: int) -> Rows:
    return [{}, *metadata_rows(text)[: frames - 2], {}]


def _peak(_: ClipInfo) -> float:
    return 255.0


FLICKER = Diagnostic(Graph("msad", _FILTERS, _rows), "Y", _peak)
