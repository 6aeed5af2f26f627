"""Durations as people read them; sizes are humanize.naturalsize's."""

import humanize


def duration(seconds: float) -> str:
    """Return a duration in words, from an hour on without seconds.

    >>> duration(42.4), duration(150), duration(7300), duration(90_000)
    ('42 seconds', '2 minutes and 30 seconds', '2 hours and 2 minutes', '25 hours')
    """
    whole = round(seconds / 60) * 60 if seconds >= 3600 else round(seconds)
    return humanize.precisedelta(whole, suppress=["days"], format="%.0f")
