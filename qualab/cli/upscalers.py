"""Verbs about upscalers: use one, list them, train one, take one to other tools."""

from pathlib import Path
from typing import Annotated, Any

import typer

from qualab.cli.options import Device, Json, one_of
from qualab.errors import InputError, PartialFailure
from qualab.study.ids import nearest
from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.exports import FORMATS

# Columns of the list and the least width of the terminal that shows them.
_COLUMNS = {
    "id": 0,
    "scale": 0,
    "params": 0,
    "GFLOP": 0,
    "gain, dB": 0,
    "fps": 0,
    "from": 100,
    "licence": 120,
    "gain by clip, dB": 150,
}
_FORMATS = [f"{name} ({row.title})" for name, row in FORMATS.items()]
_OUTPUTS = [f"OUT{row.suffix}" for row in FORMATS.values()]
_TRAINABLE = [name for name, row in ARCHITECTURES.items() if row.is_trainable]
_NUMBERS = ("scale", "params", "GFLOP", "gain, dB", "fps")


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
    from qualab import lab
    from qualab.cli import terminal

    with terminal.progress(source.name) as draw:
        info = lab.upscale(source, target, upscaler=upscaler, height=height, scale=scale, device=device, on_frame=draw)
    print(f"{target}: {info.describe()}")


def upscalers(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Only these.")] = None,
    benchmark: Annotated[bool, typer.Option("--benchmark", help="Measure the speed here, seconds each.")] = False,
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """List what can upscale here: size, cost, measured gain, speed on this machine, licence, origin.

    GFLOP are for one frame of 1280x720, fps for 640x360 to 1280x720, gain is the mean PSNR-Y over bicubic.

    Example: qualab upscalers --benchmark lite-x2
    """
    from qualab import lab
    from qualab.cli import terminal

    failed: list[dict[str, Any]] = []
    if benchmark:
        with terminal.progress("benchmark") as draw:
            records = lab.benchmark(list(names or ()), device=device, on_step=draw)
            failed = [record for record in records if "error" in record]
    rows = {str(row["id"]): row for row in lab.upscalers()}
    for name in names or ():
        if name not in rows:
            raise InputError(f"upscaler '{name[:80]}'", "does not exist", nearest(name[:80], rows))
    chosen = [row for name, row in rows.items() if not names or name in names]
    if as_json:
        for row in chosen:
            terminal.emit({"type": "upscaler", **row})
    else:
        _show(chosen)
    for row in failed:
        terminal.say(f"error: {row['error']}")
    if failed:
        what = f"{len(failed)} could not run here, the rest is measured"
        raise PartialFailure("upscalers --benchmark", what, "fix or leave out those")


def _show(rows: list[dict[str, Any]]) -> None:
    from qualab.cli import terminal

    columns = [name for name, least in _COLUMNS.items() if terminal.width() >= least]
    cells = [_cells(row) for row in rows]
    terminal.show("Upscalers", columns, [[row[name] for name in columns] for row in cells], right=_NUMBERS)
    for row in rows:
        if "error" in row:
            terminal.say(f"error: {row['error']}")
    if not any(row["fps"] for row in rows):
        print("Speed is not measured here yet: qualab upscalers --benchmark")


def _cells(row: dict[str, Any]) -> dict[str, str]:
    gain, origin = row.get("gain_db"), str(row["origin"])
    counted = [entry for entry in row.get("gain", []) if entry.get("metric") == "psnr_y"]
    counted = [entry for entry in counted if entry.get("clip") in row.get("gain_clips", ())]
    return {
        "id": str(row["id"]),
        "scale": f"x{row['scale']}" if row.get("scale") else "any" if row["kind"] == "classic" else "",
        "params": _short(row["parameters"]),
        "GFLOP": _short(row["gflop_720p"]),
        "gain, dB": "" if gain is None else f"{gain:+.2f}",
        "fps": _short(row["fps"]),
        "from": origin if len(origin) <= 20 else f"…{origin[-19:]}",
        # What stands in brackets or behind a semicolon says more than a table holds; --json has it.
        "licence": str(row.get("licence") or "").partition(";")[0].partition(" (")[0][:24],
        "gain by clip, dB": ", ".join(f"{entry['clip']} {entry['over_bicubic']:+.2f}" for entry in counted),
    }


def _short(value: float | None) -> str:
    """Return a number in three digits: 38468 as 38.5k."""
    if value is None:
        return ""
    for limit, unit in ((1e6, "M"), (1e4, "k")):
        if value >= limit:
            return f"{value / limit * (10 if unit == 'k' else 1):.3g}{unit}"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def export(
    upscaler: Annotated[str, typer.Argument(metavar="UPSCALER", help="See: qualab upscalers")],
    output: Annotated[Path, typer.Argument(metavar="OUT", help=f"{one_of(_OUTPUTS)}.")],
    format: Annotated[
        str | None, typer.Option(help=f"{one_of(_FORMATS)}.", show_default="by the suffix of OUT")
    ] = None,
) -> None:
    """Write an upscaler's net for other tools.

    Example: qualab export lite-x2 lite-x2.onnx --format onnx
    """
    from qualab import lab

    how = lab.export(upscaler, output, format=format)
    print(f"Wrote {output}. Use: {how}")


def train(
    clips: Annotated[list[Path], typer.Argument(metavar="CLIP...", help="Clips, pictures or folders of them.")],
    architecture: Annotated[str, typer.Option(help=f"{one_of(_TRAINABLE)}.")],
    output: Annotated[Path, typer.Option(help="New folder, such as models/mine-x2; its name is the id.")],
    scale: Annotated[int, typer.Option(help="Enlargement.")] = 2,
    minutes: Annotated[float, typer.Option(help="How long to train.", min=0.01)] = 15.0,
    steps: Annotated[int | None, typer.Option(help="Train so many steps, however long they take.", min=1)] = None,
    coded: Annotated[bool, typer.Option("--coded", help="Learn from H.264-coded input, for compressed clips.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed starts from the same weights and patches.")] = 1,
    device: Device = "auto",
    licence: Annotated[str, typer.Option(help="Licence of the weights, for the card.")] = "not stated",
    credit: Annotated[list[str] | None, typer.Option(help="FILE=origin and licence; may be repeated.")] = None,
    as_json: Json = False,
) -> None:
    """Train weights on your own clips and pictures; writes them with a card of their measured gain.

    An interrupted training goes on when the same command is given again.

    Example: qualab train clips/ stills/ --architecture lite --output models/mine-x2 --minutes 10
    """
    from qualab import lab
    from qualab.cli import terminal

    credits_ = dict(_named(text) for text in credit or ())
    with terminal.progress("train") as draw:

        def on_progress(event: dict[str, Any]) -> None:
            if as_json:
                terminal.emit({"type": "progress", **event})
            draw(*training_bar(event))

        options: dict[str, Any] = {"architecture": architecture, "scale": scale, "seed": seed, "device": device}
        options |= {"minutes": minutes, "max_steps": steps, "coded": coded, "licence": licence, "credits": credits_}
        card = lab.train(clips, output=output, on_progress=on_progress, **options)
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


def training_bar(event: dict[str, Any]) -> tuple[float, float, str, float | None]:
    """Return a training event as done, total, what is shown beside the bar, and seconds left."""
    gains = "reading clips and pictures" if event["step"] == "reading" else ""
    if "gain_db" in event:
        gains = f"{event['gain_db']:+.2f} dB over bicubic, {event['gain_over_lanczos_db']:+.2f} over lanczos"
    return event["done"], event["total"], gains, event["eta_s"]
