"""Charts of rate-quality: quality against bitrate clip by clip, and what that is worth in bitrate."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from qualab.charts.labels import Box, Spot, place_labels, write_label
from qualab.charts.theme import INK, SYMBOLS, Style, empty_chart, inert, styles, themed
from qualab.stats.rate.comparison import Crossover, Difference, Hull, RateQuality, sentence

# Names are placed for a narrow window: where they are apart there, they are apart in wider ones.
_WIDTH, _HEIGHT = 280, 260
_TOP, _BOTTOM = 48, 56
# Points of one label that are nearer than this share a name.
_NEAR = 40.0
# A crossover of two labels is drawn where it is near the hull: elsewhere neither would be taken.
_BELOW_HULL = 0.04
_TICKS = (1, 2, 5)

Range = tuple[float, float]


@dataclass(frozen=True)
class _Look:
    """What all charts of one comparison share: axes, and colours by family, marks by label."""

    families: Mapping[str, Style]
    marks: Mapping[str, str]
    log_rates: Range
    qualities: Range
    quality: str

    def place(self, rate: float, quality: float) -> tuple[float, float]:
        """Return where a point stands, in pixels of a narrow window."""
        right = (math.log10(rate) - self.log_rates[0]) / (self.log_rates[1] - self.log_rates[0])
        down = (self.qualities[1] - quality) / (self.qualities[1] - self.qualities[0])
        return right * _WIDTH, down * _HEIGHT


def rate_curves(
    points: pd.DataFrame, comparison: RateQuality, *, quality: str = "quality", families: Sequence[str] = ()
) -> list[tuple[str | None, go.Figure]]:
    """Return a chart for each clip, all on the same axes: quality against bitrate on a log axis.

    A family has one colour, a label one mark; filled points and the line are the convex hull. An x marks where two
    families cross, an upright where a family's best label changes.

    Args:
        points: a table of RATE_COLUMNS; charts come in its order of clips, with None where they are not told apart.
        found: what stats.rate.compare says of them.
        quality: title of the quality axis.
        families: all families, the anchor first, for colours that agree with other charts.
    """
    if points.empty:
        return []
    labels = sorted(dict.fromkeys(points["label"]), key=lambda name: (len(name), name))
    look = _Look(
        styles([*dict.fromkeys([*families, *points["family"]])]),
        {name: SYMBOLS[place % len(SYMBOLS)] for place, name in enumerate(labels)},
        _span(np.log10(points["bitrate_kbps"].to_numpy(dtype=float)), 0.1, 0.05),
        _span(points["quality"].to_numpy(dtype=float), 1e-6, 0.15),
        quality,
    )
    keys = [src if isinstance(src, str) else "" for src in points["src"]]
    charts = points.groupby(pd.Index(keys), sort=False)
    return [(str(src) or None, _clip(rows, comparison, str(src) or None, look)) for src, rows in charts]


def _span(values: np.ndarray, least: float, pad: float) -> Range:
    """Return the range of an axis with room at both ends."""
    low, high = float(values.min()), float(values.max())
    room = pad * max(high - low, least)
    return low - room, high + room


def _clip(rows: pd.DataFrame, comparison: RateQuality, src: str | None, look: _Look) -> go.Figure:
    hulls = [item for item in comparison.hulls if item.src == src]
    figure = go.Figure([trace for item in hulls for trace in _family(rows, item, look)])
    figure.add_traces(list(_crossings([item for item in comparison.crossovers if item.src == src], hulls, look)))
    figure = themed(figure, height=_TOP + _HEIGHT + _BOTTOM)
    figure.update_layout(margin={"t": _TOP, "b": _BOTTOM})
    ticks = _ticks(look.log_rates)
    figure.update_xaxes(
        type="log",
        range=look.log_rates,
        tickvals=ticks,
        ticktext=[f"{value:,.10g}" for value in ticks],
        title={"text": "bitrate (kb/s)"},
    )
    figure.update_yaxes(range=look.qualities, title={"text": inert(look.quality, 40)}, zeroline=False)
    return _named(figure, rows, hulls, look)


def _ticks(log_rates: Range) -> list[float]:
    """Return 1, 2, 5, 10, ... within a range of log10; every decade alone where those are many."""
    decades = range(math.floor(log_rates[0]), math.ceil(log_rates[1]) + 1)
    steps = _TICKS if len(decades) <= 4 else _TICKS[:1]
    every = [step * 10.0**decade for decade in decades for step in steps]
    return [value for value in every if log_rates[0] <= math.log10(value) <= log_rates[1]]


def _family(rows: pd.DataFrame, hull: Hull, look: _Look) -> Iterator[go.Scatter]:
    """Yield a family's hull with its points, then the points that are off it."""
    style, name, front = look.families[hull.family], inert(hull.family, 40), hull.front
    yield go.Scatter(
        x=front.rates.tolist(),
        y=front.qualities.tolist(),
        mode="lines+markers",
        name=name,
        legendgroup=name,
        line={"color": style.colour, "width": 2, "dash": style.dash},
        marker={"symbol": [look.marks[label] for label in front.labels], "size": 9},
        customdata=[inert(label) for label in front.labels],
        hovertemplate=_HOVER,
    )
    points = rows[rows["family"] == hull.family]
    on = set(zip(front.rates.tolist(), front.qualities.tolist(), front.labels, strict=True))
    places = zip(points["bitrate_kbps"], points["quality"], points["label"], strict=True)
    off = [place for place in places if place not in on]
    if off:
        rates, qualities, labels = zip(*off, strict=True)
        yield go.Scatter(
            x=rates,
            y=qualities,
            mode="markers",
            name=name,
            legendgroup=name,
            showlegend=False,
            opacity=0.75,
            marker={"color": style.colour, "symbol": [f"{look.marks[label]}-open" for label in labels], "size": 7},
            customdata=[inert(label) for label in labels],
            hovertemplate=_HOVER,
        )


