"""Scores of ladders: a row each, every HRC against the baseline of its own rendition."""

from dataclasses import replace

import pandas as pd

from qualab.report.build import build
from qualab.report.data import ReportData
from qualab.report.document import FigureBlock, Fold, TableBlock
from qualab.report.score_tables import is_wide
from qualab.report.scores import section
from qualab.study.config import Cross, Rendition
from qualab.study.manifest import Manifest, Record

RATES = (200, 400, 800, 1600)


def ladder(make, upscalers: tuple[str, ...] = ("bicubic", "lanczos", "toy-a")) -> ReportData:
    """Return a study of four rungs by upscalers: VMAF rises by rung and upscaler, PSNR-Y with the rung alone."""
    data = make(clips=2, hrcs=1)
    rungs = tuple(Rendition(id=f"r{rate}", height=540, bitrate_kbps=rate) for rate in RATES)
    cross = Cross(renditions=tuple(rung.id for rung in rungs), upscalers=upscalers)
    study = data.study.model_validate(
        data.study.model_dump()
        | {"rendition": [r.model_dump() for r in rungs], "hrc": [], "cross": [cross.model_dump()]}
    )
    rows, records = [], []
    for src in study.src:
        for hrc in study.hrcs:
            rung, rank = int(hrc.rendition[1:]), upscalers.index(hrc.upscaler)
            values = {"vmaf": 40 + rung / 40 + 2 * rank, "psnr_y": 30 + rung / 400 - rank}
            rows += [(src.id, hrc.id, name, "mean", value, "", False) for name, value in values.items()]
            records.append(Record(kind="pvs", src=src.id, hrc=hrc.id, bitrate_kbps=rung * 1.1))
    scores = pd.DataFrame(rows, columns=list(data.scores.columns))
    nobody = {"votes": data.votes.iloc[:0], "findings": []}
    return replace(data, study=study, scores=scores, frames={}, manifest=Manifest(objects=tuple(records)), **nobody)


def tables(blocks) -> list[TableBlock]:
    found = []
    for block in blocks:
        found += [block] if isinstance(block, TableBlock) else tables(block.blocks) if isinstance(block, Fold) else []
    return found


def test_a_ladder_has_a_row_for_each_hrc_and_no_more_columns_than_metrics_need(make):
    data = ladder(make)
    assert not is_wide(data)
    means, *clips = tables(section(data).blocks)
    assert len(means.rows) == len(data.study.hrcs) == 12
    assert [len(table.rows) for table in clips] == [12, 12]
    titles = [f"{column.group} {column.title}".strip() for column in means.columns]
    assert titles[:5] == ["HRC", "kb/s", "Against", "VMAF v0.6.1 value", "VMAF v0.6.1 difference"]
    assert {len(row) for table in (means, *clips) for row in table.rows} == {len(titles)}


def test_each_hrc_is_held_against_the_baseline_of_its_own_rendition(make):
    first = tables(section(ladder(make)).blocks)[1]
    rows = {row[0]: row for row in first.rows}
    assert rows["lanczos-r400"][1:5] == ("440", "bicubic-r400", "52.0", "+2.0")
    assert rows["bicubic-r400"][2:5] == ("–", "50.0", "–")


def test_the_whole_report_of_a_ladder_is_made_and_names_what_is_sharper_but_not_closer(make):
    document = build(ladder(make))
    said = "\n".join(block.text for part in document.sections for block in part.blocks if block.kind == "callout")
    assert "lanczos-r200 on 2 of 2 clips" in said
    assert "more HRCs" in said


def test_frames_of_a_ladder_are_drawn_for_eight_hrcs_with_the_baselines(make):
    data = ladder(make)
    table = pd.DataFrame({"frame": [0, 1], "vmaf": [50.0, 60.0], "psnr_y": [30.0, 31.0]})
    frames = {(src.id, hrc.id): table for src in data.study.src for hrc in data.study.hrcs}
    folds = [block for block in section(replace(data, frames=frames)).blocks if isinstance(block, Fold)]
    lines = next(block for block in folds[-1].blocks if isinstance(block, FigureBlock))
    names = [trace.name for trace in lines.figure.data]
    assert len(names) == 8
    assert {f"bicubic-r{rate}" for rate in RATES} <= set(names)
