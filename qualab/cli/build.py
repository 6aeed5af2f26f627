"""Verbs that make things: studies, clips, builds."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from humanize import naturalsize

from qualab.cli.options import Device, Inline, Json, StudyId, one_of, workspace
from qualab.errors import InputError, PartialFailure
from qualab.study.templates import TEMPLATES
from qualab.study.units import duration

if TYPE_CHECKING:
    from qualab.pipeline.build import Summary
    from qualab.pipeline.estimate import Estimate


_MOST_NOTES = 4


def study_create(
    study_id: Annotated[str, typer.Argument(metavar="ID", help="Names the study's folder.")],
    template: Annotated[str, typer.Option(help=f"What it starts from: {one_of(TEMPLATES)}.")] = "pair",
    upscaler: Annotated[list[str] | None, typer.Option(help="To compare; the first is the baseline.")] = None,
    display_height: Annotated[
        int | None, typer.Option(help="Lines that viewers see.", show_default="the template's")
    ] = None,
    source_height: Annotated[
        int | None, typer.Option(help="Lines that references are degraded to.", show_default="half of display height")
    ] = None,
    height: Annotated[list[int] | None, typer.Option(help="Lines of a rendition; may be repeated.")] = None,
    bitrate_kbps: Annotated[list[float] | None, typer.Option(help="Of every height; may be repeated.")] = None,
    crf: Annotated[list[float] | None, typer.Option(help="Constant quality, of every height; may be repeated.")] = None,
    codec: Annotated[
        list[str] | None, typer.Option(help="libx264, libx265, libsvtav1 or libvpx-vp9; may be repeated.")
    ] = None,
    preset: Annotated[str, typer.Option(help="The encoder's own word for its speed.")] = "",
    two_pass: Annotated[bool, typer.Option("--two-pass", help="Code renditions with a bitrate in two passes.")] = False,
    order: Annotated[
        list[str] | None, typer.Option(help="encode-then-upscale or upscale-then-encode; may be repeated.")
    ] = None,
    title: Annotated[str, typer.Option(help="What screens and reports call it.")] = "",
) -> None:
    """Make a study: which upscalers to compare, at which heights, after which coding.

    Example: qualab study create ladder --template ladder --upscaler bicubic --upscaler lite-x2 --codec libx265
    """
    from qualab import lab

    ws = workspace()
    sizes = {"display_height": display_height, "source_height": source_height, "heights": height or ()}
    rates = {"bitrates_kbps": bitrate_kbps or (), "crfs": crf or (), "preset": preset, "two_pass": two_pass}
    lists = {"upscalers": upscaler or (), "codecs": codec or (), "orders": order or ()}
    study = lab.create_study(ws, study_id, template=template, title=title, **sizes, **rates, **lists)
    coded = f"{len(study.rendition)} renditions, " if study.rendition else ""
    print(f"Made {ws.root / study_id / 'study.toml'}: {coded}{len(study.hrcs)} HRCs.")
    print(f"Next: qualab clip add {study_id} FILE --reference")


def study_list(as_json: Json = False) -> None:
    """List the studies here.

    Example: qualab study list
    """
    from qualab import lab
    from qualab.cli import terminal

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
    from qualab.cli import terminal
    from qualab.study.config import dump

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
    from qualab import lab
    from qualab.cli import terminal

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
        raise PartialFailure("clip add", f"{len(failed)} of {len(files)} clips refused", "fix or leave out those")


def build(
    study_id: StudyId,
    device: Device = "auto",
    cluster: Annotated[str | None, typer.Option(help="Address of a Dask scheduler, tcp://HOST:PORT.")] = None,
    inline: Inline = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Say what would be made, and about what it takes; stop.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make missing renditions, PVSs, scores and display pairs; what is there already stays.

    Example: qualab build demo
    """
    if plan:
        _show_plan(study_id, device, as_json=as_json)
    else:
        run_build(study_id, device=device, cluster=cluster, inline=inline, as_json=as_json)


def _show_plan(study_id: str, device: str, *, as_json: bool) -> None:
    from qualab.cli import terminal
    from qualab.pipeline.build import estimate_build

    planned = estimate_build(workspace().folder(study_id), device=device)
    if as_json:
        for record in planned.records():
            terminal.emit(record)
        return
    columns = ("step", "to make", "kept", "time", "disk")
    rows = [
        (share.kind, share.missing, share.kept, duration(share.seconds), naturalsize(share.bytes))
        for share in (*planned.shares, planned.total)
    ]
    terminal.show(f"What a build of {study_id} would do", columns, rows, right=columns[1:])


def run_build(study_id: str, *, device: str, inline: bool, cluster: str | None = None, as_json: bool = False) -> None:
    """Build a study, draw its progress and print what was done."""
    from qualab.cli import terminal

    # Not by way of lab: importing all of its verbs takes longer than a build that finds everything there.
    from qualab.pipeline.build import build as make

    with terminal.progress("build") as draw:

        def on_plan(planned: "Estimate") -> None:
            total = planned.total
            time, disk = duration(total.seconds), naturalsize(total.bytes)
            if sys.stderr.isatty():
                terminal.say(f"{study_id}: {total.missing} steps to make, {total.kept} kept; about {time}, {disk}")

        def on_event(event: dict[str, Any]) -> None:
            if as_json:
                terminal.emit(event)
            draw(event["done"], event["total"], event["step"], event["eta_s"])

        folder = workspace().folder(study_id)
        summary = make(folder, device=device, inline=inline, cluster=cluster, on_event=on_event, on_plan=on_plan)
    _tell(study_id, summary, as_json=as_json)
    if summary.failures:
        what = f"{len(summary.failures)} steps failed, the rest is done"
        raise PartialFailure(f"build {study_id}", what, "fix or remove those clips, then build again")


def _tell(study_id: str, summary: "Summary", *, as_json: bool) -> None:
    """Print what a build did; notes and failures go to stderr."""
    from qualab.cli import terminal

    times = ", ".join(f"{kind} {spent:.1f} s" for kind, spent in summary.seconds.items())
    if as_json:
        counts = {"made": summary.made, "cached": summary.cached, "seconds": summary.seconds}
        terminal.emit({"type": "build", "study": study_id, "device": summary.device, **counts})
        for note in summary.notes:
            terminal.emit({"type": "note", **note})
        for failure in summary.failures:
            terminal.emit({"type": "failure", **failure.dump()})
    else:
        done = f"{summary.made} made ({times or 'nothing to do'}), {summary.cached} kept"
        print(f"Built {study_id} on {summary.device}: {done}")
    for note in summary.notes[:_MOST_NOTES]:
        terminal.say(f"note: {note['src']} {note['name']}: {note['note']}")
    if len(summary.notes) > _MOST_NOTES:
        hint = "two passes or longer clips come closer"
        terminal.say(f"note: {len(summary.notes)} renditions missed their bitrate; {hint}, rates are measured anyway")
    for failure in summary.failures:
        terminal.say(f"error: {failure.error}")
