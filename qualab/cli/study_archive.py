"""Verbs that move a study from machine to machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from humanize import naturalsize

from qualab.cli.options import StudyId, workspace

if TYPE_CHECKING:
    from qualab.lab.study_archive import Archived


def study_export(
    study_id: StudyId,
    output: Annotated[Path, typer.Argument(metavar="OUT.zip", help="The archive to write.")],
) -> None:
    """Write a study with its clips, PVSs, scores and votes as one zip, for another machine; no token is in it.

    Example: qualab study export demo demo.zip
    """
    from qualab import lab
    from qualab.cli import terminal

    with terminal.progress("Packing") as draw:
        archived = lab.export_study(workspace(), study_id, output, on_progress=draw)
    print(f"Wrote {output}: {_held(archived)}")
    terminal.say("Links to vote are not in it: those that were sent stay good on this machine alone.")


def study_import(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="What study export wrote.")],
    name: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="What it is called here.", show_default="its own id")
    ] = None,
) -> None:
    """Take in a study that study export wrote; every file and every chain of votes is checked first.

    Example: qualab study import demo.zip --id demo-2
    """
    from qualab import lab
    from qualab.cli import terminal

    with terminal.progress("Unpacking") as draw:
        archived = lab.import_study(workspace(), file, new_id=name, on_progress=draw)
    print(f"Imported {archived.study}: {_held(archived)}, chains whole")
    print(f"See it: qualab study show {archived.study}")


def _held(archived: "Archived") -> str:

    return (
        f"{archived.votes} votes of {archived.viewers} viewers, {archived.files} files, {naturalsize(archived.bytes)}"
    )
