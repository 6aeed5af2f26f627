"""Charts of scores: pooled values clip by clip, and frame by frame."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from qualab.charts.theme import Style, empty_chart, inert, label, styles, themed
from qualab.terms import METRIC_TITLES, METRIC_UNITS

# Metrics on a scale with a meaningful zero get bars from zero; dB and SSIM differences would drown there.
_BARS = ("vmaf", "vmaf_neg")
_DECIMALS = {"vmaf": 1, "vmaf_neg": 1, "psnr_y": 2, "psnr": 2, "ssim": 4}
_LIMITS = {"vmaf": (0.0, 100.0), "vmaf_neg": (0.0, 100.0), "ssim": (0.0, 1.0)}
_LEAST_SPAN = {"vmaf": 10.0, "vmaf_neg": 10.0, "psnr_y": 4.0, "psnr": 4.0, "ssim": 0.02}
_ROOMY = 60
_MOST_POINTS = 5000
_LOSSLESS_MARKS = 200


def score_bars(
    scores: pd.DataFrame,
    *,
    metric: str,
    pooling: str = "mean",
    hrcs: Sequence[str] = (),
    titles: Mapping[str, str] | None = None,
) -> go.Figure:
    """Return pooled values of one metric: a row of marks per clip, one per HRC, labelled with its value.

    VMAF gets bars from zero. PSNR and SSIM get dots on a cut axis: their zero means nothing to a viewer, and a bar
    that does not start at zero lies. Beyond 60 values every metric becomes one line of unlabelled dots per clip.

    Args:
        scores: table of SCORE_COLUMNS; clips keep its order.
        hrcs: HRCs in the study's order, the baseline first; the order of the table otherwise.
        titles: display titles by SRC id.
    """
    rows = scores[(scores["metric"] == metric) & (scores["pooling"] == pooling)]
    if rows.empty:
        return empty_chart(f"No {METRIC_TITLES.get(metric, metric)}: no clip with a reference has been scored")
    rows = rows.assign(value=pd.to_numeric(rows["value"], errors="coerce"))
    srcs = [*dict.fromkeys(rows["src"])]
    roomy = len(rows) <= _ROOMY
    bars = metric in _BARS and roomy
    low, high = _range(metric, rows["value"].to_numpy(dtype=float), labelled=roomy)
    figure = go.Figure(_series(rows, metric=metric, hrcs=hrcs, bars=bars, roomy=roomy, top=high))
    figure = themed(figure, height=110 + len(srcs) * (14 + 20 * len(figure.data) if roomy else 24))
    names = [(label if roomy else inert)((titles or {}).get(src, src), 24) for src in srcs]
    # The axis runs downwards, so that clips stand in the order of the table beside them.
    figure.update_yaxes(
        range=[len(srcs) - 0.5, -0.5],
        tickvals=list(range(len(srcs))),
        ticktext=names,
        showgrid=not roomy,
        zeroline=False,
    )
    scale = {"range": [0, 109], "tickvals": [0, 20, 40, 60, 80, 100]} if bars else {"range": [low, high]}
    figure.update_xaxes(title={"text": _axis_title(metric, pooling)}, **scale)
    return figure.update_layout(barmode="group", bargap=0.25, bargroupgap=0.08)


def _series(
    rows: pd.DataFrame, *, metric: str, hrcs: Sequence[str], bars: bool, roomy: bool, top: float
) -> list[go.Bar | go.Scatter]:
    """Return one trace per HRC that has values; dots of one clip stand below each other where there is room."""
    order = [*dict.fromkeys([*hrcs, *rows["hrc"]])]
    found, srcs = styles(order), [*dict.fromkeys(rows["src"])]
    present = [hrc for hrc in order if (rows["hrc"] == hrc).any()]
    traces = []
    for place, hrc in enumerate(present):
        series = rows[rows["hrc"] == hrc].set_index("src").reindex(srcs)
        offset = (place - (len(present) - 1) / 2) * 0.8 / len(present) if roomy else 0.0
        if bars:
            traces.append(_bars(series, hrc=hrc, style=found[hrc], metric=metric))
        else:
            traces.append(_dots(series, hrc=hrc, style=found[hrc], metric=metric, offset=offset, top=top, named=roomy))
    return traces


def _axis_title(metric: str, pooling: str = "") -> str:
    name, unit = METRIC_TITLES.get(metric, metric), METRIC_UNITS.get(metric, "")
    shown = unit.removeprefix("score ").replace("-", "–")
    return inert(f"{name}{pooling and ', '}{pooling.replace('_', ' ')}{f' ({shown})' if shown else ''}")


def _bars(series: pd.DataFrame, *, hrc: str, style: Style, metric: str) -> go.Bar:
    return go.Bar(
        x=series["value"].tolist(),
        y=list(range(len(series))),
        orientation="h",
        name=inert(hrc),
        marker={"color": style.colour},
        text=_texts(series, metric),
        textposition="outside",
        textangle=0,
        cliponaxis=False,
        customdata=[inert(src) for src in series.index],
        hovertemplate="%{customdata}<br>%{fullData.name}: %{text}<extra></extra>",
    )


def _dots(
    series: pd.DataFrame, *, hrc: str, style: Style, metric: str, offset: float, top: float, named: bool
) -> go.Scatter:
    lossless = _lossless(series)
    return go.Scatter(
        x=series["value"].where(~lossless, top).tolist(),
        y=[row + offset for row in range(len(series))],
        mode="markers+text" if named else "markers",
        name=inert(hrc),
        marker={"color": style.colour, "symbol": style.symbol, "size": 10},
        text=_texts(series, metric),
        textposition=["middle left" if flag else "middle right" for flag in lossless],
        cliponaxis=False,
        customdata=[inert(src) for src in series.index],
        hovertemplate="%{customdata}<br>%{fullData.name}: %{text}<extra></extra>",
    )


def _lossless(series: pd.DataFrame) -> pd.Series:
    return series["lossless"].eq(True) & series["value"].isna()


def _texts(series: pd.DataFrame, metric: str) -> list[str]:
    decimals = _DECIMALS.get(metric, 2)
    return [
        "lossless" if flag else "" if pd.isna(value) else f"{value:.{decimals}f}"
        for value, flag in zip(series["value"], _lossless(series), strict=True)
    ]


def _range(metric: str, values: np.ndarray, *, labelled: bool = False) -> tuple[float, float]:
    """Return an axis range that holds all finite values and never blows noise up to the full height.

    `labelled` leaves room for labels that stand to the right of their dots.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return _LIMITS.get(metric, (0.0, 60.0))
    low, high = float(finite.min()), float(finite.max())
    least = _LEAST_SPAN.get(metric, 0.0)
    grown = max(least - (high - low), 0.0) / 2
    pad = 0.08 * max(high - low, least)
    bottom, top = _LIMITS.get(metric, (0.0, np.inf))
    edge = 0.01 * (top - bottom) if np.isfinite(top) else 0.0
    low, high = max(low - grown - pad, bottom), min(high + grown + pad, top + edge)
    return low, high + 0.2 * (high - low) if labelled else high


