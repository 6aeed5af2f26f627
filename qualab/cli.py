"""The command line: each verb reads its options, calls a verb of the lab and prints the result."""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qualab.errors import InputError, PartialFailure, QualabError, StorageError, ToolMissing, one_line

if TYPE_CHECKING:
    from qualab.workspace import Workspace

_SETTINGS: dict[str, Any] = {"no_args_is_help": True, "add_completion": False, "pretty_exceptions_enable": False}
app = typer.Typer(**_SETTINGS, help="Decide with numbers and with viewers whether super-resolution is worth it.")
study_app = typer.Typer(**_SETTINGS, help="Create, list and show studies.")
clip_app = typer.Typer(**_SETTINGS, help="Add clips to a study.")

_MAKE, _SCORE, _VOTE, _HELP = "Make", "Score", "Vote and report", "This machine"
app.add_typer(study_app, name="study", rich_help_panel=_MAKE)
app.add_typer(clip_app, name="clip", rich_help_panel=_MAKE)

StudyId = Annotated[str, typer.Argument(metavar="STUDY", help="Id of the study.")]
Json = Annotated[bool, typer.Option("--json", help="Print NDJSON, one object a line.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
UpscalerOption = Annotated[str, typer.Option("--upscaler", metavar="NAME", help="See `qualab upscalers`.")]
BaseUrl = Annotated[str, typer.Option("--url", help="Address under which viewers reach the app.")]
Host = Annotated[str, typer.Option(help="Address to listen on; only this machine by default.")]
Port = Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)]
_HERE = "http://127.0.0.1:8501"


@app.callback()
def _root(
    studies: Annotated[
        Path | None,
        typer.Option("--studies", metavar="DIR", help="Root folder of studies.  [default: QUALAB_STUDIES or studies/]"),
    ] = None,
) -> None:
    if studies is not None:
        os.environ["QUALAB_STUDIES"] = str(studies.absolute())


def _workspace() -> "Workspace":
    from qualab.workspace import Workspace

    return Workspace.at()


@app.command(rich_help_panel=_HELP)
def demo(
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Open the app at the end.")] = True,
    host: Host = "127.0.0.1",
    port: Port = 8501,
    inline: Annotated[bool, typer.Option("--inline", help="Build in this process, without Dask.")] = False,
) -> None:
    """Make, build and score a study of three real clips, ready for voting.

    Example: qualab demo --no-serve
    """
    from qualab import lab, terminal

    ws = _workspace()
    study = lab.make_demo(ws).load()
    for src in study.src:
        terminal.say(f"{src.title}: {src.attribution}; licence: {src.licence}")
    _build(study.id, {"device": "auto", "inline": inline})
    terminal.show_scores("Demo scores, mean over frames", lab.scores(ws, study.id), study.baseline)
    tokens = lab.launch(ws, study.id, viewers=1)
    print(f"Voting is open. One viewer's link: http://{host}:{port}/join/{tokens[0]}")
    if serve:
        _serve(host, port)
    print("See the results and dashboards with: qualab serve")


@app.command(rich_help_panel=_HELP)
def doctor(as_json: Json = False) -> None:
    """Check FFmpeg, libvmaf, codecs, device, SQLite and disk.

    Example: qualab doctor
    """
    from qualab import lab, terminal

    checks = lab.doctor(_workspace())
    for check in checks:
        if as_json:
            terminal.emit({"type": "check", **asdict(check)})
        else:
            print(f"{'ok     ' if check.ok else 'MISSING'} {check.name}: {one_line(check.found)}")
    lacking = [check for check in checks if not check.ok]
    if lacking:
        raise ToolMissing(lacking[0].name, lacking[0].found, lacking[0].mend)


@study_app.command("create")
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

    ws = _workspace()
    lab.create_study(
        ws,
        study_id,
        title=title,
        upscalers=upscaler or (),
        source_height=source_height,
        display_height=display_height,
    )
    print(f"Made {ws.root / study_id / 'study.toml'}. Next: qualab clip add {study_id} FILE --reference")


@study_app.command("list")
def study_list(as_json: Json = False) -> None:
    """List the studies here.

    Example: qualab study list
    """
    from qualab import lab, terminal

    rows = lab.studies(_workspace())
    if as_json:
        for row in rows:
            terminal.emit({"type": "study", **row})
    elif rows:
        columns = ("id", "title", "n_srcs", "n_hrcs", "n_pvs", "n_votes", "state")
        terminal.show("Studies", columns, [[row[name] for name in columns] for row in rows], right=columns[2:6])
    else:
        print("No studies yet. Make one: qualab study create ID, or try: qualab demo")


@study_app.command("show")
def study_show(study_id: StudyId, as_json: Json = False) -> None:
    """Print a study's study.toml.

    Example: qualab study show demo
    """
    from qualab import lab, terminal
    from qualab.config import dump

    study = lab.study(_workspace(), study_id)
    if as_json:
        terminal.emit({"type": "study", **study.model_dump(mode="json")})
    else:
        print(dump(study), end="")


