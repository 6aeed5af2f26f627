"""The options that several verbs share, and the workspace they name."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from qualab.study.workspace import Workspace


StudyId = Annotated[str, typer.Argument(metavar="STUDY", help="Id of the study.")]
Json = Annotated[bool, typer.Option("--json", help="Print NDJSON, one object a line.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
Inline = Annotated[bool, typer.Option("--inline", help="Work in this process, without Dask.")]
BaseUrl = Annotated[str, typer.Option("--url", help="Address under which viewers reach the app.")]
Host = Annotated[str, typer.Option(help="Address to listen on; only this machine by default.")]
Port = Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)]


def workspace() -> "Workspace":
    """Return the workspace that --studies or QUALAB_STUDIES names, else studies/ here."""
    from qualab.study.workspace import Workspace

    return Workspace.at()


def one_of(names: Iterable[str]) -> str:
    """Return names as a help text lists them.

    >>> one_of(["onnx", "torchscript", "ffmpeg"])
    'onnx, torchscript or ffmpeg'
    """
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
