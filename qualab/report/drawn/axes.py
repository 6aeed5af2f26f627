"""Axes of a chart: from values to pixels, the marks along them, and the plot that two of them make."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qualab.charts.labels import Box

_STEPS = (1, 2, 2.5, 5, 10)
_LOG_STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Axis:
    """An axis from pixel `start` to pixel `end`; `low` and `high` are log10 where `is_log`.

    `names` are its categories where it has some: then values are texts, each at its place.
    """

    low: float
    high: float
    start: float
    end: float
    is_log: bool
    names: tuple[str, ...]
    settings: Mapping[str, Any]
    apart: float = 70.0

    def at(self, value: Any) -> float:
        """Return the pixel of a value; NaN where it has none."""
        number = self.number(value)
        if self.is_log and not self.names:
            number = math.log10(number) if number > 0 else math.nan
        return self.start + (number - self.low) / (self.high - self.low) * (self.end - self.start)

    def number(self, value: Any) -> float:
        """Return a value as a number: the place of a category, NaN of what is none."""
        if self.names:
            return float(self.names.index(str(value))) if str(value) in self.names else number_of(value)
        return number_of(value)

    def size(self, amount: float) -> float:
        """Return how many pixels an amount of a linear axis takes."""
        return abs(amount / (self.high - self.low) * (self.end - self.start))

    @property
    def is_visible(self) -> bool:
        """Whether names and lines are drawn."""
        return self.settings.get("visible") is not False

    @property
    def title(self) -> str:
        """The title, empty where there is none."""
        return str((self.settings.get("title") or {}).get("text") or "")

    def ticks(self) -> list[tuple[float, str]]:
        """Return where names stand along the axis, in pixels, with their texts."""
        if not self.is_visible or self.settings.get("showticklabels") is False:
            return []
        values = self.settings.get("tickvals")
        if values is not None:
            texts = self.settings.get("ticktext")
            named = [self._told(number_of(value)) for value in values] if texts is None else [str(one) for one in texts]
            marks = [(self.at(value), name) for value, name in zip(values, named, strict=False)]
        elif self.names:
            marks = [(self.at(name), name) for name in self.names]
        else:
            marks = [(self.at(value), self._told(value)) for value in self._even()]
        first, last = sorted((self.start, self.end))
        return [(pixel, name) for pixel, name in marks if first - 0.5 <= pixel <= last + 0.5]

    def _even(self) -> list[float]:
        low, high = sorted((self.low, self.high))
        if self.is_log:
            decades = range(math.floor(low), math.ceil(high) + 1)
            steps = _LOG_STEPS if len(decades) <= 4 else _LOG_STEPS[:1]
            return [step * 10.0**decade for decade in decades for step in steps]
        step = float(self.settings.get("dtick") or 0) or nice(
            (high - low) / max(abs(self.end - self.start) / self.apart, 2)
        )
        first = math.ceil(low / step - 1e-9)
        return [place * step for place in range(first, math.floor(high / step + 1e-9) + 1)]

    def _told(self, value: float) -> str:
        span = abs(self.high - self.low)
        share = str(self.settings.get("tickformat") or "")
        if share.endswith("%"):
            return f"{100 * value:.0f}%"
        decimals = 0 if self.is_log else max(0, -math.floor(math.log10(span / 4))) if span else 0
        text = f"{value:,.{min(decimals, 6)}f}" if abs(value) >= 1e-9 else "0"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return f"{self.settings.get('tickprefix') or ''}{text}{self.settings.get('ticksuffix') or ''}".replace("-", "−")


@dataclass(frozen=True)
class Plot:
    """One pair of axes with the traces on it."""

    name: str
    box: Box
    x: Axis
    y: Axis
    traces: list[Mapping[str, Any]] = field(default_factory=list)


def nice(step: float) -> float:
    """Return the next of 1, 2, 2.5, 5 times a power of ten.

    >>> nice(0.3), nice(7), nice(12)
    (0.5, 10.0, 20.0)
    """
    if not step > 0 or not math.isfinite(step):
        return 1.0
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor for factor in _STEPS if factor * power >= step * (1 - 1e-9)) * power


def number_of(value: Any) -> float:
    """Return a value as a number, NaN where it is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def axis_of(settings: Mapping[str, Any], values: Iterable[Any], start: float, end: float, *, pad: float) -> Axis:
    """Return an axis whose range is the one set, else holds all values with a share `pad` of room at both ends."""
    found = list(values)
    texts = [value for value in found if isinstance(value, str)]
    named = settings.get("categoryarray")
    names = tuple(dict.fromkeys([*(map(str, named) if named is not None else ()), *texts]))
    names = names if texts or settings.get("type") == "category" else ()
    is_log = settings.get("type") == "log" and not names
    span = settings.get("range")
    low, high = (number_of(span[0]), number_of(span[1])) if span is not None else _span(found, names, is_log, pad)
    if span is None and settings.get("autorange") == "reversed":
        low, high = high, low
    if low == high:
        low, high = low - 0.5, high + 0.5
    # Numbers below each other need less room than beside each other.
    return Axis(low, high, start, end, is_log, names, settings, apart=70.0 if end > start else 42.0)


def _span(values: Sequence[Any], names: Sequence[str], is_log: bool, pad: float) -> tuple[float, float]:
    if names:
        return -0.5, len(names) - 0.5
    numbers = [number for number in map(number_of, values) if math.isfinite(number)]
    if is_log:
        numbers = [math.log10(number) for number in numbers if number > 0]
    if not numbers:
        return 0.0, 1.0
    room = pad * (max(numbers) - min(numbers))
    return min(numbers) - room, max(numbers) + room
