"""Charts of pooled scores, clip by clip."""

from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go

from qualab.charts.heat import score_heat
from qualab.charts.scales import axis_title, value_range
from qualab.charts.theme import Style, empty_chart, inert, label, styles, themed, without_long_legend
from qualab.study.families import metric_row

_ROOMY = 60
_MOST_HRCS = 12


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
    that does not start at zero lies. Beyond 60 values every metric becomes one line of unlabelled dots per clip, and
    beyond 12 HRCs, which no colours tell apart, a map of HRCs by clips.

    Args:
        scores: table of SCORE_COLUMNS; clips keep its order.
        hrcs: HRCs in the study's order, the baseline first; the order of the table otherwise.
        titles: display titles by SRC id.
    """
    rows = scores[(scores["metric"] == metric) & (scores["pooling"] == pooling)]
    if rows.empty:
        return empty_chart(f"No {metric_row(metric).title}: no clip with a reference has been scored")
    rows = rows.assign(value=pd.to_numeric(rows["value"], errors="coerce"))
    if rows["hrc"].nunique() > _MOST_HRCS:
        return score_heat(rows, metric=metric, pooling=pooling, hrcs=hrcs, titles=titles)
    srcs = [*dict.fromkeys(rows["src"])]
    roomy = len(rows) <= _ROOMY
    bars = metric_row(metric).unit.from_zero and roomy
    low, high = value_range(metric, rows["value"].to_numpy(dtype=float), labelled=roomy)
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
    figure.update_xaxes(title={"text": axis_title(metric, pooling)}, **scale)
    return without_long_legend(figure.update_layout(barmode="group", bargap=0.25, bargroupgap=0.08))


def _series(
    rows: pd.DataFrame, *, metric: str, hrcs: Sequence[str], bars: bool, roomy: bool, top: float
) -> list[go.Bar | go.Scatter]:
    """Return one trace per HRC that has values; dots of one clip stand below each other where there is room."""
    order = [*dict.fromkeys([*hrcs, *rows["hrc"]])]
    style_of, srcs = styles(order), [*dict.fromkeys(rows["src"])]
    present = [hrc for hrc in order if (rows["hrc"] == hrc).any()]
    traces = []
    for place, hrc in enumerate(present):
        series = rows[rows["hrc"] == hrc].set_index("src").reindex(srcs)
        offset = (place - (len(present) - 1) / 2) * 0.8 / len(present) if roomy else 0.0
        if bars:
            traces.append(_bars(series, hrc=hrc, style=style_of[hrc], metric=metric))
        else:
            traces.append(
                _dots(series, hrc=hrc, style=style_of[hrc], metric=metric, offset=offset, top=top, named=roomy)
            )
    return traces


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
    decimals = metric_row(metric).unit.decimals
    return [
        "lossless" if flag else "" if pd.isna(value) else f"{value:.{decimals}f}"
        for value, flag in zip(series["value"], _lossless(series), strict=True)
    ]
