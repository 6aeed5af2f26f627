"""The report as a PDF, set by typst from the same document as the HTML page."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

import plotly.graph_objects as go

from qualab.charts.theme import one_text
from qualab.errors import ToolMissing
from qualab.report.build import build
from qualab.report.data import ReportData
from qualab.report.document import Block, Document, FigureBlock, Fold, TableBlock
from qualab.report.figures import svgs_of
from qualab.study.files import replacing, storage

_TEMPLATE = Path(__file__).parent / "page" / "report.typ"
# Pixels: their texts are then about as large as the report's. Charts of a fold stand two beside each other on paper.
_WIDTH, _NARROW = 740, 430


def save(data: ReportData, path: Path) -> None:
    """Write the report as a PDF, whole or not at all.

    Raises:
        ToolMissing: typst, kaleido or Chrome is not there.
    """
    typst_package()
    content = pdf_of(build(data))
    with replacing(path) as part, storage(path):
        part.write_bytes(content)


def pdf_of(document: Document) -> bytes:
    """Return a document as a PDF; equal documents give equal bytes.

    Whatever users wrote reaches typst as data (JSON in sys.inputs), never as markup. Letters that typst's own fonts
    lack are taken from fonts of the system, where it has them.

    Raises:
        ToolMissing: typst, kaleido or Chrome is not there.
    """
    content = json.dumps(_document(document), ensure_ascii=False)
    pdf: bytes = typst_package().compile(_template(), sys_inputs={"document": content}, format="pdf", timestamp=0)
    return pdf


def typst_package() -> ModuleType:
    """Return the typst package.

    Raises:
        ToolMissing: it is not installed.
    """
    try:
        import typst
    except ImportError:
        raise ToolMissing("typst", "is not installed, and PDF needs it", "pip install 'qualab[pdf]'") from None
    return typst


@cache
def _template() -> bytes:
    return _TEMPLATE.read_bytes()


def _document(document: Document) -> object:
    """Return a document in JSON's types, every text on one line without hidden characters."""
    svgs = iter(svgs_of(list(figures_of(document))))
    sections = [
        {
            "id": section.id,
            "title": section.title,
            "simulated": section.simulated,
            "blocks": [_block(block, svgs) for block in section.blocks],
        }
        for section in document.sections
    ]
    return _clean({**vars(document), "sections": sections})


def figures_of(document: Document) -> Iterator[tuple[go.Figure, int]]:
    """Yield the figures of a document in their order, each with its width on paper in pixels."""
    for section in document.sections:
        yield from _figures(section.blocks, _WIDTH)


def _figures(blocks: Iterable[Block], width: int) -> Iterator[tuple[go.Figure, int]]:
    for block in blocks:
        if isinstance(block, FigureBlock):
            yield block.figure, width
        elif isinstance(block, Fold):
            yield from _figures(block.blocks, _NARROW)


def _block(block: Block, svgs: Iterator[str]) -> dict[str, object]:
    content: dict[str, object] = {"kind": block.kind, **vars(block)}
    if isinstance(block, FigureBlock):
        del content["figure"]
        return content | {"svg": next(svgs)}
    if isinstance(block, TableBlock):
        return content | {"columns": [vars(column) for column in block.columns], "groups": block.groups}
    if isinstance(block, Fold):
        return content | {"blocks": [_block(inner, svgs) for inner in block.blocks]}
    return content


def _clean(value: object) -> object:
    if isinstance(value, str):
        return value if value.startswith("<svg ") else one_text(value)
    if isinstance(value, Mapping):
        return {name: _clean(item) for name, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list | tuple) else value
