"""The verb that runs the experiment of 2020 again, with a held-out clip beside it."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from qualab.cli.build import run_build
from qualab.cli.options import Device, Inline, Json, workspace
from qualab.cli.rate import rate
from qualab.cli.upscalers import training_bar


def reproduce(
    clips: Annotated[list[Path], typer.Argument(metavar="CLIP...", help="Pristine clips to train on; then two.")],
    held_out: Annotated[list[Path], typer.Option("--held-out", help="A pristine clip not trained on; repeatable.")],
    minutes: Annotated[float, typer.Option(help="Wall-clock budget of the training.", min=0.01)] = 10.0,
    steps: Annotated[int | None, typer.Option(help="Train this many steps instead.", min=1)] = None,
    architecture: Annotated[str, typer.Option(help="The net, as in qualab train.")] = "espcn",
    display_height: Annotated[
        int | None, typer.Option(help="Lines that are compared.", show_default="1080, or what the clips have")
    ] = None,
    source_height: Annotated[
        int | None, typer.Option(help="Lines that are encoded.", show_default="half of the display's")
    ] = None,
    bitrate_kbps: Annotated[list[float] | None, typer.Option(help="A rung of the ladder; repeatable.")] = None,
    duration: Annotated[float | None, typer.Option(help="Seconds of each clip to measure.", min=0)] = None,
    study: Annotated[str, typer.Option("--id", help="The study to make.")] = "reproduce-2020",
    seed: Annotated[int, typer.Option(min=0)] = 1,
    device: Device = "auto",
    inline: Inline = False,
    as_json: Json = False,
) -> None:
    """Train a net on your clips, encode a ladder, compare VMAF at each bitrate with bicubic and lanczos.

    Clips that were trained on and clips that were not are reported apart. Interrupted, it goes on when given again.

    Example: qualab reproduce first.mp4 second.mp4 --held-out third.mp4 --minutes 10
    """
    from qualab import lab
    from qualab.cli import terminal
    from qualab.pipeline.reproduce import HELD_OUT, SEEN

    with terminal.progress("train") as draw:
        train = partial(
            lab.train,
            minutes=minutes,
            max_steps=steps,
            seed=seed,
            device=device,
            on_progress=lambda event: draw(*training_bar(event)),
        )
        choice: dict[str, object] = {"architecture": architecture, "duration_s": duration}
        choice |= {"display_height": display_height, "source_height": source_height}
        choice |= {"bitrates_kbps": tuple(bitrate_kbps)} if bitrate_kbps else {}
        lab.reproduce(workspace(), study, training=clips, held_out=held_out, train=train, **choice)
    run_build(study, device=device, inline=inline, as_json=as_json)
    for tag in (SEEN, HELD_OUT):
        terminal.say(f"\nClips {tag}:")
        rate(study, tag=tag, as_json=as_json)
