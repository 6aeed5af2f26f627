"""SSIM of FFmpeg's filter, all planes."""

import re

from qualab.metrics.metric import PAIRED, Measurement, Metric, Request


def _filters(request: Request) -> str:
    return f"ssim='{request.log}':{PAIRED}"


def _rows(text: str) -> list[dict[str, float]]:
    """Read lines such as `n:1 Y:0.937213 U:0.961733 V:0.945788 All:0.948245 (12.860441)`."""
    return [{"ssim_avg": float(value)} for value in re.findall(r"All:(\S+)", text)]


SSIM = Metric(Measurement("ssim", "ssim", _filters, _rows), lambda row, _: row["ssim_avg"])
