"""swscale: from one picture size and pixel format to another, with nothing shifted at odd sizes."""

from dataclasses import replace
from fractions import Fraction
from math import gcd

import av

from qualab.media.picture import Picture, Plane, extended, plane_views, to_frame
from qualab.media.pixel_formats import PIXEL_FORMATS

# Accurate rounding and full chroma make swscale's result the same on every processor.
SWS_FLAGS = "accurate_rnd+full_chroma_int+bitexact"

Size = tuple[int, int]


class Scaler:
    """swscale from one picture size to another; `method` is bilinear, bicubic or lanczos, `flags` what is recorded.

    Takes pictures of `pix_fmt` and gives them as `to` (the same by default). Chroma is taken to lie in the middle of
    the luma samples it covers, as swscale takes it unless told otherwise. Code values keep their range and matrix; 8
    bits become 10 times 4, 10 become 8 with swscale's ordered dither.
    """

    def __init__(self, source: Size, target: Size, method: str, *, pix_fmt: str = "yuv420p", to: str | None = None):
        self.flags = f"{method}+{SWS_FLAGS}"
        self._pix_fmt, self._to = pix_fmt, to or pix_fmt
        layouts = PIXEL_FORMATS[pix_fmt], PIXEL_FORMATS[self._to]
        chroma = layouts[0].chroma_size(*source), layouts[1].chroma_size(*target)
        across, down = (
            _exact(chroma[0][axis], chroma[1][axis], target[axis] << shifts[0], source[axis] << shifts[1])
            for axis, shifts in enumerate([(layouts[0].dx, layouts[1].dx), (layouts[0].dy, layouts[1].dy)])
        )
        padded = (across[0], down[0]), (across[1], down[1])
        self._graph = SwsGraph(source, target, f"flags={self.flags}", pix_fmt, self._to)
        self._chroma: SwsGraph | None = None
        if padded != chroma:
            grey = [f"gray{'10le' if layout.bits == 10 else ''}" for layout in layouts]
            self._chroma = SwsGraph(*padded, f"flags={self.flags}", *grey)

    def __call__(self, picture: Picture) -> Picture:
        """Return the picture at the target size and in the target format."""
        if picture.pix_fmt != self._pix_fmt:
            raise ValueError(f"a scaler of {self._pix_fmt} was given {picture.pix_fmt}")
        y, u, v = self._graph((picture.y, picture.u, picture.v))
        if self._chroma:
            kept = slice(u.shape[0]), slice(u.shape[1])
            u, v = (self._chroma((extended(plane, self._chroma.source),))[0][kept] for plane in (picture.u, picture.v))
        return replace(picture, y=y, u=u, v=v, pix_fmt=self._to)


class SwsGraph:
    """One configured swscale: planes of the `source` size and format in, planes of the `target` ones out."""

    def __init__(self, source: Size, target: Size, options: str, pix_fmt: str, to: str) -> None:
        self.source, self._pix_fmt, self._count = source, pix_fmt, 0
        self._graph = av.filter.Graph()
        first = self._graph.add_buffer(
            width=source[0], height=source[1], format=av.VideoFormat(pix_fmt), time_base=Fraction(1, 1000)
        )
        nodes = [first, self._graph.add("scale", f"{target[0]}:{target[1]}:{options}")]
        nodes += [self._graph.add("format", f"pix_fmts={to}"), self._graph.add("buffersink")]
        self._graph.link_nodes(*nodes)
        self._graph.configure()

    def __call__(self, planes: tuple[Plane, ...]) -> list[Plane]:
        """Return one frame's planes at the target's size and in its format."""
        frame = to_frame(planes, self._pix_fmt)
        frame.pts = self._count
        self._count += 1
        self._graph.push(frame)
        return plane_views(self._graph.vpull())


def _exact(source: int, target: int, numerator: int, denominator: int) -> tuple[int, int]:
    """Return the sizes, at least `source` and `target`, whose ratio is target to source as numerator to denominator.

    swscale takes the ratio of chroma from its own rounded-up sizes: at odd sizes that is not luma's, and chroma would
    drift by up to a luma sample. Planes padded to the size returned are scaled in the true ratio.
    """
    common = gcd(numerator, denominator)
    times = max(-(-source * common // denominator), -(-target * common // numerator))
    return times * denominator // common, times * numerator // common