@clip_app.command("add")
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

    ws, failed = _workspace(), []
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


@app.command(rich_help_panel=_MAKE)
def build(
    study_id: StudyId,
    device: Device = "auto",
    cluster: Annotated[str | None, typer.Option(help="Address of a Dask scheduler, tcp://HOST:PORT.")] = None,
    inline: Annotated[bool, typer.Option("--inline", help="In this process, without Dask.")] = False,
    as_json: Json = False,
) -> None:
    """Make missing PVSs, scores and display pairs; what is there already stays.

    Example: qualab build demo
    """
    _build(study_id, {"device": device, "cluster": cluster, "inline": inline}, as_json=as_json)


def _build(study_id: str, options: dict[str, Any], *, as_json: bool = False) -> None:
    from qualab import lab, terminal

    with terminal.progress("build") as draw:

        def on_event(event: dict[str, Any]) -> None:
            if as_json:
                terminal.emit(event)
            draw(event["done"], event["total"], event["step"], event["eta_s"])

        summary = lab.build(_workspace(), study_id, on_event=on_event, **options)
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


@app.command(rich_help_panel=_SCORE)
def scores(study_id: StudyId, as_json: Json = False, as_csv: Csv = False) -> None:
    """Print the scores of a study's build.

    Example: qualab scores demo --json
    """
    from qualab import lab, tables, terminal

    ws = _workspace()
    study, table = lab.study(ws, study_id), lab.scores(ws, study_id)
    if as_csv:
        print(tables.csv_text(table), end="")
    elif as_json:
        for row in tables.records(table):
            terminal.emit({"type": "score", **row})
    elif table.empty:
        print(f"No scores yet: only clips with a reference have them. Build first: qualab build {study_id}")
    else:
        terminal.show_scores(f"{study_id}, mean over frames", table, study.baseline)


@app.command(rich_help_panel=_SCORE)
def score(
    reference: Annotated[Path, typer.Argument(help="The pristine clip.")],
    distorted: Annotated[Path, typer.Argument(help="The clip to score against it.")],
    as_json: Json = False,
) -> None:
    """Score one clip against its reference: VMAF, VMAF NEG, PSNR-Y, PSNR, SSIM.

    Example: qualab score original.mp4 upscaled.mkv --json
    """
    from qualab import lab, terminal

    table, frames = lab.score(reference, distorted)
    if not as_json:
        terminal.show_scores(f"{len(frames)} frames, mean over frames", table)
        return
    metrics: dict[str, dict[str, float]] = {}
    for row in table.to_dict("records"):
        metrics.setdefault(row["metric"], {})[row["pooling"]] = row["value"]
    flags = [f"lossless:{name}" for name in table.loc[table["lossless"], "metric"].unique()]
    flags = ["lossless", *flags] if flags else []
    terminal.emit({"type": "result", "frames": len(frames), "metrics": metrics, "flags": flags})


