"""The report as a PDF, set by typst from the same document as the HTML page."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from qualab.charts.theme import one_text
from qualab.errors import ToolMissing
from qualab.report.build import build
from qualab.report.data import ReportData
from qualab.report.document import Block, Document, FigureBlock, Fold, TableBlock
from qualab.report.drawn.svg import WIDTH, svg_of
from qualab.study.files import replacing, storage

_TEMPLATE = Path(__file__).parent / "page" / "report.typ"
# Charts that a reader opens on demand stand two beside each other on paper.
_NARROW = 430.0


def save(data: ReportData, path: Path) -> None:
    """Write the report as a PDF, whole or not at all.

    Raises:
        ToolMissing: typst is not installed.
    """
    typeset()
    content = pdf_of(build(data))
    with replacing(path) as part, storage(path):
        part.write_bytes(content)


def pdf_of(document: Document) -> bytes:
    """Return a document as a PDF; equal documents give equal bytes.

    Whatever users wrote reaches typst as data (JSON in sys.inputs), never as markup. Letters that typst's own fonts
    lack are taken from fonts of the system, where it has them.

    Raises:
        ToolMissing: typst is not installed.
    """
    told = json.dumps(_document(document), ensure_ascii=False)
    made: bytes = typeset().compile(_template(), sys_inputs={"document": told}, format="pdf", timestamp=0)
    return made


def typeset() -> Any:
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


def _document(document: Document) -> dict[str, Any]:
    """Return a document in JSON's types, every text on one line without hidden characters."""
    sections = [
        {
            "id": section.id,
            "title": section.title,
            "simulated": section.simulated,
            "blocks": [_block(block) for block in section.blocks],
        }
        for section in document.sections
    ]
    found = {
        "title": document.title,
        "subtitle": document.subtitle,
        "figures": [list(figure) for figure in document.figures],
        "generated_at": document.generated_at,
        "version": document.version,
        "sections": sections,
    }
    cleaned: dict[str, Any] = _clean(found)
    return cleaned


def _block(block: Block, *, width: float = WIDTH) -> dict[str, Any]:
    found = {"kind": block.kind, **vars(block)}
    if isinstance(block, FigureBlock):
        found.pop("figure")
        return found | {"svg": svg_of(block.figure, width=width)}
    if isinstance(block, TableBlock):
        return found | {"columns": [vars(column) for column in block.columns], "groups": block.groups}
    if isinstance(block, Fold):
        return found | {"blocks": [_block(inner, width=_NARROW) for inner in block.blocks]}
    return found


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.startswith("<svg ") else one_text(value)
    if isinstance(value, Mapping):
        return {name: _clean(item) for name, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list | tuple) else value
