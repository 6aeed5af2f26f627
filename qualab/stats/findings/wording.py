"""How numbers are put into words, everywhere: counts, percentages, intervals, p-values."""

from qualab.stats.result import Result

NONE, MINUS = "–", "−"


def pluralize(n: int, word: str) -> str:
    """Return a number with its word, in the plural where it must be.

    >>> pluralize(1, "vote"), pluralize(1200, "vote")
    ('1 vote', '1,200 votes')
    """
    return f"{n:,} {word}" if n == 1 else f"{n:,} {word}s"


def percent(share: float | None) -> str:
    """Return a share of one in whole percent, never 0% or 100% where it is neither; a dash for None.

    >>> percent(0.834), percent(0.999), percent(0.99999), percent(1.0)
    ('83%', '99.9%', 'over 99.9%', '100%')
    """
    if share is None:
        return NONE
    whole = f"{100 * share:.0f}%"
    if whole not in ("0%", "100%") or share in (0, 1):
        return whole
    if share < 0.0005:
        return "under 0.1%"
    return f"{100 * share:.1f}%" if share < 0.9995 else "over 99.9%"


def percent_range(ci: tuple[float, float] | None) -> str:
    """Return an interval of shares, a dash for None.

    >>> percent_range((0.6152, 1.0))
    '62% to 100%'
    """
    return NONE if ci is None else f"{percent(ci[0])} to {percent(ci[1])}"


def level(alpha: float) -> str:
    """Return the level of an interval.

    >>> level(0.05)
    '95%'
    """
    return f"{100 * (1 - alpha):g}%"


def interval(result: Result) -> str:
    """Return the interval of a result's share with its level, from 0% to 100% where there is none."""
    return f"{level(result.alpha)} interval {percent_range(result.ci or (0.0, 1.0))}"


def p_text(p_value: float | None) -> str:
    """Return a p-value with two figures, never 0; a dash for None.

    >>> [p_text(p) for p in (0.21875, 0.05, 0.0385742, 1.3e-11, 1.0)]
    ['0.22', '0.050', '0.039', '< 0.001', '1.00']
    """
    if p_value is None:
        return NONE
    return "< 0.001" if p_value < 0.001 else f"{p_value:#.2g}" if p_value < 0.0995 else f"{p_value:.2f}"


def p_phrase(p_value: float) -> str:
    """Return a p-value as a sentence has it.

    >>> p_phrase(0.0385742), p_phrase(1.3e-11)
    ('p = 0.039', 'p < 0.001')
    """
    text = p_text(p_value)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def decimal(value: float | None, decimals: int = 2) -> str:
    """Return a number with so many decimals, a dash for None.

    >>> decimal(-0.128), decimal(None)
    ('−0.13', '–')
    """
    return NONE if value is None else f"{value:.{decimals}f}".replace("-", MINUS)


def signed(value: float, decimals: int = 2) -> str:
    """Return a difference with its sign; what rounds to zero has none.

    >>> signed(-1.25), signed(3.04, 1), signed(-0.001)
    ('−1.25', '+3.0', '0.00')
    """
    rounded = round(value, decimals) + 0.0
    return f"{rounded:{'+' if rounded else ''}.{decimals}f}".replace("-", MINUS)


def signed_range(ci: tuple[float, float]) -> str:
    """Return an interval of differences.

    >>> signed_range((-0.5, 1.25))
    '−0.50 to +1.25'
    """
    return f"{signed(ci[0])} to {signed(ci[1])}"
