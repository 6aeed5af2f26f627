"""Verbs that make things: studies, clips, builds, upscaled clips, weights."""

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


def upscale(
    source: Annotated[Path, typer.Argument(metavar="IN", help="The clip to enlarge.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="OUT.mkv, written losslessly, without sound.")],
    upscaler: Annotated[str, typer.Option(metavar="NAME", help="See: qualab upscalers")],
    height: Annotated[int | None, typer.Option(help="Lines of the result.")] = None,
    scale: Annotated[float | None, typer.Option(help="Enlargement.", show_default="2")] = None,
    device: Device = "auto",
) -> None:
    """Upscale one clip.

    Example: qualab upscale low.mp4 high.mkv --upscaler lite-x2 --scale 2
    """
    from qualab import lab, terminal

    with terminal.progress(source.name) as draw:
        made = lab.upscale(source, target, upscaler=upscaler, height=height, scale=scale, device=device, on_frame=draw)
    print(f"{target}: {made.describe()}")


def upscalers(as_json: Json = False) -> None:
    """List what can upscale here, with the measured gain of trained weights.

    Example: qualab upscalers
    """
    from qualab import lab, terminal

    found = lab.upscalers()
    if as_json:
        for entry in found:
            terminal.emit({"type": "upscaler", **entry})
        return
    columns = ("id", "kind", "scale", "architecture", "PSNR-Y over bicubic, dB")
    terminal.show("Upscalers", columns, [_upscaler_row(entry) for entry in found])
    for entry in found:
        if "error" in entry:
            terminal.say(f"error: {entry['error']}")


def _upscaler_row(entry: dict[str, Any]) -> list[object]:
    gains = [gain for gain in entry.get("gain", []) if gain.get("metric") == "psnr_y"]
    told = ", ".join(f"{gain.get('clip')} {gain.get('over_bicubic', 0):+.2f}" for gain in gains)
    return [*(entry.get(name) for name in ("id", "kind", "scale", "architecture")), told]


def train(
    clips: Annotated[list[Path], typer.Argument(metavar="CLIP...", help="Clips, pictures or folders of them.")],
    architecture: Annotated[str, typer.Option(help="espcn, espcn-relu or lite.")],
    output: Annotated[Path, typer.Option(help="New folder, such as models/mine-x2; its name is the id.")],
    scale: Annotated[int, typer.Option(help="Enlargement.")] = 2,
    minutes: Annotated[float, typer.Option(help="How long to train.", min=0.01)] = 15.0,
    seed: Annotated[int, typer.Option(help="The same seed starts from the same weights and patches.")] = 1,
    device: Device = "auto",
    licence: Annotated[str, typer.Option(help="Licence of the weights, for the card.")] = "not stated",
    credit: Annotated[list[str] | None, typer.Option(help="FILE=origin and licence; may be repeated.")] = None,
    as_json: Json = False,
) -> None:
    """Train weights on your own clips and pictures; writes them with a card of their measured gain.

    Example: qualab train clips/ stills/ --architecture lite --output models/mine-x2 --minutes 10
    """
    from qualab import lab, terminal

    credits_ = dict(_named(text) for text in credit or ())
    with terminal.progress("train") as draw:

        def on_progress(event: dict[str, Any]) -> None:
            if as_json:
                terminal.emit({"type": "progress", **event})
            draw(*_training_bar(event))

        options = {"architecture": architecture, "scale": scale, "minutes": minutes, "seed": seed, "device": device}
        card = lab.train(clips, output=output, licence=licence, credits=credits_, on_progress=on_progress, **options)
    if as_json:
        terminal.emit({"type": "card", **card.model_dump(mode="json")})
        return
    print(f"Wrote {output}: {card.architecture} x{card.scale}, sha256 {card.sha256[:16]}")
    for gain in card.gain:
        print("  " + ", ".join(f"{key} {value}" for key, value in gain.items()))


def _named(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise InputError("--credit", f"is '{text[:80]}'", "write FILE=origin and licence")
    return name, value


def _training_bar(event: dict[str, Any]) -> tuple[float, float, str, float]:
    gains = ""
    if "gain_db" in event:
        gains = f"{event['gain_db']:+.2f} dB over bicubic, {event['gain_over_lanczos_db']:+.2f} over lanczos"
    return event["done"], event["total"], gains, event["eta_s"]
