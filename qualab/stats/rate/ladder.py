"""The rungs of a bitrate ladder: which resolution is best at each, and where another upscaler changes that."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qualab.stats.rate.bdrate import Curve

# Measured bitrates are a little off those asked for: within this ratio a point counts as on the rung.
_NEAR = 1.15


@dataclass(frozen=True)
class Rung:
    """One bitrate of the ladder on one clip: the best label of the anchor and of the test family there."""

    src: str | None
    anchor: str
    test: str
    bitrate_kbps: float
    anchor_label: str
    test_label: str
    anchor_quality: float
    test_quality: float
    changed: bool


def rungs(
    src: str | None,
    anchor: tuple[str, Mapping[str, Curve]],
    test: tuple[str, Mapping[str, Curve]],
    *,
    bitrates: Sequence[float] = (),
) -> Iterator[Rung]:
    """Yield the rungs at which both families have a quality; none where neither has two labels.

    Args:
        anchor: name and curves by label.
        test: the same of the test family.
        bitrates: the ladder's bitrates; where none are given, the measured ones, near ones as one.
    """
    if max(len(anchor[1]), len(test[1])) < 2:
        return
    curves = [*anchor[1].values(), *test[1].values()]
    measured = np.concatenate([np.zeros(0), *(curve.rates for curve in curves)])
    for rate in sorted(bitrates) or _clustered(measured):
        best_anchor, best_test = _best(anchor[1], rate), _best(test[1], rate)
        if best_anchor and best_test:
            changed = best_anchor[1] != best_test[1]
            qualities = best_anchor[0], best_test[0]
            yield Rung(src, anchor[0], test[0], rate, best_anchor[1], best_test[1], *qualities, changed)


def _clustered(rates: np.ndarray) -> list[float]:
    """Return the rates with those within 15% of each other as their geometric mean."""
    groups: list[list[float]] = []
    for rate in np.unique(rates).tolist():
        if groups and rate <= groups[-1][0] * _NEAR:
            groups[-1].append(rate)
        else:
            groups.append([rate])
    return [float(np.exp(np.mean(np.log(group)))) for group in groups]


def _best(labels: Mapping[str, Curve], rate: float) -> tuple[float, str] | None:
    """Return the best quality at a rate with its label; None where no label has points around or near it."""
    candidates = [
        (quality, label) for label, curve in labels.items() if (quality := _quality_at(curve, rate)) is not None
    ]
    return max(candidates, key=lambda pair: pair[0]) if candidates else None


def _quality_at(curve: Curve, rate: float) -> float | None:
    if not len(curve) or not curve.rates[0] / _NEAR <= rate <= curve.rates[-1] * _NEAR:
        return None
    if len(curve) == 1:
        return float(curve.qualities[0])
    place = np.log10(np.clip(rate, curve.rates[0], curve.rates[-1]))
    return float(curve.quality_by_rate()(place))