@app.command(rich_help_panel=_MAKE)
def upscale(
    source: Annotated[Path, typer.Argument(metavar="IN", help="The clip to enlarge.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="OUT.mkv, written losslessly, without sound.")],
    upscaler: UpscalerOption,
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


@app.command(rich_help_panel=_MAKE)
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
    columns = ("id", "kind", "scale", "architecture", "licence")
    terminal.show("Upscalers", columns, [[entry.get(name) for name in columns] for entry in found])


@app.command(rich_help_panel=_MAKE)
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
    spent, total = float(event.get("seconds", 0)), float(event.get("budget_s", 1))
    told = {key: value for key, value in event.items() if "psnr" in key or "gain" in key}
    return spent, total, ", ".join(f"{key} {value:+.2f}" for key, value in told.items()), max(0.0, total - spent)


@app.command(rich_help_panel=_VOTE)
def launch(
    study_id: StudyId,
    viewers: Annotated[int | None, typer.Option(help="Viewers to invite.", min=1, max=1000)] = None,
    presentation: Annotated[str | None, typer.Option(help="side-by-side or toggle.")] = None,
    method: Annotated[str | None, typer.Option(help="forced-choice.")] = None,
    url: BaseUrl = _HERE,
) -> None:
    """Freeze the voting design and print one invite link a line; again: more viewers for the same design.

    Example: qualab launch demo --viewers 12
    """
    from qualab import lab

    tokens = lab.launch(_workspace(), study_id, viewers=viewers, presentation=presentation, method=method)
    for token in tokens:
        print(f"{url.rstrip('/')}/join/{token}")


@app.command(rich_help_panel=_VOTE)
def close(study_id: StudyId) -> None:
    """End the voting; the votes stay.

    Example: qualab close demo
    """
    from qualab import lab

    lab.close(_workspace(), study_id)
    print(f"Voting on {study_id} is closed. Next: qualab analyze {study_id}")


@app.command(rich_help_panel=_VOTE)
def votes(study_id: StudyId, as_csv: Csv = False, as_json: Json = False) -> None:
    """Print the votes, or how many there are.

    Example: qualab votes demo --csv
    """
    from qualab import lab, tables, terminal

    ws = _workspace()
    if as_csv:
        print(tables.csv_text(lab.votes(ws, study_id)), end="")
    elif as_json:
        for row in tables.records(lab.votes(ws, study_id)):
            terminal.emit({"type": "vote", **row})
    else:
        found = lab.progress(ws, study_id)
        for kind in ("real", "simulated"):
            side = found[kind]
            viewers = f"{side['finished']} of {side['invited']} viewers done"
            print(f"{kind}: {side['votes']} of {side['planned']} votes, {viewers}")


@app.command(rich_help_panel=_VOTE)
def analyze(
    study: Annotated[str, typer.Argument(metavar="STUDY|VOTES.csv", help="Id of a study, or a CSV of votes.")],
    alpha: Annotated[float, typer.Option(help="Level of tests and intervals.")] = 0.05,
    as_json: Json = False,
) -> None:
    """Say what the votes support: share, interval, p, n, estimand; per pair over all clips and clip by clip.

    Example: qualab analyze demo --json
    """
    from qualab import lab, terminal

    if not 0 < alpha < 1:
        raise InputError("--alpha", f"is {alpha:g}", "give a number between 0 and 1, such as 0.05")
    if study.lower().endswith(".csv"):
        results = [(result, False) for result in lab.analyze_csv(Path(study), alpha=alpha)]
    else:
        results = lab.analyze(_workspace(), study, alpha=alpha)
    if as_json:
        for result, simulated in results:
            terminal.emit({"type": "result", **result.to_dict(), "simulated": simulated})
        return
    terminal.show_results(study, results)


@app.command(rich_help_panel=_VOTE)
def simulate(
    study_id: StudyId,
    subjects: Annotated[int, typer.Option(help="Synthetic viewers.", min=1, max=1000)],
    share: Annotated[float, typer.Option(help="Share that prefers the test HRC.", min=0, max=1)],
    seed: Annotated[int, typer.Option(help="The same seed gives the same answers.", min=0)] = 1,
) -> None:
    """Let synthetic viewers answer the real trial list; their votes are marked and never counted as real.

    Example: qualab simulate demo --subjects 24 --share 0.7 --seed 1
    """
    from qualab import lab

    count = lab.simulate(_workspace(), study_id, subjects=subjects, share=share, seed=seed)
    print(f"SIMULATED: {count} votes of {subjects} synthetic viewers; see: qualab analyze {study_id}")


@app.command(rich_help_panel=_VOTE)
def report(
    study_id: StudyId,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="report.html or report.zip")],
) -> None:
    """Write the study's report as one HTML file, or everything as a zip.

    Example: qualab report demo -o report.html
    """
    from qualab import lab

    print(f"Wrote {lab.report(_workspace(), study_id, output)}")


@app.command(rich_help_panel=_HELP)
def serve(host: Host = "127.0.0.1", port: Port = 8501) -> None:
    """Serve the app: the console for you, the voting pages for viewers.

    Example: qualab serve --port 8600
    """
    _serve(host, port)


def _serve(host: str, port: int) -> None:
    from qualab import jobs

    for line in jobs.serving(host, port):
        print(line, flush=True)
    jobs.serve(host, port)


def main() -> None:
    """Run the command line and exit with the contract's code: 0, 2, 3, 4, 5 or 130."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code, said = _outcome(lambda: app(_placed(sys.argv[1:]), standalone_mode=False))
    if said:
        print(f"error: {said}", file=sys.stderr)
    if place := os.environ.get("QUALAB_JOB_RESULT"):
        from qualab.workspace import write_json

        write_json(Path(place), {"exit_code": code, "error": said})
    sys.stdout.flush()
    os._exit(code) if code == 130 else sys.exit(code)


def _placed(words: list[str]) -> list[str]:
    """Return the words with `--studies DIR` moved to the front: it may stand after the verb, too."""
    end = words.index("--") if "--" in words else len(words)
    for place, word in enumerate(words[:end]):
        if word == "--studies":
            return [*words[place : place + 2], *words[:place], *words[place + 2 :]]
        if word.startswith("--studies="):
            return [word, *words[:place], *words[place + 1 :]]
    return words


def _outcome(run: Callable[[], object]) -> tuple[int, str]:
    try:
        code = run()
        return (code if isinstance(code, int) else 0), ""
    except QualabError as error:
        return error.exit_code, str(error)
    except KeyboardInterrupt:
        return 130, "interrupted: stopped before the end — run it again, what was made is kept"
    except BrokenPipeError:
        return 0, ""
    except MemoryError:
        return StorageError.exit_code, "memory: is used up — close other programs, or use shorter segments"
    except Exception as error:
        # Typer's own complaints about usage; anything else is a bug and keeps its traceback.
        if not hasattr(error, "format_message"):
            raise
        command = getattr(getattr(error, "ctx", None), "command_path", "qualab")
        return 2, one_line(f"{command}: {error.format_message()} — see: {command} --help")
