"""Rate-quality: families of curves compared clip by clip and over all clips."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from qualab.errors import InputError
from qualab.stats.rate.bdrate import METHODS, SATURATED_VMAF, Bd, Curve, bd, curve
from qualab.stats.rate.comparison import Crossover, Difference, Hull, Interval, Note, RateQuality
from qualab.stats.rate.families import TARGET, family_names, family_pairs, points
from qualab.stats.rate.hull import SCALES, crossovers, hull
from qualab.stats.rate.ladder import Rung, rungs
from qualab.study.config import Study
from qualab.study.ids import nearest
from qualab.study.manifest import Manifest

__all__ = [
    "Crossover",
    "Difference",
    "Hull",
    "Note",
    "RateQuality",
    "compare",
    "family_names",
    "family_pairs",
    "points",
]

_FEWEST_CLIPS = 3
_RESAMPLES = 10_000
_MOST_DRAWN = 4_000_000
_CURVES = ("front", "hull")


@dataclass(frozen=True)
class _Family:
    """The curves of one family on one clip: all points, those compared, and label by label."""

    front: Curve
    hull: Curve
    compared: Curve
    labels: dict[str, Curve]


def compare(
    points: pd.DataFrame,
    *,
    anchor: str | None = None,
    pairs: Sequence[tuple[str, str]] | None = None,
    method: str = "pchip",
    scale: str = "log",
    curve: str = "front",
    metric: str | None = None,
    seed: int = 1,
) -> RateQuality:
    """Return how families of rate-quality points compare: BD-rates, hulls, crossovers and rungs, clip by clip.

    Args:
        points: a table of RATE_COLUMNS; `src` is null where clips are not told apart; `target_kbps` gives the rungs.
        anchor: the family that all others are compared with; the first one by default.
        pairs: instead of `anchor`, the pairs (anchor, test) to compare; others of its pairs stay out.
        method: interpolation: pchip, akima or cubic.
        scale: the axis of bitrate on which hulls are convex: log or linear.
        curve: what of a family is compared: its Pareto `front`, or its `hull` and also each label's front.
        metric: what quality is; a VMAF is trimmed at 99.5, as is what looks like one where None is given.
        seed: of the bootstrap over clips.

    Raises:
        InputError: fewer than two families, or an unknown anchor, method or scale.
    """
    _check(method=(method, METHODS), scale=(scale, SCALES), curve=(curve, _CURVES))
    families = list(dict.fromkeys(points["family"]))
    pairs = _pairs(families, anchor, pairs)
    saturated, notes = _saturation(points, metric)
    clips = _clips(points, families, scale=scale, curve_kind=curve, saturated=saturated)
    differences = [
        item for src in clips for item in _differences(src, clips[src], pairs, method, by_label=curve == "hull")
    ]
    return RateQuality(
        bd=(*_means(differences, list(clips), method, seed), *differences),
        hulls=tuple(Hull(src, name, item.hull) for src in clips for name, item in clips[src].items()),
        crossovers=tuple(cross for src in clips for cross in _crossovers(src, clips[src], pairs)),
        rungs=tuple(rung for src in clips for rung in _rungs(src, clips[src], pairs, points)),
        notes=(*notes, *(note for src in clips for note in _dropped(src, clips[src], by_label=curve == "hull"))),
        settings={"method": method, "scale": scale, "curve": curve, "metric": metric, "seed": seed},
    )


def compare_study(
    study: Study,
    scores: pd.DataFrame,
    manifest: Manifest,
    *,
    metric: str | None = None,
    pooling: str = "mean",
    anchor: str | None = None,
    srcs: Collection[str] | None = None,
    tag: str | None = None,
    **options: Any,
) -> tuple[pd.DataFrame, RateQuality]:
    """Return a built study's points, and how their hulls and each height compare.

    `metric` is by default the first that the study is scored by; without `anchor`, families are held against those
    that differ in one thing (families.family_pairs). `srcs` names the clips to look at, or `tag` those that have it;
    all by default. Options as of `compare`; InputError as of it and of `points`.
    """
    if tag is not None:
        srcs = _tagged(study, tag)
    if srcs is not None:
        study = study.model_copy(update={"src": tuple(src for src in study.src if src.id in srcs)})
    scored = set(scores["metric"])
    metric = metric or next((name for name in study.scored_by if name in scored), study.scored_by[0])
    table = points(study, scores, manifest, metric=metric, pooling=pooling)
    pairs = None if anchor else family_pairs(study)
    chosen = {"curve": "hull", "seed": study.seed, **options}
    comparison = compare(table, anchor=anchor, pairs=pairs, metric=metric, **chosen)
    return table, replace(comparison, settings={**comparison.settings, "pooling": pooling})


def _check(**options: tuple[str, Sequence[str]]) -> None:
    for name, (value, known) in options.items():
        if value not in known:
            raise InputError(f"{name} '{value[:80]}'", "is unknown", nearest(value, known))


def _tagged(study: Study, tag: str) -> list[str]:
    tagged = [src.id for src in study.src if tag in src.tags]
    if not tagged:
        raise InputError(
            f"tag '{tag[:80]}'", "is on no clip", nearest(tag[:80], sum((src.tags for src in study.src), ()))
        )
    return tagged


def _pairs(
    families: list[str], anchor: str | None, pairs: Sequence[tuple[str, str]] | None
) -> Sequence[tuple[str, str]]:
    if len(families) < 2:
        only = f"'{families[0]}' is the only family" if families else "there is no family"
        raise InputError("rate-quality", f"{only}, two are needed", "add the points of another one")
    if anchor is not None and anchor not in families:
        raise InputError(f"anchor '{anchor[:80]}'", "is no family here", nearest(anchor, families))
    if anchor is None and pairs is not None:
        there = [pair for pair in pairs if set(pair) <= set(families)]
        if there:
            return there
    first = anchor or families[0]
    return [(first, other) for other in families if other != first]


def _saturation(points: pd.DataFrame, metric: str | None) -> tuple[float | None, list[Note]]:
    if metric is not None:
        return (SATURATED_VMAF if metric.startswith("vmaf") else None), []
    highest = points["quality"].max()
    if not SATURATED_VMAF <= highest <= 100:
        return None, []
    text = f"qualities reach {highest:g}: taken for VMAF and left out from {SATURATED_VMAF:g}; name the metric if not"
    return SATURATED_VMAF, [Note(None, "", text)]


def _clips(
    points: pd.DataFrame, families: list[str], *, scale: str, curve_kind: str, saturated: float | None
) -> dict[str | None, dict[str, _Family]]:
    """Return the curves of each clip by family, in the order of the table."""
    rows: dict[str | None, dict[str, list[tuple[float, float, str]]]] = {}
    for src, name, label, rate, quality in points[["src", "family", "label", "bitrate_kbps", "quality"]].itertuples(
        index=False, name=None
    ):
        place = src if isinstance(src, str) else None
        rows.setdefault(place, {}).setdefault(name, []).append((rate, quality, str(label)))

    def family(points: list[tuple[float, float, str]]) -> _Family:
        def front(some: Iterable[tuple[float, float, str]]) -> Curve:
            rates, qualities, labels = zip(*some, strict=True)
            return curve(rates, qualities, labels, saturated_from=saturated)

        every = front(points)
        convex = hull(every, scale=scale)
        by_label = {
            label: front(row for row in points if row[2] == label) for label in dict.fromkeys(r[2] for r in points)
        }
        return _Family(every, convex, convex if curve_kind == "hull" else every, by_label)

    return {
        src: {name: family(families_of_clip[name]) for name in families if name in families_of_clip}
        for src, families_of_clip in rows.items()
    }


def _differences(
    src: str | None, clip: dict[str, _Family], pairs: Sequence[tuple[str, str]], method: str, *, by_label: bool
) -> Iterator[Difference]:
    for anchor, test in pairs:
        if not {anchor, test} <= clip.keys():
            missing = anchor if anchor not in clip else test
            yield Difference(anchor, test, src, Bd(None, None, None, None, method, f"no point of {missing}"), n_srcs=0)
            continue
        first, second = clip[anchor], clip[test]
        difference = bd(first.compared, second.compared, method=method)
        yield Difference(anchor, test, src, difference, n_srcs=_counted(src, difference))
        for label in first.labels if by_label else ():
            anchor_curve, test_curve = first.labels[label], second.labels.get(label)
            if test_curve is not None and not _are_equal(anchor_curve, test_curve):
                difference = bd(anchor_curve, test_curve, method=method)
                yield Difference(anchor, test, src, difference, label, _counted(src, difference))


def _counted(src: str | None, difference: Bd) -> int | None:
    return None if src is None else int(difference.bd_rate_percent is not None)


def _are_equal(first: Curve, second: Curve) -> bool:
    return np.array_equal(first.rates, second.rates) and np.array_equal(first.qualities, second.qualities)


def _means(
    differences: Sequence[Difference], srcs: Sequence[str | None], method: str, seed: int
) -> Iterator[Difference]:
    """Yield the mean over clips of each pair and label; nothing where clips are not told apart."""
    if srcs == [None]:
        return
    groups: dict[tuple[str, str, str], list[Difference]] = {}
    for difference in differences:
        groups.setdefault((difference.anchor, difference.test, difference.label), []).append(difference)
    for (anchor, test, label), members in groups.items():
        rates = [difference.bd.bd_rate_percent for difference in members if difference.bd.bd_rate_percent is not None]
        gains = [difference.bd.bd_quality for difference in members if difference.bd.bd_quality is not None]
        overlaps = [difference.bd.overlap for difference in members if difference.bd.overlap is not None]
        notes, straight = [], sum(difference.bd.method == "linear" for difference in members)
        if straight:
            notes.append(f"{straight} of {len(members)} clips by straight lines: too few points")
        if len(rates) < len(members):
            notes.append(f"{len(members) - len(rates)} of {len(members)} clips give no BD-rate")
        if len(rates) < _FEWEST_CLIPS:
            notes.append(f"no interval: it needs {_FEWEST_CLIPS} clips")
        mean = Bd(
            float(np.mean(rates)) if rates else None,
            float(np.mean(gains)) if gains else None,
            min(overlaps) if overlaps else None,
            None,
            method,
            "; ".join(notes),
        )
        yield Difference(anchor, test, None, mean, label, len(rates), _interval(rates, seed), _interval(gains, seed))


def _interval(values: Sequence[float], seed: int) -> Interval | None:
    """Return the 95% percentile bootstrap interval of the mean over clips, None below three clips."""
    if len(values) < _FEWEST_CLIPS:
        return None
    rng, sample = np.random.default_rng(seed), np.asarray(values)
    resamples = max(min(_RESAMPLES, _MOST_DRAWN // len(sample)), 1000)
    means = sample[rng.integers(len(sample), size=(resamples, len(sample)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def _crossovers(src: str | None, clip: dict[str, _Family], pairs: Sequence[tuple[str, str]]) -> Iterator[Crossover]:
    sides = [
        ("", name_a, clip[name_a].compared, name_b, clip[name_b].compared)
        for name_a, name_b in pairs
        if {name_a, name_b} <= clip.keys()
    ]
    for name, family in clip.items():
        sides += [(name, *name_a, *name_b) for name_a, name_b in combinations(family.labels.items(), 2)]
    for family_name, name_a, first, name_b, second in sides:
        for rate, quality, first_above in crossovers(first, second):
            below, above = (name_b, name_a) if first_above else (name_a, name_b)
            yield Crossover(src, family_name, below, above, rate, quality)


def _rungs(
    src: str | None, clip: dict[str, _Family], pairs: Sequence[tuple[str, str]], points: pd.DataFrame
) -> Iterator[Rung]:
    targets = points[TARGET].dropna().unique().tolist() if TARGET in points else []
    for anchor, test in pairs:
        if {anchor, test} <= clip.keys():
            yield from rungs(src, (anchor, clip[anchor].labels), (test, clip[test].labels), bitrates=targets)


def _dropped(src: str | None, clip: dict[str, _Family], *, by_label: bool) -> Iterator[Note]:
    """Yield the points left out; of hulls those that are off their own label's front, for others are meant to be."""
    for name, family in clip.items():
        fronts = family.labels.values() if by_label else [family.front]
        texts = [text for front in fronts for text in front.dropped]
        if texts:
            yield Note(src, name, f"left out: {'; '.join(texts)}")
