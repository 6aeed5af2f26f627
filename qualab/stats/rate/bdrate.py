"""Bjontegaard deltas: how much less bitrate for the same quality, how much more quality for the same bitrate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy.interpolate import Akima1DInterpolator, PchipInterpolator

METHODS = ("pchip", "akima", "cubic")
SATURATED_VMAF = 99.5
# Shares of both curves' whole range: below the first a warning, below the second no number.
_FINE_OVERLAP, _LEAST_OVERLAP = 0.75, 0.25
_ENOUGH = 4
# Of rates in log10 and of qualities relative to their size: what is nearer than that is one value.
_SAME = 1e-9


class Fit(Protocol):
    """A curve through points."""

    def __call__(self, x: np.ndarray, /) -> np.ndarray:
        """Return its values at x."""

    def integrate(self, low: float, high: float, /) -> float:
        """Return its integral."""


@dataclass(frozen=True)
class Curve:
    """The Pareto front of a rate-quality curve: rates (kb/s) and qualities both rise strictly.

    `dropped` says in words which points are not on it, and why.
    """

    rates: np.ndarray
    qualities: np.ndarray
    labels: tuple[str, ...]
    dropped: tuple[str, ...] = ()
    _fits: dict[tuple[str, str], Fit] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def log_rates(self) -> np.ndarray:
        """log10 of the rates."""
        logs: np.ndarray = np.log10(self.rates)
        return logs

    def __len__(self) -> int:
        return len(self.rates)

    def picked(self, places: Sequence[int]) -> "Curve":
        """Return the curve through the points at these places, in their order."""
        labels = tuple(self.labels[place] for place in places)
        return Curve(self.rates[list(places)], self.qualities[list(places)], labels, self.dropped)

    def quality_by_rate(self, method: str = "pchip") -> Fit:
        """Return quality as a function of log10 rate: callable, with `integrate(low, high)`."""
        return self._fitted("rate", self.log_rates, self.qualities, method)

    def rate_by_quality(self, method: str = "pchip") -> Fit:
        """Return log10 rate as a function of quality: callable, with `integrate(low, high)`."""
        return self._fitted("quality", self.qualities, self.log_rates, method)

    def _fitted(self, axis: str, x: np.ndarray, y: np.ndarray, method: str) -> Fit:
        if (axis, method) not in self._fits:
            self._fits[axis, method] = _FITS[method](x, y)
        return self._fits[axis, method]


@dataclass(frozen=True)
class Bd:
    """What a test curve takes or gives against its anchor; None where nothing can be said, `note` says why.

    `bd_rate_percent` below zero: less bitrate for the same quality. `bd_quality` above zero: more quality for the same
    bitrate. `overlap` is the share of both curves' qualities that both reach, `rate_overlap` that of their log rates.
    `method` is the interpolation in force.
    """

    bd_rate_percent: float | None
    bd_quality: float | None
    overlap: float | None
    rate_overlap: float | None
    method: str
    note: str = ""


class _Cubic:
    """Bjontegaard's polynomial of degree 3 by least squares; through the points where they are four."""

    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        self._fit = np.polynomial.Polynomial.fit(x, y, 3)
        self._integral = self._fit.integ()

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return self._fit(x)

    def integrate(self, low: float, high: float) -> float:
        return float(self._integral(high) - self._integral(low))


class _Linear:
    """Straight lines between the points."""

    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        self._x, self._y = x, y

    def __call__(self, x: np.ndarray) -> np.ndarray:
        values: np.ndarray = np.interp(x, self._x, self._y)
        return values

    def integrate(self, low: float, high: float) -> float:
        inside = self._x[(self._x > low) & (self._x < high)]
        steps = np.concatenate([[low], inside, [high]])
        return float(np.trapezoid(self(steps), steps))


_FITS: dict[str, Callable[[np.ndarray, np.ndarray], Fit]] = {
    "pchip": PchipInterpolator,
    "akima": Akima1DInterpolator,
    "cubic": _Cubic,
    "linear": _Linear,
}


