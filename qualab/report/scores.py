"""The chapter of objective scores: tables, bars and frame-by-frame lines."""

import math

from qualab.charts.scores import frame_lines, score_bars
from qualab.report.data import ReportData
from qualab.report.document import Block, Callout, Column, FigureBlock, Fold, Heading, Paragraph, Section, TableBlock
from qualab.report.gains import gain, lossless, pooled, sharper_not_closer
from qualab.report.numbers import counted, signed, value_of
from qualab.terms import METRIC_TITLES, METRIC_UNITS

_FIRST = ("vmaf", "psnr_y")
_FURTHER = ("vmaf_neg", "psnr", "ssim")
_MODELS = (
    f"The model is {METRIC_TITLES['vmaf']} by Netflix; its NEG variant discounts sharpening and contrast"
    " enhancement. Values are means over frames; differences are test HRC minus baseline."
)


def section(data: ReportData) -> Section:
    """Return the chapter of scores; without scores it says what to do."""
    return Section("scores", "Objective scores", tuple(_measured(data) if _any(data) else [_missing(data)]))


def _any(data: ReportData) -> bool:
    return not data.scores.empty and any(_has(data, metric) for metric in (*_FIRST, *_FURTHER))


def _has(data: ReportData, metric: str) -> bool:
    return bool(pooled(data, metric).notna().any(axis=None)) or bool(lossless(data, metric))


def _missing(data: ReportData) -> Callout:
    if not data.study.src:
        return Callout("caution", "No clips yet", f"Add the first one: qualab clip add {data.study.id} FILE")
    if not any(src.reference for src in data.study.src):
        text = "No clip of this study has a reference, so no full-reference metric can be measured."
        return Callout("note", "Nothing to measure", text)
    return Callout("caution", "No scores yet", f"Measure them: qualab build {data.study.id}")


def _measured(data: ReportData) -> list[Block]:
    blocks: list[Block] = [Paragraph(_MODELS), *_doubts(data)]
    for metric in _FIRST:
        blocks += _metric(data, metric, chart=True)
    further = [block for metric in _FURTHER for block in _metric(data, metric, chart=False)]
    if further:
        blocks.append(Fold("Further metrics", tuple(further)))
    return blocks + _frame_by_frame(data)


def _doubts(data: ReportData) -> list[Block]:
    """Return a caution that names the HRCs and clips where VMAF rose and PSNR-Y fell."""
    found = []
    for _, test in data.study.pairs():
        srcs = sharper_not_closer(data, test)
        if srcs:
            total = len(gain(data, "vmaf", test))
            found.append(f"{test} on {len(srcs)} of {total} clips ({_listed([data.titles[src] for src in srcs])})")
    if not found:
        return []
    text = (
        f"VMAF rises and PSNR-Y falls: {'; '.join(found)}. The picture looks sharper to the model but lies further from"
        " the reference; let viewers decide whether the added detail is welcome."
    )
    return [Callout("caution", "Sharper, not closer", text)]


def _listed(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _metric(data: ReportData, metric: str, *, chart: bool) -> list[Block]:
    if not _has(data, metric):
        return []
    blocks: list[Block] = [Heading(METRIC_TITLES[metric]), _table(data, metric)]
    if chart:
        caption = f"{METRIC_TITLES[metric]}, mean over frames, of every clip with a reference. Higher is better."
        figure = score_bars(data.scores, metric=metric, hrcs=data.hrcs, titles=data.titles)
        blocks.append(FigureBlock(caption, figure))
    return blocks


def _table(data: ReportData, metric: str) -> TableBlock:
    """Return clips x HRCs: the value, and for all but the baseline the difference to it."""
    values, infinite = pooled(data, metric), lossless(data, metric)
    columns = [Column("Clip"), Column("value", numeric=True, group=data.study.baseline)]
    for hrc in data.hrcs[1:]:
        columns += [Column("value", numeric=True, group=hrc), Column("difference", numeric=True, group=hrc)]
    rows = []
    for src, numbers in zip(values.index, values.to_numpy(), strict=True):
        row = [data.titles[src]]
        for hrc, value in zip(data.hrcs, numbers, strict=True):
            row.append("lossless" if (src, hrc) in infinite and math.isnan(value) else value_of(value, metric))
            if hrc != data.study.baseline:
                row.append(signed(value - numbers[0], metric))
        rows.append(tuple(row))
    means = _means(data, metric)
    unit = METRIC_UNITS[metric].replace("-", "–")
    caption = f"{counted(len(values), 'clip')} with a reference; {unit}"
    return TableBlock(caption, tuple(columns), (*rows, *means), total=bool(means))


def _means(data: ReportData, metric: str) -> list[tuple[str, ...]]:
    """Return the row of means, over the clips for which every HRC has a number, so that columns compare."""
    values = pooled(data, metric)
    complete = values.dropna(axis="columns", how="all").dropna()
    if len(complete) < 2:
        return []
    partly = f" of {len(values)}" if len(complete) < len(values) else ""
    row = [f"Mean of {len(complete)}{partly} clips"]
    for hrc in data.hrcs:
        mean = float(complete[hrc].mean()) if hrc in complete else math.nan
        row.append(value_of(mean, metric))
        if hrc != data.study.baseline:
            base = float(complete[data.study.baseline].mean()) if data.study.baseline in complete else math.nan
            row.append(signed(mean - base, metric))
    return [tuple(row)]


def _frame_by_frame(data: ReportData) -> list[Block]:
    """Return one fold per clip with its per-frame lines."""
    folds: list[Block] = []
    for src in data.study.src:
        tables = {hrc: data.frames[src.id, hrc] for hrc in data.hrcs if (src.id, hrc) in data.frames}
        blocks: list[Block] = []
        for metric in _FIRST:
            if any(metric in table and table[metric].notna().any() for table in tables.values()):
                caption = f"{METRIC_TITLES[metric]} of {data.titles[src.id]}, frame by frame."
                blocks.append(FigureBlock(caption, frame_lines(tables, metric=metric, hrcs=data.hrcs)))
        if blocks:
            folds.append(Fold(data.titles[src.id], tuple(blocks)))
    if not folds:
        return []
    text = "A mean hides short drops that viewers see. Open a clip to look at every frame."
    return [Heading("Frame by frame"), Paragraph(text), *folds]
