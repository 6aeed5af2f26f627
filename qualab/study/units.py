"""Durations and sizes as people read them."""


def clock(seconds: float) -> str:
    """Return a duration as people read it.

    >>> clock(42), clock(150), clock(7300)
    ('42 s', '2 min 30 s', '2 h 01 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def size(count: int) -> str:
    """Return bytes as people read them.

    >>> size(0), size(25_200), size(236_006_175), size(3_200_000_000)
    ('0 MB', '0.1 MB', '236 MB', '3.2 GB')
    """
    if count >= 1e9:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 1e7 or not count else f"{max(count / 1e6, 0.1):.1f} MB"