def curve(
    rates: Sequence[float] | np.ndarray,
    qualities: Sequence[float] | np.ndarray,
    labels: Sequence[str] = (),
    *,
    saturated_from: float | None = None,
) -> Curve:
    """Return the Pareto front of points in any order.

    A point stays where its quality is above that of every point at its rate or below. Qualities from
    `saturated_from` on (of VMAF: SATURATED_VMAF) are left out: there more bitrate shows no more quality. So is what is
    not finite, or a rate (kb/s) not above zero. `labels` name the points.

    >>> front = curve([400, 100, 200, 300], [80, 50, 70, 65])
    >>> front.rates.tolist(), front.dropped
    ([100.0, 200.0, 400.0], ('300 kb/s (65) is no better than 200 kb/s (70)',))
    """
    x, y = np.asarray(rates, dtype=float), np.asarray(qualities, dtype=float)
    names = tuple(labels) or ("",) * len(x)
    dropped: list[str] = []
    front: list[int] = []

    def named(place: int) -> str:
        return f"{names[place]}{' at ' if names[place] else ''}{x[place]:.6g} kb/s ({y[place]:.6g})"

    # The better of two points at one rate comes first.
    for place in np.lexsort((-y, x)).tolist():
        if not (np.isfinite(x[place]) and x[place] > 0 and np.isfinite(y[place])):
            dropped.append(f"{named(place)} is no point of a curve")
        elif saturated_from is not None and y[place] >= saturated_from:
            dropped.append(f"{named(place)} is saturated (from {saturated_from:g})")
        elif front and y[place] - y[front[-1]] <= _SAME * max(1.0, abs(y[front[-1]])):
            is_same = (x[place], y[place]) == (x[front[-1]], y[front[-1]])
            dropped.append(named(place) + (" is there twice" if is_same else f" is no better than {named(front[-1])}"))
        else:
            if front and np.log10(x[place]) - np.log10(x[front[-1]]) <= _SAME:
                dropped.append(f"{named(front.pop())} is no better than {named(place)}")
            front.append(place)
    return Curve(x[front], y[front], tuple(names[place] for place in front), tuple(dropped))


def bd(anchor: Curve, test: Curve, *, method: str = "pchip") -> Bd:
    """Return BD-rate and BD-quality of `test` against `anchor` (Bjontegaard, VCEG-M33; JVET-H0030 for PCHIP).

    The curves are interpolated over log10 rate and integrated exactly where both are, never beyond. From two to three
    points straight lines replace `method`, with a warning; an overlap below 75% is warned of, below 25% refused.

    >>> slow = curve([100, 200, 400, 800], [50, 60, 70, 80])
    >>> round(bd(slow, curve([50, 100, 200, 400], [50, 60, 70, 80])).bd_rate_percent, 6)
    -50.0
    """
    notes = []
    few = min(len(anchor), len(test))
    if few < 2:
        which = "the anchor" if len(anchor) == few else "the test"
        points = "1 point" if few == 1 else "no point"
        return Bd(None, None, None, None, method, f"{which} has {points}: a curve needs 2, a good one {_ENOUGH}")
    if few < _ENOUGH:
        notes.append(f"only {few} points: straight lines between them, {_ENOUGH} are needed for {method}")
        method = "linear"
    shares, means = [], []
    for name, axis in (("BD-rate", "quality"), ("BD-quality", "rate")):
        share, span = _overlap(anchor, test, axis)
        refusal, warning = _judged(name, axis, share)
        notes += [text for text in (refusal, warning) if text]
        shares.append(share)
        means.append(None if refusal else _mean_difference(anchor, test, axis, span, method))
    log_rate, quality = means
    with np.errstate(over="ignore"):
        percent = None if log_rate is None else float((np.power(10.0, log_rate) - 1) * 100)
    if percent is not None and not np.isfinite(percent):
        percent, notes = None, [*notes, "BD-rate is beyond all numbers"]
    return Bd(percent, quality, shares[0], shares[1], method, "; ".join(dict.fromkeys(notes)))


def _overlap(anchor: Curve, test: Curve, axis: str) -> tuple[float, tuple[float, float]]:
    """Return which share of the range of both curves together both cover, and from where to where that is."""
    first, second = ((curve.qualities if axis == "quality" else curve.log_rates) for curve in (anchor, test))
    low, high = float(max(first[0], second[0])), float(min(first[-1], second[-1]))
    whole = float(max(first[-1], second[-1]) - min(first[0], second[0]))
    return max(high - low, 0.0) / whole, (low, high)


def _judged(name: str, axis: str, share: float) -> tuple[str, str]:
    what = "qualities" if axis == "quality" else "bitrates"
    if share == 0:
        return f"no {name}: the curves have no {what} in common", ""
    if share < _LEAST_OVERLAP:
        return f"no {name}: the curves share {100 * share:.0f}% of their {what}, 25% is the least", ""
    if share < _FINE_OVERLAP:
        return "", f"{name} stands on {100 * share:.0f}% of the {what}: below 75% it says little about the rest"
    return "", ""


def _mean_difference(anchor: Curve, test: Curve, axis: str, span: tuple[float, float], method: str) -> float:
    fits = [
        curve.rate_by_quality(method) if axis == "quality" else curve.quality_by_rate(method)
        for curve in (anchor, test)
    ]
    return float(fits[1].integrate(*span) - fits[0].integrate(*span)) / (span[1] - span[0])
