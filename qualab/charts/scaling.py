"""Where HRCs stand on one scale of preference, with intervals."""

from collections.abc import Mapping, Sequence
from typing import Literal

import plotly.graph_objects as go

from qualab.charts.intervals import Mark, in_rows, interval_marks, small
from qualab.charts.theme import INK, empty_chart, inert, styles
from qualab.stats.findings.wording import level, signed, signed_range
from qualab.stats.result import Result, Scaled

_AXES = {
    "jod": "just-objectionable differences (1 JOD: 75% prefer it to an HRC at 0)",
    "logit": "log odds of being preferred to an HRC at 0",
}


def scale_chart(
    result: Result,
    *,
    unit: Literal["jod", "logit"] = "jod",
    hrcs: Sequence[str] = (),
    titles: Mapping[str, str] | None = None,
) -> go.Figure:
    """Return the HRCs of a scale (bradley_terry or davidson), the most preferred on top, each with its interval.

    The line at 0 is the mean of all HRCs. An open mark never won or never lost: a penalty, not a vote, keeps it finite.

    Args:
        hrcs: HRCs in the study's order, the baseline first, for colours that agree with other charts.
        titles: display names by HRC id.
    """
    if not result.scale:
        return empty_chart("No scale of HRCs: votes on pairs of three or more HRCs make one")
    ordered = sorted(result.scale, key=lambda scaled: -scaled.estimate)
    style_of = styles([*dict.fromkeys([*hrcs, *(scaled.hrc for scaled in result.scale)])])
    figure = in_rows(go.Figure(), [_label(scaled, unit, titles or {}) for scaled in ordered])
    for row, scaled in enumerate(ordered):
        style = style_of[scaled.hrc]
        symbol = f"{style.symbol}-open" if scaled.is_penalised else style.symbol
        figure.add_trace(
            interval_marks([_mark(scaled, row, unit, result.alpha)], colour=style.colour, symbol=symbol, size=12)
        )
    figure.add_vline(x=0, line={"color": INK, "width": 1, "dash": "dot"})
    figure.update_xaxes(title={"text": _AXES[unit].replace(" (", "<br>(")}, zeroline=False)
    return figure.update_layout(showlegend=False, height=int(figure.layout.height) + 20)


def _label(scaled: Scaled, unit: str, titles: Mapping[str, str]) -> str:
    value, _, _ = _numbers(scaled, unit)
    known = " never won or never lost" if scaled.is_penalised else ""
    return f"<b>{inert(titles.get(scaled.hrc, scaled.hrc), limit=24)}</b><br>{small(signed(value) + known)}"


def _numbers(scaled: Scaled, unit: str) -> tuple[float, float, float]:
    return (scaled.jod, *scaled.jod_ci) if unit == "jod" else (scaled.estimate, *scaled.ci)


def _mark(scaled: Scaled, row: int, unit: str, alpha: float) -> Mark:
    value, low, high = _numbers(scaled, unit)
    name = "JOD" if unit == "jod" else "log odds"
    interval = f"{level(alpha)} interval {signed_range((low, high))}"
    text = f"{inert(scaled.hrc)}: {signed(value)} {name}<br>{interval}"
    if scaled.is_penalised:
        text += "<br>never won or never lost: held back by a penalty"
    return Mark(row, value, low, high, text)
