"""A map of pooled scores: HRCs by clips, the deeper the colour the better, for studies with many HRCs."""

from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go

from qualab.charts.scales import axis_title
from qualab.charts.theme import inert, label, themed
from qualab.study.families import metric_row

# Opaque, so that what plotly writes on them in black or white can be read on light pages and dark ones.
_PALE, _DEEP = "#eef3fa", "#2f7ed8"
_MOST_WRITTEN = 400
_ROW, _FRAME, _MOST_HEIGHT = 22, 130, 1800


def score_heat(
    rows: pd.DataFrame,
    *,
    metric: str,
    pooling: str,
    hrcs: Sequence[str] = (),
    titles: Mapping[str, str] | None = None,
) -> go.Figure:
    """Return values of one metric and pooling (rows of SCORE_COLUMNS) as a map: a row an HRC, a column a clip.

    Values are written in the fields up to 400 of them; PVSs identical to their reference say `lossless`.
    """
    srcs = [*dict.fromkeys(rows["src"])]
    present = set(rows["hrc"])
    order = [hrc for hrc in dict.fromkeys([*hrcs, *rows["hrc"]]) if hrc in present]
    fields = rows.set_index(["hrc", "src"])
    values = fields["value"].astype(float).unstack().reindex(index=order, columns=srcs)
    lossless = fields["lossless"].eq(True).unstack(fill_value=False).reindex(index=order, columns=srcs)
    texts = values.map(lambda value: "" if pd.isna(value) else f"{value:.{metric_row(metric).unit.decimals}f}")
    texts = texts.mask(lossless.eq(True) & values.isna(), "lossless")
    names = [inert((titles or {}).get(src, src)) for src in srcs]
    colours = [[0.0, _DEEP], [1.0, _PALE]] if metric_row(metric).lower_is_better else [[0.0, _PALE], [1.0, _DEEP]]
    figure = go.Figure(
        go.Heatmap(
            z=values.to_numpy(),
            x=list(range(len(srcs))),
            y=list(range(len(order))),
            customdata=[[[inert(hrc), name] for name in names] for hrc in order],
            text=texts.to_numpy(),
            texttemplate="%{text}" if values.size <= _MOST_WRITTEN else None,
            colorscale=colours,
            showscale=values.size > _MOST_WRITTEN,
            xgap=2,
            ygap=2,
            hoverongaps=False,
            hovertemplate="%{customdata[1]}<br>%{customdata[0]}: %{text}<extra></extra>",
        )
    )
    columns = [label((titles or {}).get(src, src), 20) for src in srcs]
    return _laid_out(figure, order, columns, axis_title(metric, pooling))


def _laid_out(figure: go.Figure, hrcs: Sequence[str], columns: Sequence[str], title: str) -> go.Figure:
    """Return the map with the HRCs from top to bottom, and the columns' names and the title above."""
    figure = themed(figure, height=min(_FRAME + _ROW * len(hrcs), _MOST_HEIGHT))
    figure.update_yaxes(
        tickvals=list(range(len(hrcs))),
        ticktext=[inert(hrc, 32) for hrc in hrcs],
        autorange="reversed",
        showgrid=False,
        zeroline=False,
    )
    figure.update_xaxes(
        tickvals=list(range(len(columns))),
        ticktext=columns,
        title={"text": title},
        side="top",
        showgrid=False,
        zeroline=False,
    )
    return figure