_HOVER = "%{fullData.name} %{customdata}<br>%{x:,.0f} kb/s: %{y:.2f}<extra></extra>"


def _crossings(crossovers: Sequence[Crossover], hulls: Sequence[Hull], look: _Look) -> Iterator[go.Scatter]:
    """Yield the marks of where families cross, and of where the label on a family's hull changes."""
    between = [crossover for crossover in crossovers if not crossover.family]
    if between:
        yield _marks(between, "crossover", {"symbol": "x-thin", "size": 12, "line": {"width": 2.5, "color": INK}})
    least = _BELOW_HULL * (look.qualities[1] - look.qualities[0])
    for hull in hulls:
        x, y = hull.front.log_rates, hull.front.qualities
        within = [crossover for crossover in crossovers if crossover.family == hull.family]
        near = [
            crossover
            for crossover in within
            if np.interp(math.log10(crossover.bitrate_kbps), x, y) - crossover.quality <= least
        ]
        if near:
            line = {"width": 2, "color": look.families[hull.family].colour}
            yield _marks(near, hull.family, {"symbol": "line-ns", "size": 13, "line": line})


def _marks(crossovers: Sequence[Crossover], group: str, marker: Mapping[str, object]) -> go.Scatter:
    return go.Scatter(
        x=[crossover.bitrate_kbps for crossover in crossovers],
        y=[crossover.quality for crossover in crossovers],
        mode="markers",
        name=inert(group),
        legendgroup=inert(group),
        showlegend=False,
        marker=marker,
        customdata=[
            [inert(f"{crossover.family} {crossover.below}"), inert(crossover.above)] for crossover in crossovers
        ],
        hovertemplate="below %{x:,.0f} kb/s %{customdata[0]}, above %{customdata[1]}<extra></extra>",
    )


def _named(figure: go.Figure, rows: pd.DataFrame, hulls: Sequence[Hull], look: _Look) -> go.Figure:
    """Return the figure with the labels of the hulls' points; points of one label that stand close share one."""
    spots: list[Spot] = []
    every = [look.place(rate, value) for rate, value in zip(rows["bitrate_kbps"], rows["quality"], strict=True)]
    lines = [Box(x - 5, y - 5, x + 5, y + 5) for x, y in every]
    for hull in hulls:
        front = hull.front
        places = [look.place(rate, value) for rate, value in zip(front.rates, front.qualities, strict=True)]
        for (x, y), text in zip(places, front.labels, strict=True):
            if text and not any(spot.text == text and math.dist((x, y), (spot.x, spot.y)) < _NEAR for spot in spots):
                spots.append(Spot(inert(text, 12), x, y))
        for left, right in pairwise(places):
            steps = np.linspace(left, right, 12)
            lines += [Box(x - 3, y - 3, x + 3, y + 3) for x, y in steps]
    placed = place_labels(spots, _WIDTH, _HEIGHT, lines=lines)
    low, high = look.qualities
    for spot, beside in zip(spots, placed, strict=True):
        x = look.log_rates[0] + spot.x / _WIDTH * (look.log_rates[1] - look.log_rates[0])
        write_label(figure, spot, beside, x=x, y=high - spot.y / _HEIGHT * (high - low), size=11)
    return figure


