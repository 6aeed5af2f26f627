"""The chapter of objective scores: tables, bars, frame-by-frame lines and distributions."""

from collections.abc import Mapping

import pandas as pd

from qualab.charts.distribution import frame_distribution
from qualab.charts.frames import frame_lines
from qualab.charts.scores import score_bars
from qualab.report.data import ReportData
from qualab.report.document import Block, Callout, FigureBlock, Fold, Heading, Paragraph, Section
from qualab.report.gains import flagged, gain, lossless, main_vmaf, pooled
from qualab.report.score_tables import is_wide, long_tables, wide_table
from qualab.stats.objective.gains import ENHANCED, SHARPER
from qualab.study.families import METRICS

_MOST_LINES = 8
_MOST_NAMED = 6
_MODELS = (
    "The model is {} by Netflix; its NEG variant discounts sharpening and contrast enhancement. Values are means over"
    " frames; differences are test HRC minus baseline."
)


def section(data: ReportData) -> Section:
    """Return the chapter of scores; without scores it says what to do."""
    return Section("scores", "Objective scores", tuple(_measured(data) if _any(data) else [_missing(data)]))


def _any(data: ReportData) -> bool:
    return not data.scores.empty and any(_has(data, metric) for metric in _metrics(data))


def _metrics(data: ReportData) -> list[str]:
    """Return the metrics there are scores by: VMAF and PSNR-Y first, then the others in their usual order."""
    there = set(data.scores["metric"])
    order = [main_vmaf(data), "psnr_y", *METRICS]
    return [metric for metric in dict.fromkeys(order) if metric in there]


def _first(data: ReportData) -> list[str]:
    return [metric for metric in _metrics(data) if metric in (main_vmaf(data), "psnr_y")]


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
    first = _first(data)
    blocks: list[Block] = [Paragraph(_MODELS.format(METRICS[main_vmaf(data)].title)), *_doubts(data)]
    if not is_wide(data):
        for metric in first:
            blocks += _metric(data, metric, chart=True, table=False)
        return [*blocks, *long_tables(data, _metrics(data)), *_frame_by_frame(data)]
    for metric in first:
        blocks += _metric(data, metric, chart=True)
    further = [
        block for metric in _metrics(data) if metric not in first for block in _metric(data, metric, chart=False)
    ]
    if further:
        blocks.append(Fold("Further metrics", tuple(further)))
    return blocks + _frame_by_frame(data)


def _doubts(data: ReportData) -> list[Block]:
    """Return cautions that name the HRCs and clips where VMAF rose and PSNR-Y fell, or where NEG does not follow."""
    blocks: list[Block] = []
    if sharper := _where(data, SHARPER):
        text = (
            f"VMAF rises and PSNR-Y falls: {sharper}. The picture looks sharper to the model but lies further from"
            " the reference; let viewers decide whether the added detail is welcome."
        )
        blocks.append(Callout("caution", "Sharper, not closer", text))
    if enhanced := _where(data, ENHANCED):
        text = (
            f"More than half of the VMAF gained is gone under NEG: {enhanced}. That part is credit for sharpening and"
            " contrast, which viewers may or may not give."
        )
        blocks.append(Callout("caution", "Gain mostly enhancement", text))
    return blocks


def _where(data: ReportData, flag: str) -> str:
    places = []
    for hrc, srcs in flagged(data, flag).items():
        total = len(gain(data, main_vmaf(data), hrc))
        places.append(f"{hrc} on {len(srcs)} of {total} clips ({_listed([data.titles[src] for src in srcs])})")
    more = len(places) - _MOST_NAMED
    return "; ".join(places[:_MOST_NAMED]) + (f"; and {more} more HRCs" if more > 0 else "")


def _listed(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _metric(data: ReportData, metric: str, *, chart: bool, table: bool = True) -> list[Block]:
    if not _has(data, metric):
        return []
    blocks: list[Block] = [Heading(METRICS[metric].title), *([wide_table(data, metric)] if table else [])]
    if chart:
        better = "Lower" if METRICS[metric].lower_is_better else "Higher"
        caption = f"{METRICS[metric].title}, mean over frames, of every clip with a reference. {better} is better."
        figure = score_bars(data.scores, metric=metric, hrcs=data.hrcs, titles=data.titles)
        blocks.append(FigureBlock(caption, figure))
    return blocks


def _frame_by_frame(data: ReportData) -> list[Block]:
    """Return one fold per clip with its per-frame lines and the distribution of its frames."""
    folds: list[Block] = []
    for src in data.study.src:
        tables = _frame_tables(data, src.id)
        blocks: list[Block] = []
        for metric in _first(data):
            if any(metric in table and table[metric].notna().any() for table in tables.values()):
                blocks += _of_clip(data, src.id, metric, tables)
        if blocks:
            folds.append(Fold(data.titles[src.id], tuple(blocks)))
    if not folds:
        return []
    text = "A mean hides short drops that viewers see: clip by clip, every frame."
    if not is_wide(data):
        text += f" Of many HRCs {_MOST_LINES} are drawn, baselines first; the console draws those you choose."
    return [Heading("Frame by frame"), Paragraph(text), *folds]


def _frame_tables(data: ReportData, src: str) -> Mapping[str, pd.DataFrame]:
    bases = set(data.study.baselines().values())
    there = [hrc for hrc in data.hrcs if (src, hrc) in data.frames]
    chosen = sorted(there, key=lambda hrc: hrc not in bases)[:_MOST_LINES]
    return {hrc: data.frames[src, hrc] for hrc in there if hrc in chosen}


def _of_clip(data: ReportData, src: str, metric: str, tables: Mapping[str, pd.DataFrame]) -> list[Block]:
    name, title = METRICS[metric].title, data.titles[src]
    blocks: list[Block] = [
        FigureBlock(f"{name} of {title}, frame by frame.", frame_lines(tables, metric=metric, hrcs=data.hrcs))
    ]
    if metric == main_vmaf(data):
        caption = f"Share of the frames of {title} at or below each {name}; where a line begins is its worst frame."
        blocks.append(FigureBlock(caption, frame_distribution(tables, metric=metric, hrcs=data.hrcs)))
    return blocks
