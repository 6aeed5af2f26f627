"""The report's chapter of rate-quality."""

import pytest

from qualab import lab
from qualab.report import answer, rate
from qualab.report.data import ReportData
from qualab.report.document import Callout, FigureBlock, Fold, Paragraph, Points, TableBlock
from qualab.study.workspace import Workspace


def data_of(ws: Workspace, study_id: str) -> ReportData:
    return lab.snapshot(ws, study_id)


def test_a_ladder_gets_a_chapter_with_answer_tables_and_a_chart_for_each_clip(ladder: Workspace) -> None:
    section = rate.section(data_of(ladder, "ladder"))
    assert section is not None
    texts = [block.text for block in section.blocks if isinstance(block, Paragraph)]
    assert texts[1].startswith("lite-x2 needs 13.2% less bitrate than bicubic for the same VMAF v0.6.1 (95% interval")
    captions = [block.caption for block in section.blocks if isinstance(block, FigureBlock)]
    assert captions[1:] == [
        f"VMAF v0.6.1 against bitrate: {name}." for name in ("Cups in the sun", "Squirrels", "Blocks")
    ]
    tables = [block for block in section.blocks if isinstance(block, TableBlock)]
    folded = [inner for block in section.blocks if isinstance(block, Fold) for inner in block.blocks]
    for table in [*tables, *(inner for inner in folded if isinstance(inner, TableBlock))]:
        assert {len(row) for row in table.rows} == {len(table.columns)}
    row = next(row for row in tables[0].rows if row[:2] == ("lite-x2", "bicubic"))
    assert row[2] == "−13.2%"


def test_a_ladder_without_votes_is_answered_in_bitrate(ladder: Workspace) -> None:
    data = data_of(ladder, "ladder")
    assert not data.study.voting.enabled
    points, limits = answer.section(data).blocks
    assert isinstance(points, Points)
    assert points.items[1].startswith("lite-x2 needs 13.2% less bitrate than bicubic")
    assert isinstance(limits, Paragraph)


def test_a_study_without_renditions_has_no_such_chapter(toy: Workspace) -> None:
    assert rate.section(data_of(toy, "toy")) is None


@pytest.mark.parametrize("gone", ["scores"])
def test_a_ladder_that_is_not_built_says_so_in_the_chapter(ladder: Workspace, gone: str) -> None:
    ladder.folder("ladder").manifest.unlink()
    ladder.folder("ladder").scores_table.unlink()
    section = rate.section(data_of(ladder, "ladder"))
    assert section is not None
    (block,) = section.blocks
    assert isinstance(block, Callout)
    assert "qualab build ladder" in block.text
