"""VMAF against its NEG variant: what of a score is credit for enhancement."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from qualab.charts.scales import axis_title, value_range
from qualab.charts.theme import INK, MOST_NAMES, empty_chart, inert, styles, themed, without_long_legend
from qualab.stats.objective.gains import NEG_OF
from qualab.study.families import METRICS


def vmaf_against_neg(
    table: pd.DataFrame, *, vmaf: str = "vmaf", hrcs: Sequence[str] = (), titles: Mapping[str, str] | None = None
) -> go.Figure:
    """Return a point per clip and HRC: NEG upwards, VMAF to the right, on equal scales with the line where both agree.

    The further below the line, the more of the score is credit for sharpening and contrast.

    Args:
        table: rows of `src`, `hrc` and both metrics, as `qualab.stats.objective.gains.gains` returns them.
        vmaf: the VMAF of the pair, a key of NEG_OF: models never share an axis.
        hrcs: HRCs in the study's order, the baseline first.
        titles: display titles by SRC id.
    """
    neg = NEG_OF[vmaf]
    if vmaf not in table or neg not in table or table[[vmaf, neg]].dropna().empty:
        return empty_chart(f"No {METRICS[vmaf].title} with its NEG variant")
    rows = table.dropna(subset=[vmaf, neg])
    order = [*dict.fromkeys([*hrcs, *rows["hrc"]])]
    style_of, there = styles(order), set(rows["hrc"])
    low, high = value_range(vmaf, rows[[vmaf, neg]].to_numpy(dtype=float).ravel())
    agree = go.Scatter(
        x=[low, high], y=[low, high], mode="lines", name="no enhancement", hoverinfo="skip",
        line={"color": INK, "width": 1, "dash": "dot"},
    )  # fmt: skip
    rows = rows.assign(
        colour=[style_of[hrc].colour for hrc in rows["hrc"]], symbol=[style_of[hrc].symbol for hrc in rows["hrc"]]
    )
    # Where no legend could name them all, one series is drawn many times faster than one for each.
    groups = [rows[rows["hrc"] == hrc] for hrc in order if hrc in there] if len(there) < MOST_NAMES else [rows]
    parts = [_points(group, (vmaf, neg), titles) for group in groups]
    figure = themed(go.Figure([agree, *parts]), height=380)
    figure.update_xaxes(title={"text": axis_title(vmaf)}, range=[low, high], zeroline=False)
    figure.update_yaxes(title={"text": axis_title(neg)}, range=[low, high], zeroline=False)
    return without_long_legend(figure) if len(parts) > 1 else figure.update_layout(showlegend=len(there) == 1)


def _points(rows: pd.DataFrame, metrics: tuple[str, str], titles: Mapping[str, str] | None) -> go.Scatter:
    across, up = (rows[name].to_numpy(dtype=np.float64) for name in metrics)
    names = [inert((titles or {}).get(src, src), 60) for src in rows["src"]]
    return go.Scatter(
        x=across,
        y=up,
        mode="markers",
        name=inert(rows["hrc"].iloc[0]),
        marker={"color": rows["colour"].tolist(), "symbol": rows["symbol"].tolist(), "size": 9},
        customdata=[[name, inert(hrc)] for name, hrc in zip(names, rows["hrc"], strict=True)],
        hovertemplate="%{customdata[0]}<br>%{customdata[1]}: VMAF %{x:.1f}, NEG %{y:.1f}<extra></extra>",
    )
