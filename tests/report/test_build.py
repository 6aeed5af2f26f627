"""The document: what it says, and that it says what is missing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from qualab.report.build import build
from qualab.report.data import ReportData
from qualab.report.document import Block, Document, FigureBlock, Fold, Section, TableBlock

Make = Callable[..., ReportData]
GOLDEN = Path(__file__).parents[1] / "golden" / "report.txt"


def lines(block: Block) -> Iterator[str]:
    """Yield a block's words, a line each."""
    match block.kind:
        case "table":
            yield f"[{block.caption}]"
            yield " | ".join(f"{column.group} {column.title}".strip() for column in block.columns)
            yield from (" | ".join(row) for row in block.rows)
        case "figure":
            yield f"<{block.caption}>"
        case "facts":
            yield from (f"{name}: {text}" for name, text in block.rows)
        case "answer":
            yield block.question
            yield from (f"{name}: {text}" for name, text in block.lines)
        case "points":
            yield from (f"- {item}" for item in block.items)
        case "callout":
            yield f"{block.tone}! {block.title}: {block.text}"
        case "fold":
            yield f"+ {block.title}"
            yield from (line for inner in block.blocks for line in lines(inner))
        case _:
            yield block.text


def text_of(part: Document | Section) -> str:
    """Return a document or a section as plain text."""
    if isinstance(part, Section):
        return "\n".join([f"## {part.title}", *(line for block in part.blocks for line in lines(block))])
    figures = [f"{value} {text}" for value, text in part.figures]
    return "\n".join([part.title, part.subtitle, *figures, *map(text_of, part.sections)]) + "\n"


def section(document: Document, name: str) -> str:
    return text_of(next(part for part in document.sections if part.id == name))


def blocks(document: Document, kind: type) -> Iterator[Block]:
    def within(found: tuple[Block, ...]) -> Iterator[Block]:
        for block in found:
            if isinstance(block, kind):
                yield block
            if isinstance(block, Fold):
                yield from within(block.blocks)

    for part in document.sections:
        yield from within(part.blocks)


def test_a_small_study_gives_the_golden_document(make: Make) -> None:
    assert text_of(build(make())) == GOLDEN.read_text(encoding="utf-8")


def test_the_same_data_give_the_same_document(make: Make) -> None:
    assert text_of(build(make(simulated=3))) == text_of(build(make(simulated=3)))


def test_every_row_of_a_table_has_as_many_cells_as_columns(make: Make) -> None:
    for block in blocks(build(make(clips=5, hrcs=4, simulated=2, texts=("x",))), TableBlock):
        assert isinstance(block, TableBlock)
        assert {len(row) for row in block.rows} <= {len(block.columns)}


def test_an_empty_study_says_what_is_missing_and_how_to_get_it(make: Make) -> None:
    document = build(make(clips=0, viewers=0))
    assert "No vote has been cast yet" in section(document, "answer")
    assert "qualab clip add toons FILE" in section(document, "scores")
    assert "qualab launch toons" in section(document, "results")
    assert "No viewer has voted" in section(document, "limitations")
    assert "holds no clips" in section(document, "licences")


def test_clips_without_scores_or_references_are_told_apart(make: Make) -> None:
    data = make()
    unscored = build(replace(data, scores=data.scores.iloc[:0], frames={}))
    assert "qualab build toons" in section(unscored, "scores")
    src = tuple(src.model_copy(update={"reference": False}) for src in data.study.src)
    blind = replace(data, study=data.study.model_copy(update={"src": src}), scores=data.scores.iloc[:0], frames={})
    assert "no full-reference metric" in section(build(blind), "scores")
    assert "only viewers can judge" in section(build(blind), "answer")


