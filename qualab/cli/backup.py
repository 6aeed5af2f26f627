"""The verb that keeps: backup."""

from pathlib import Path
from typing import Annotated

import typer
from humanize import naturalsize

from qualab.cli.options import workspace
from qualab.errors import InputError


def backup(
    places: Annotated[
        list[str], typer.Argument(metavar="[STUDY] OUT", help="Id of a study, unless --all; a folder to be made.")
    ],
    everything: Annotated[bool, typer.Option("--all", help="All studies and all votes.")] = False,
) -> None:
    """Copy a study, or --all, with its votes into a new folder that can be served; voting goes on meanwhile.

    Example: qualab backup --all ../studies-2026-03-01
    """
    from qualab import lab
    from qualab.cli import terminal

    if len(places) != (1 if everything else 2):
        raise InputError("backup", "needs a study and a folder, or --all and a folder", "see: qualab backup --help")
    study_id, output = (None if everything else places[0]), Path(places[-1])
    with terminal.progress("Copying") as draw:
        summary = lab.backup(workspace(), output, study_id=study_id, on_progress=draw)
    what = summary.studies[0] if len(summary.studies) == 1 else f"{len(summary.studies)} studies"
    print(
        f"{summary.folder}: {what}, {summary.votes} votes of {summary.viewers} viewers, chains whole; "
        f"{summary.files} files, {naturalsize(summary.bytes)}"
    )
    terminal.say(f"Look at it: qualab verify STUDY --studies {output}")
