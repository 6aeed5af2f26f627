"""Did a trial play as the study demands? From what the player measured, never from the answer."""

import math
from collections.abc import Mapping

from qualab.study.protocol import Rules

DROPPED, FOCUS, RESCALED, SMALL = "dropped", "focus", "rescaled", "small"


def broken_rule(telemetry: Mapping[str, object], rules: Rules) -> str | None:
    """Return the first rule that a trial broke: "small", "rescaled", "focus", "dropped", or None.

    What the player did not measure, or is no number, breaks no rule.

    >>> broken_rule({"frames_total": 100, "frames_dropped": 3}, Rules()), broken_rule({"focus_losses": 0}, Rules())
    ('dropped', None)
    """
    narrow = _number(telemetry, "viewport_width", math.inf) < rules.min_width
    if narrow or _number(telemetry, "viewport_height", math.inf) < rules.min_height:
        return SMALL
    if telemetry.get("rescaled") is True and not rules.allow_rescaling:
        return RESCALED
    if _number(telemetry, "focus_losses", 0.0) > rules.max_focus_losses:
        return FOCUS
    total, dropped = _number(telemetry, "frames_total", 0.0), _number(telemetry, "frames_dropped", 0.0)
    if 100 * dropped > rules.max_dropped_percent * max(total, dropped):
        return DROPPED
    return None


def _number(telemetry: Mapping[str, object], name: str, otherwise: float) -> float:
    value = telemetry.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return otherwise
    return float(value)
