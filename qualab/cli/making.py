"""Verbs that make things: studies, clips, builds."""

from pathlib import Path
from typing import Annotated, Any

import typer

from qualab.cli.options import Device, Inline, Json, StudyId, workspace
from qualab.errors import InputError, PartialFailure


def study_create(
    study_id: Annotated[str, typer.Argument(metavar="ID", help="Names the study's folder.")],
    upscaler: Annotated[list[str] | None, typer.Option(help="One per HRC; the first is the baseline.")] = None,
    display_height: Annotated[int, typer.Option(help="Lines that viewers see.")] = 720,
    source_height: Annotated[
        int | None, typer.Option(help="Lines that references are degraded to.", show_default="half of display height")
    ] = None,
    title: Annotated[str, typer.Option(help="What screens and reports call it.")] = "",
) -> None:
    """Make a study: which upscalers to compare, at which heights.

    Example: qualab study create anime --upscaler bicubic --upscaler lite-x2 --display-height 1080
    """
    from qualab import lab

    ws = workspace()
    lab.create_study(
        ws,
        study_id,
        title=title,
        upscalers=upscaler or (),
        source_height=source_height,
        display_height=display_height,
    )
    print(f"Made {ws.root / study_id / 'study.toml'}. Next: qualab clip add {study_id} FILE --reference")


def study_list(as_json: Json = False) -> None:
    """List the studies here.

    Example: qualab study list
    """
    from qualab import lab, terminal

    rows = lab.studies(workspace())
    if as_json:
        for row in rows:
            terminal.emit({"type": "study", **row})
    elif rows:
        columns = ("id", "title", "n_srcs", "n_hrcs", "n_pvs", "n_votes", "state")
        terminal.show("Studies", columns, [[row[name] for name in columns] for row in rows], right=columns[2:6])
    else:
        print("No studies yet. Make one: qualab study create ID, or try: qualab demo")


def study_show(study_id: StudyId, as_json: Json = False) -> None:
    """Print a study's study.toml.

    Example: qualab study show demo
    """
    from qualab import terminal
    from qualab.config import dump

    study = workspace().folder(study_id).load()
    if as_json:
        terminal.emit({"type": "study", **study.model_dump(mode="json")})
    else:
        print(dump(study), end="")


def clip_add(
    study_id: StudyId,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Clips; MP4, MKV, WebM and others.")],
    reference: Annotated[bool, typer.Option("--reference/--no-reference", help="Is it pristine?")] = True,
    start: Annotated[float, typer.Option(help="First second to use.", min=0)] = 0.0,
    duration: Annotated[float | None, typer.Option(help="Seconds to use.", show_default="to the end")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="For grouping results; may be repeated.")] = None,
    title: Annotated[str, typer.Option(help="Name on screens and in reports.", show_default="the file's name")] = "",
    attribution: Annotated[str, typer.Option(help="Whose work it is; shown in reports.")] = "",
    licence: Annotated[str, typer.Option(help="Under which licence it is used.")] = "",
    as_json: Json = False,
) -> None:
    """Probe, check and store clips in a study.

    Example: qualab clip add anime episode-01.mkv --no-reference --start 90 --duration 8
    """
    from qualab import lab, terminal

    ws, failed = workspace(), []
    for file in files:
        options = {"reference": reference, "start_s": start, "duration_s": duration, "tags": tag or ()}
        credit = {"title": title, "attribution": attribution, "licence": licence}
        try:
            added = lab.add_clip(ws, study_id, file, **options, **credit)
        except InputError as error:
            if len(files) == 1:
                raise
            terminal.say(f"error: {error}")
            failed.append(file.name)
            continue
        if as_json:
            terminal.emit({"type": "clip", **added.src.model_dump(mode="json"), "is": added.info.describe()})
        else:
            print(f"{added.src.id}: {added.info.describe()}{', reference' if reference else ''}")
    if failed:
        raise PartialFailure("clip add", f"{len(failed)} of {len(files)} clips refused", "mend or leave out those")


def build(
    study_id: StudyId,
    device: Device = "auto",
    cluster: Annotated[str | None, typer.Option(help="Address of a Dask scheduler, tcp://HOST:PORT.")] = None,
    inline: Inline = False,
    as_json: Json = False,
) -> None:
    """Make missing PVSs, scores and display pairs; what is there already stays.

    Example: qualab build demo
    """
    run_build(study_id, {"device": device, "cluster": cluster, "inline": inline}, as_json=as_json)


def run_build(study_id: str, options: dict[str, Any], *, as_json: bool = False) -> None:
    from qualab import lab, terminal

    with terminal.progress("build") as draw:

        def on_event(event: dict[str, Any]) -> None:
            if as_json:
                terminal.emit(event)
            draw(event["done"], event["total"], event["step"], event["eta_s"])

        summary = lab.build(workspace(), study_id, on_event=on_event, **options)
    times = ", ".join(f"{kind} {spent:.1f} s" for kind, spent in summary.seconds.items())
    if as_json:
        counts = {"made": summary.made, "cached": summary.cached, "seconds": summary.seconds}
        terminal.emit({"type": "build", "study": study_id, "device": summary.device, **counts})
        for failure in summary.failures:
            terminal.emit({"type": "failure", **failure})
    else:
        done = f"{summary.made} made ({times or 'nothing to do'}), {summary.cached} kept"
        print(f"Built {study_id} on {summary.device}: {done}")
    for failure in summary.failures:
        terminal.say(f"error: {failure['error']}")
    if summary.failures:
        what = f"{len(summary.failures)} steps failed, the rest is done"
        raise PartialFailure(f"build {study_id}", what, "mend or remove those clips, then build again")
