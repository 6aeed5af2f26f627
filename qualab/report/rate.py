"""The chapter of rate-quality: what the upscalers of a ladder are worth in bitrate."""

import plotly.graph_objects as go

from qualab.charts.rate import bd_rates, marks_legend, rate_curves
from qualab.errors import InputError
from qualab.report.data import ReportData
from qualab.report.document import (
    Block,
    Callout,
    Column,
    FigureBlock,
    Fold,
    Heading,
    Paragraph,
    Points,
    Section,
    TableBlock,
)
from qualab.stats.findings.wording import NONE, percent, pluralize, signed
from qualab.stats.rate.compare import compare_study
from qualab.stats.rate.comparison import Difference, RateQuality, sentence
from qualab.study.families import METRICS

Charts = list[tuple[str | None, go.Figure]]

_CURVES = (
    "Line and filled points are the convex hull in log bitrate, what a per-title ladder takes; open points are off it."
    " An upright marks where a family's best height changes, a cross where two families do."
)
_DIFFERENCE = "BD-rate: mean difference in bitrate for the same quality, over the qualities that both curves reach."


def section(data: ReportData) -> Section | None:
    """Return the chapter of a study with renditions; None where there are none to compare by bitrate."""
    if not data.study.rendition:
        return None
    try:
        points, comparison = compare_study(data.study, data.scores, data.manifest)
    except InputError as error:
        blocks: tuple[Block, ...] = (Callout("caution", "No rate-quality curves", f"{error.what}: {error.hint}"),)
        return Section("rate", "Quality against bitrate", blocks)
    quality = _quality(comparison)
    families = list(dict.fromkeys([*(difference.anchor for difference in comparison.bd[:1]), *points["family"]]))
    blocks = (
        *(Paragraph(text) for text in _sentences(comparison)),
        FigureBlock(
            f"BD-rate by {quality}; {marks_legend(comparison)}.",
            bd_rates(comparison, families=families, titles=data.titles),
        ),
        *_table([difference for difference in comparison.bd if difference.src is None], "Over all clips"),
        *_clips(data, comparison, quality, rate_curves(points, comparison, quality=quality, families=families)),
        *_rungs(data, comparison),
    )
    return Section("rate", "Quality against bitrate", blocks)


def answers(data: ReportData) -> list[str]:
    """Return what the upscalers of a ladder save over all clips, a sentence a pair; nothing where it cannot be said."""
    try:
        return _sentences(compare_study(data.study, data.scores, data.manifest)[1]) if data.study.rendition else []
    except InputError:
        return []


def _sentences(comparison: RateQuality) -> list[str]:
    return [f"{sentence(difference, _quality(comparison))}." for difference in comparison.overall()]


def _quality(comparison: RateQuality) -> str:
    return METRICS[comparison.settings["metric"]].title


def _clips(data: ReportData, comparison: RateQuality, quality: str, charts: Charts) -> list[Block]:
    blocks: list[Block] = [Heading("Clip by clip"), Paragraph(_CURVES)]
    for src, figure in charts:
        title = data.titles.get(src or "", src or "all clips")
        blocks.append(FigureBlock(f"{quality} against bitrate: {title}.", figure))
        differences = [difference for difference in comparison.bd if difference.src == src]
        notes = [Paragraph(f"{note.family}: {note.text}.") for note in comparison.notes if note.src == src]
        blocks.append(Fold(f"BD-rates of {title}", (*_table(differences, title), *notes)))
    return blocks


def _table(rows: list[Difference], title: str) -> list[Block]:
    """Return differences as a table, and what must be known of them as a list below it."""
    columns = (
        Column("Test"),
        Column("Against"),
        Column("BD-rate", numeric=True),
        Column("95% interval", numeric=True),
        Column("BD-quality", numeric=True),
        Column("Overlap", numeric=True),
        Column("Clips", numeric=True),
    )
    table = TableBlock(f"{title}. {_DIFFERENCE}", columns, tuple(_row(difference) for difference in rows))
    notes = [
        f"{' against '.join(_row(difference)[:2])}: {difference.bd.note}." for difference in rows if difference.bd.note
    ]
    return [table, *([Points(tuple(notes))] if notes else [])]


def _row(difference: Difference) -> tuple[str, ...]:
    return (
        f"{difference.test} {difference.label}".strip(),
        f"{difference.anchor} {difference.label}".strip(),
        _percent(difference.bd.bd_rate_percent),
        f"{_percent(difference.ci[0])} to {_percent(difference.ci[1])}" if difference.ci else NONE,
        NONE if difference.bd.bd_quality is None else signed(difference.bd.bd_quality),
        percent(difference.bd.overlap),
        str(difference.n_srcs),
    )


def _percent(value: float | None) -> str:
    return NONE if value is None else f"{signed(value, 1)}%"


def _rungs(data: ReportData, comparison: RateQuality) -> list[Block]:
    """Return the rungs of the ladder at which another upscaler makes another height the best."""
    if not comparison.rungs:
        return []
    changed = [rung for rung in comparison.rungs if rung.changed]
    text = (
        f"{len(changed)} of {pluralize(len(comparison.rungs), 'rung')} have another best height with the test family."
    )
    blocks: list[Block] = [Heading("Rungs that change"), Paragraph(text)]
    if changed:
        rows = tuple(
            (
                data.titles.get(rung.src or "", rung.src or ""),
                f"{rung.bitrate_kbps:,.0f}",
                f"{rung.anchor} {rung.anchor_label}",
                f"{rung.anchor_quality:.1f}",
                f"{rung.test} {rung.test_label}",
                f"{rung.test_quality:.1f}",
            )
            for rung in changed
        )
        columns = (
            Column("Clip"),
            Column("kb/s", numeric=True),
            Column("best", group="anchor"),
            Column("quality", numeric=True, group="anchor"),
            Column("best", group="test"),
            Column("quality", numeric=True, group="test"),
        )
        blocks.append(TableBlock("The best height at a bitrate of the ladder, clip by clip", columns, rows))
    return blocks
