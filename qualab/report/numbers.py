"""Numbers as a report writes them."""

import math

from qualab.study.families import metric_row

MINUS = "−"
NONE = "–"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it must be.

    >>> counted(1, "clip"), counted(1200, "vote")
    ('1 clip', '1,200 votes')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def value_of(value: float, metric: str) -> str:
    """Return a metric's value with the decimals that mean something."""
    return NONE if not math.isfinite(value) else f"{value:.{metric_row(metric).unit.decimals}f}".replace("-", MINUS)


def signed(value: float, metric: str) -> str:
    """Return a difference of a metric with its sign; what rounds to zero has none.

    >>> signed(-1.25, "psnr_y"), signed(3.04, "vmaf"), signed(-0.001, "psnr_y")
    ('−1.25', '+3.0', '0.00')
    """
    if not math.isfinite(value):
        return NONE
    rounded = round(value, metric_row(metric).unit.decimals) + 0.0
    return f"{rounded:{'+' if rounded else ''}.{metric_row(metric).unit.decimals}f}".replace("-", MINUS)


def percent(share: float | None) -> str:
    """Return a share of one as a whole percentage."""
    return NONE if share is None else f"{100 * share:.0f}%"


def interval(ci: tuple[float, float] | None) -> str:
    """Return an interval of shares."""
    return NONE if ci is None else f"{100 * ci[0]:.0f}–{100 * ci[1]:.0f}%"


def p_text(p_value: float | None) -> str:
    """Return a p-value with two figures.

    >>> p_text(0.0385742), p_text(1.3e-11), p_text(1.0)
    ('0.039', '< 0.0001', '1.00')
    """
    if p_value is None:
        return NONE
    if p_value < 0.0001:
        return "< 0.0001"
    return f"{p_value:.2f}" if p_value >= 0.1 else f"{p_value:.2g}" if p_value >= 0.001 else f"{p_value:.4f}"
