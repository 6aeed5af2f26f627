"""The report's plotly figures as SVG, drawn by plotly.js in one headless Chrome that kaleido drives."""

import asyncio
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING

import plotly
import plotly.graph_objects as go
import psutil

from qualab.errors import ToolMissing

if TYPE_CHECKING:
    from kaleido import Kaleido, PageGenerator

# Higher than this no figure fits on a page with its caption.
_MOST_HEIGHT = 980
# Chrome measures texts in the first of these fonts that the machine has, and typst sets them in the same one.
FONT = {"family": "'Noto Sans', 'DejaVu Sans', 'Liberation Sans', Arial, Helvetica, sans-serif", "color": "#2b3138"}
# Chrome starts, and draws a figure, in a second or two; on a very busy machine in twenty.
_PATIENCE_S = 60.0
_HINT = "install Chrome or Chromium, or name it in QUALAB_CHROME; the HTML report prints the same"

_Drawn = Queue[bytes | BaseException]


def svgs_of(figures: Sequence[tuple[go.Figure, int]]) -> list[str]:
    """Return each figure as one SVG that refers to nothing outside itself.

    Args:
        figures: figures with their widths in pixels.

    Raises:
        ToolMissing: kaleido or Chrome is not there, or Chrome does not answer.
    """
    if not figures:
        return []
    with _drawing(figures) as drawn:
        return [_next(drawn) for _ in range(len(figures))]


@contextmanager
def _drawing(figures: Sequence[tuple[go.Figure, int]]) -> Iterator[_Drawn]:
    """Yield the queue into which the figures come in order, or what kept one from coming; Chrome has ended afterwards.

    kaleido runs in a thread: one that waits for a Chrome which hangs cannot be cancelled, only left.
    """
    try:
        from kaleido import Kaleido
        from kaleido.errors import ChromeNotFoundError
    except ImportError:
        raise ToolMissing("kaleido", "is not installed, and PDF needs it", "pip install 'qualab[pdf]'") from None
    # What is wrong is raised; what is logged besides would be a second line of errors.
    logging.getLogger("choreographer").setLevel(logging.CRITICAL)
    try:
        chrome = Kaleido(path=os.environ.get("QUALAB_CHROME"), page_generator=_page(), timeout=None)
    except ChromeNotFoundError:
        raise ToolMissing("Chrome", "is not there, and the charts of a PDF need it", _HINT) from None
    drawn: _Drawn = Queue()
    thread = Thread(target=lambda: asyncio.run(_draw(chrome, figures, drawn)), daemon=True)
    thread.start()
    try:
        yield drawn
        thread.join(_PATIENCE_S)
    finally:
        if thread.is_alive():
            _kill(chrome.subprocess.pid)
            thread.join(5)


def _page() -> "PageGenerator":
    """Return the maker of the page that draws: plotly.js comes from the plotly package, nothing from the network."""
    from kaleido import PageGenerator

    script = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    return PageGenerator(plotly=script.as_uri(), mathjax=False)


async def _draw(chrome: "Kaleido", figures: Sequence[tuple[go.Figure, int]], drawn: _Drawn) -> None:
    try:
        async with chrome:
            for figure, width in figures:
                drawn.put(await chrome.calc_fig(_on_paper(figure), opts={"format": "svg", "width": width}))
    except (Exception, asyncio.CancelledError) as error:
        drawn.put(error)


def _on_paper(figure: go.Figure) -> dict[str, object]:
    """Return a figure in JSON's types with inks for white paper, where no style sheet sets them."""
    content = figure.to_plotly_json()
    layout = content["layout"]
    height = min(layout.get("height") or 300, _MOST_HEIGHT)
    return {**content, "layout": {**layout, "height": height, "font": {**layout.get("font", {}), **FONT}}}


def _next(drawn: _Drawn) -> str:
    try:
        svg = drawn.get(timeout=_PATIENCE_S)
    except Empty:
        raise ToolMissing("Chrome", f"has drawn nothing for {_PATIENCE_S:g} s", _HINT) from None
    if isinstance(svg, bytes):
        return svg.decode()
    from kaleido.errors import BrowserClosedError, BrowserFailedError

    # These come of a Chrome that ends or never starts; whatever is wrong with a figure has another type.
    gone = (BrowserClosedError, BrowserFailedError, asyncio.CancelledError, OSError)
    raise ToolMissing("Chrome", "does not start, or ended while it drew", _HINT) if isinstance(svg, gone) else svg


def _kill(pid: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for each in (*process.children(recursive=True), process):
            with suppress(psutil.NoSuchProcess):
                each.kill()
