"""XPSNR of FFmpeg's filter."""

import re

from qualab.media.probe import ClipInfo
from qualab.metrics.metric import PAIRED, Measurement, Metric, Request, Row


def _filters(request: Request) -> str:
    return f"xpsnr=stats_file='{request.log}':{PAIRED}"


def _rows(text: str) -> list[dict[str, float]]:
    """Read lines such as `n:    1  XPSNR y: 51.5108  XPSNR u: 54.7219  XPSNR v: 60.4820`."""
    lines = [line for line in text.splitlines() if line.startswith("n:")]
    return [{plane: float(value) for plane, value in re.findall(r"XPSNR (\w): *(\S+)", line)} for line in lines]


def _weighted(row: Row, _: ClipInfo) -> float:
    """Return the planes' XPSNR weighted as its authors do: (4 Y + U + V) / 6 of the dB."""
    return (4 * row["y"] + row["u"] + row["v"]) / 6


XPSNR = Metric(Measurement("xpsnr", "xpsnr", _filters, _rows), _weighted)