def bd_rates(
    comparison: RateQuality, *, families: Sequence[str] = (), titles: Mapping[str, str] | None = None
) -> go.Figure:
    """Return BD-rates: a row for each pair, the mean over clips with its interval, each clip as a small point.

    Left of zero the test family needs less bitrate than its anchor.

    Args:
        found: what stats.rate.compare says.
        families: all families, the anchor first, for colours that agree with other charts.
        titles: display titles by SRC id.
    """
    rows = [row for row in comparison.overall() if row.bd.bd_rate_percent is not None]
    if not rows:
        return empty_chart("No BD-rate: see the notes below")
    looks = styles([*dict.fromkeys([*families, *(name for row in rows for name in (row.anchor, row.test))])])
    figure = go.Figure()
    for place, row in enumerate(rows):
        clips = [each for each in comparison.bd if _is_clip_of(each, row)]
        if clips and row.src is None:
            figure.add_trace(_dots(clips, place, looks[row.test].colour, titles or {}))
        figure.add_trace(_mean(row, place, looks[row.test].colour))
    figure = themed(figure, height=84 + 52 * len(rows))
    figure.add_vline(x=0, line={"color": INK, "width": 1.5, "dash": "dot"})
    names = [f"<b>{inert(row.test, 22)}</b><br>against {inert(row.anchor, 22)}" for row in rows]
    figure.update_yaxes(
        range=[len(rows) - 0.5, -0.6], tickvals=list(range(len(rows))), ticktext=names, showgrid=False, zeroline=False
    )
    figure.update_xaxes(title={"text": "BD-rate (less bitrate to the left)"}, ticksuffix="%", zeroline=False)
    return figure.update_layout(showlegend=False)


def marks_legend(comparison: RateQuality) -> str:
    """Return what the marks of `bd_rates` are, to stand in a caption."""
    means = [mean for mean in comparison.bd if mean.src is None]
    with_interval = " with their 95% bootstrap interval" if any(mean.ci for mean in means) else ""
    return f"diamonds are means over clips{with_interval}, rings clips" if means else "rings are clips"


def _is_clip_of(difference: Difference, whole: Difference) -> bool:
    same = (difference.anchor, difference.test, difference.label) == (whole.anchor, whole.test, whole.label)
    return same and difference.src is not None and difference.bd.bd_rate_percent is not None


def _dots(clips: Sequence[Difference], place: int, colour: str, titles: Mapping[str, str]) -> go.Scatter:
    return go.Scatter(
        x=[clip.bd.bd_rate_percent for clip in clips],
        y=[place] * len(clips),
        mode="markers",
        marker={"color": colour, "size": 8, "symbol": "circle-open", "line": {"width": 1.5}},
        customdata=[inert(titles.get(clip.src or "", clip.src or "")) for clip in clips],
        hovertemplate="%{customdata}: %{x:+.2f}%<extra></extra>",
    )


def _mean(difference: Difference, place: int, colour: str) -> go.Scatter:
    value = difference.bd.bd_rate_percent or 0.0
    low, high = difference.ci or (value, value)
    return go.Scatter(
        x=[value],
        y=[place],
        mode="markers+text",
        marker={"color": colour, "size": 13, "symbol": "diamond"},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [max(high - value, 0.0)],
            "arrayminus": [max(value - low, 0.0)],
            "color": colour,
            "thickness": 2.5,
            "width": 0,
        },
        text=[f"{value:+.1f}%".replace("-", "−")],
        textposition="top center",
        cliponaxis=False,
        customdata=[inert(sentence(difference))],
        hovertemplate="%{customdata}<extra></extra>",
    )