def test_every_share_in_the_votes_chapter_stands_beside_its_n_and_its_interval(make: Make) -> None:
    document = build(make(simulated=4))
    parts = [table for table in blocks(document, TableBlock) if "by clip: " in table.caption]  # type: ignore[union-attr]
    whole = [table for table in blocks(document, TableBlock) if "otes on" in table.caption]  # type: ignore[union-attr]
    assert len(parts) == len(whole) == 2
    for table in whole:
        assert isinstance(table, TableBlock)
        assert all(row[2] and " to " in row[6] for row in table.rows if row[5] != "–")
    for table in parts:
        assert isinstance(table, TableBlock)
        titles = [column.title for column in table.columns]
        assert {"Votes (n)", "95% interval", "p", "Share"} <= set(titles)
        for row in table.rows:
            cells = dict(zip(titles, row, strict=True))
            n = int(cells["Votes (n)"])
            assert n == int(cells["Baseline"]) + int(cells["Tie"]) + int(cells["Test"]) > 0
            assert cells["Share"] == f"{100 * int(cells['Test']) / n:.0f}%"
            assert " to " in cells["95% interval"]


def test_simulated_votes_have_a_marked_chapter_and_change_no_other(make: Make) -> None:
    without, with_them = build(make()), build(make(simulated=5))
    extra = next(part for part in with_them.sections if part.simulated)
    assert extra.id == "simulated"
    assert section(without, "results") == section(with_them, "results")
    charts = [block for block in extra.blocks if isinstance(block, FigureBlock)]
    assert charts
    for chart in charts:
        assert "watermark" in [note.name for note in chart.figure.layout.annotations]
        assert "simulated" in chart.caption
    real = [block for part in with_them.sections if not part.simulated for block in part.blocks]
    for block in real:
        if isinstance(block, FigureBlock):
            assert "watermark" not in [note.name for note in block.figure.layout.annotations]


def test_simulated_votes_alone_leave_the_real_chapter_empty(make: Make) -> None:
    document = build(make(viewers=0, simulated=5))
    assert "nobody has voted so far" in section(document, "results")
    assert "No vote has been cast yet" in section(document, "answer")
    assert document.figures[2] == ("0", "votes by 0 viewers")


def test_vmaf_up_and_psnr_down_is_pointed_out(make: Make) -> None:
    document = build(make())
    assert "VMAF rises and PSNR-Y falls: espcn-x2 on 1 of 2 clips (Clip 0)." in section(document, "scores")
    assert "On 1 of 2 PSNR-Y fell at the same time." in section(document, "answer")


def test_a_lossless_score_is_a_word_and_stays_out_of_the_mean(make: Make) -> None:
    data = make()
    scores = data.scores.copy()
    hit = (scores["src"] == "clip-1") & (scores["metric"] == "psnr_y") & (scores["hrc"] == "espcn-x2")
    scores.loc[hit, ["value", "lossless"]] = [np.nan, True]
    text = section(build(replace(data, scores=scores)), "scores")
    assert "Clip 1 | 33.04 | lossless | –" in text
    assert "nan" not in text


def test_few_viewers_few_clips_and_seen_training_clips_are_limitations(make: Make) -> None:
    text = section(build(make()), "limitations")
    assert "8 viewers took part; 24 is the least" in text
    assert "3 clips of this study (E1)" in text
    assert "1 clip of 3 without a pristine reference" in text
    assert "espcn-x2 was trained on Clip 0 of this study" in text
    many = section(build(make(clips=6, viewers=24)), "limitations")
    assert "is the least that" not in many


def test_the_same_number_in_two_launches_is_two_viewers(make: Make) -> None:
    data = make(viewers=4)
    second = data.votes.assign(launch=9)
    document = build(replace(data, votes=pd.concat([data.votes, second])))
    assert document.figures[2] == ("24", "votes by 8 viewers")


@pytest.mark.parametrize("hrcs", [1, 2, 6])
def test_every_number_of_hrcs_gives_a_report(make: Make, hrcs: int) -> None:
    document = build(make(hrcs=hrcs))
    assert (len(section(document, "answer").split(" against bicubic")) - 1) == hrcs - 1
