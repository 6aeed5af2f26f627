"""What a comparison of rate-quality curves found, as records, and in a sentence."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from qualab.stats.rate.bdrate import Bd, Curve
from qualab.stats.rate.ladder import Rung

Interval = tuple[float, float]


@dataclass(frozen=True)
class Difference:
    """BD-rate and BD-quality of a test family against its anchor; `src` is None for all clips together.

    `label` is the height that alone was compared, empty for whole families; `ci` is the 95% bootstrap interval over
    clips of the mean BD-rate, `quality_ci` that of the mean BD-quality; `n_srcs` counts the clips with a BD-rate, None
    where clips are not told apart.
    """

    anchor: str
    test: str
    src: str | None
    bd: Bd
    label: str = ""
    n_srcs: int | None = None
    ci: Interval | None = None
    quality_ci: Interval | None = None


@dataclass(frozen=True)
class Hull:
    """The convex hull of a family on one clip: the points that a per-title ladder would take."""

    src: str | None
    family: str
    front: Curve


@dataclass(frozen=True)
class Crossover:
    """Where two curves of a clip cross: two families, or two labels of one `family` (else empty)."""

    src: str | None
    family: str
    below: str
    above: str
    bitrate_kbps: float
    quality: float


@dataclass(frozen=True)
class Note:
    """What a reader must know of a clip's curve: points left out, and why."""

    src: str | None
    family: str
    text: str


@dataclass(frozen=True)
class RateQuality:
    """What a comparison found. `settings` holds method, scale, curve, metric and seed."""

    bd: tuple[Difference, ...]
    hulls: tuple[Hull, ...]
    crossovers: tuple[Crossover, ...]
    rungs: tuple[Rung, ...]
    notes: tuple[Note, ...]
    settings: dict[str, Any] = field(default_factory=dict)

    def overall(self) -> list[Difference]:
        """Return one difference for each pair of whole families: over all clips where there are several."""
        whole = [difference for difference in self.bd if not difference.label]
        return [difference for difference in whole if difference.src is None] or whole

    def records(self) -> Iterator[dict[str, object]]:
        """Yield what `qualab rate --json` prints."""
        for difference in self.bd:
            yield self._bd_record(difference)
        for hull in self.hulls:
            places = zip(hull.front.rates.tolist(), hull.front.qualities.tolist(), hull.front.labels, strict=True)
            listed = [list(place) for place in places]
            yield {"type": "hull", "src": hull.src, "family": hull.family, "points": listed} | self._on("scale")
        for cross in self.crossovers:
            yield {"type": "crossover", **vars(cross), "family": cross.family or None}
        for rung in self.rungs:
            yield {"type": "rung", **vars(rung)}
        for note in self.notes:
            yield {"type": "note", **vars(note)}

    def _on(self, *names: str) -> dict[str, object]:
        return {name: self.settings[name] for name in names}

    def _bd_record(self, difference: Difference) -> dict[str, object]:
        return {
            "type": "bd",
            "anchor": f"{difference.anchor} {difference.label}".strip(),
            "test": f"{difference.test} {difference.label}".strip(),
            "src": difference.src,
            **{name: getattr(difference.bd, name) for name in ("bd_rate_percent", "bd_quality", "overlap", "note")},
            "ci": difference.ci,
            "quality_ci": difference.quality_ci,
            "n_srcs": difference.n_srcs,
            "label": difference.label or None,
            "rate_overlap": difference.bd.rate_overlap,
            "method": difference.bd.method,
            "curve": "front" if difference.label else self.settings["curve"],
            "quality_metric": self.settings["metric"],
        }


def sentence(difference: Difference, quality: str = "quality") -> str:
    """Return a difference as a sentence for people; `quality` is the metric's name.

    >>> sentence(Difference("bicubic", "lite-x2", None, Bd(-31.2, 3.0, 0.9, 0.9, "pchip"), n_srcs=2), "VMAF")
    'lite-x2 needs 31.2% less bitrate than bicubic for the same VMAF (no interval, n = 2 clips)'
    """
    test, anchor = f"{difference.test} {difference.label}".strip(), f"{difference.anchor} {difference.label}".strip()
    where = "" if difference.src is None else f" on {difference.src}"
    rate = difference.bd.bd_rate_percent
    if rate is None:
        return f"{test} against {anchor}{where}: {difference.bd.note or 'no BD-rate'}"
    clips = f"n = {difference.n_srcs} clip{'s' * (difference.n_srcs != 1)}"
    interval = "no interval"
    if difference.ci:
        interval = f"95% interval {_less(difference.ci[0])} to {_less(difference.ci[1])}"
    unsure = (
        "; the interval holds 0: no difference is shown"
        if difference.ci and difference.ci[0] <= 0 <= difference.ci[1]
        else ""
    )
    evidence = (
        "" if difference.src else f" ({interval}, {clips if difference.n_srcs is not None else 'one curve each'})"
    )
    return f"{test} needs {_less(rate)} bitrate than {anchor} for the same {quality}{where}{evidence}{unsure}"


def _less(percent: float) -> str:
    """Return a BD-rate as people say it.

    >>> _less(-12.04), _less(8.0), _less(0.01)
    ('12.0% less', '8.0% more', '0.0% more')
    """
    return f"{abs(percent):.1f}% {'less' if percent < 0 else 'more'}"