def frame_lines(frames: Mapping[str, pd.DataFrame], *, metric: str, hrcs: Sequence[str] = ()) -> go.Figure:
    """Return one metric frame by frame, a line per HRC; lossless frames are marked on top, not drawn as infinite.

    Above 5,000 frames a line becomes the envelope of the least and greatest value of each stretch, so that no
    drop is lost.

    Args:
        frames: tables of FRAME_COLUMNS by HRC id.
        hrcs: HRCs in the study's order, the baseline first; the order of `frames` otherwise.
    """
    order = [*dict.fromkeys([*hrcs, *frames])]
    found = styles(order)
    columns = {
        hrc: frames[hrc]
        for hrc in order
        if hrc in frames and metric in frames[hrc] and frames[hrc][metric].notna().any()
    }
    if not columns:
        return empty_chart(f"No {METRIC_TITLES.get(metric, metric)} frame by frame: no reference, or not scored yet")
    values = {hrc: pd.to_numeric(table[metric]).to_numpy(dtype=float) for hrc, table in columns.items()}
    low, high = _range(metric, np.concatenate(list(values.values())))
    figure = go.Figure()
    for hrc, table in columns.items():
        numbers = pd.to_numeric(table["frame"]).to_numpy(dtype=float)
        _add_line(figure, numbers, values[hrc], hrc=hrc, style=found[hrc], metric=metric, top=high)
    figure = themed(figure, height=300)
    figure.update_xaxes(title={"text": "frame"}, rangeslider={"visible": False}, showgrid=False)
    figure.update_yaxes(title={"text": _axis_title(metric)}, range=[low, high])
    return figure.update_layout(hovermode="x")


def _add_line(
    figure: go.Figure, numbers: np.ndarray, values: np.ndarray, *, hrc: str, style: Style, metric: str, top: float
) -> None:
    kept = envelope(values, most=_MOST_POINTS)
    figure.add_trace(
        go.Scatter(
            x=numbers[kept].astype(np.int32),
            y=np.where(np.isfinite(values[kept]), values[kept], np.nan).astype(np.float32),
            mode="lines",
            name=inert(hrc),
            line={"color": style.colour, "width": 1.8, "dash": style.dash},
            hovertemplate=f"%{{fullData.name}}: %{{y:.{_DECIMALS.get(metric, 2)}f}}<extra></extra>",
        )
    )
    lossless = np.flatnonzero(np.isposinf(values))
    if lossless.size:
        lossless = lossless[:: -(-lossless.size // _LOSSLESS_MARKS)]
        figure.add_trace(
            go.Scatter(
                x=numbers[lossless],
                y=np.full(lossless.size, top),
                mode="markers",
                name=inert(f"{hrc}: lossless"),
                marker={"color": style.colour, "symbol": "triangle-up", "size": 8},
                cliponaxis=False,
                hovertemplate="%{fullData.name}<extra></extra>",
            )
        )


def envelope(values: np.ndarray, *, most: int) -> np.ndarray:
    """Return the places to draw, in order: all, or the finite least and greatest of `most` / 2 stretches.

    >>> envelope(np.array([3.0, 1.0, 9.0, 4.0]), most=2).tolist()
    [1, 2]
    """
    if values.size <= most:
        return np.arange(values.size)
    edges = np.linspace(0, values.size, most // 2 + 1).astype(int)
    low = np.where(np.isfinite(values), values, np.inf)
    high = np.where(np.isfinite(values), values, -np.inf)
    places = [
        start + place
        for start, stop in pairwise(edges)
        for place in (int(low[start:stop].argmin()), int(high[start:stop].argmax()))
    ]
    return np.unique(places)
