"""Values of metrics as a report writes them."""

import math

from qualab.stats.findings import wording
from qualab.study.families import metric_row


def value_of(value: float, metric: str) -> str:
    """Return a metric's value with the decimals that mean something, a dash for what is no number."""
    return wording.decimal(value if math.isfinite(value) else None, metric_row(metric).unit.decimals)


def signed(value: float, metric: str) -> str:
    """Return a difference of a metric with its sign; what rounds to zero has none.

    >>> signed(-1.25, "psnr_y"), signed(3.04, "vmaf"), signed(-0.001, "psnr_y")
    ('−1.25', '+3.0', '0.00')
    """
    return wording.signed(value, metric_row(metric).unit.decimals) if math.isfinite(value) else wording.NONE
