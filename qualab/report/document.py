"""The report as a document that knows nothing of HTML or any other format."""

from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar, Literal

import plotly.graph_objects as go


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    kind: ClassVar = "heading"
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Plain text."""

    kind: ClassVar = "paragraph"
    text: str


@dataclass(frozen=True)
class Answer:
    """A question and the labelled lines that answer it."""

    kind: ClassVar = "answer"
    question: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Facts:
    """Names with their values, one a line."""

    kind: ClassVar = "facts"
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Points:
    """A list of statements."""

    kind: ClassVar = "points"
    items: tuple[str, ...]


@dataclass(frozen=True)
class Callout:
    """A statement that must not be overlooked."""

    kind: ClassVar = "callout"
    tone: Literal["note", "caution", "simulated"]
    title: str
    text: str


@dataclass(frozen=True)
class Column:
    """A table's column; neighbours with the same `group` share a heading above theirs."""

    title: str
    numeric: bool = False
    group: str = ""


@dataclass(frozen=True)
class TableBlock:
    """A table of texts. `total` says that the last row sums the others up."""

    kind: ClassVar = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    total: bool = False

    @property
    def groups(self) -> list[tuple[str, int]]:
        """The headings above the column titles with their widths in columns; none where no column has one."""
        if not any(column.group for column in self.columns):
            return []
        return [(name, len(list(columns))) for name, columns in groupby(self.columns, key=lambda column: column.group)]


@dataclass(frozen=True)
class FigureBlock:
    """A chart with its caption, which says in words what the chart shows."""

    kind: ClassVar = "figure"
    caption: str
    figure: go.Figure


@dataclass(frozen=True)
class Fold:
    """Blocks that a reader opens on demand."""

    kind: ClassVar = "fold"
    title: str
    blocks: "tuple[Block, ...]"


Block = Heading | Paragraph | Answer | Facts | Points | Callout | TableBlock | FigureBlock | Fold


@dataclass(frozen=True)
class Section:
    """A chapter; `id` is its anchor. A simulated one is marked as such through and through."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    simulated: bool = False


@dataclass(frozen=True)
class Document:
    """A report: title, one line about what it is, key figures, chapters."""

    title: str
    subtitle: str
    figures: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    generated_at: str
    version: str
