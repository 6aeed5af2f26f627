"""Verbs that score: a study's build, or one pair of clips."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qualab.cli.options import Csv, Json, StudyId, workspace
from qualab.errors import MediaError

if TYPE_CHECKING:
    import pandas as pd

Metric = Annotated[list[str] | None, typer.Option("--metric", metavar="NAME", help="Measure this, again for more.")]
Align = Annotated[bool, typer.Option("--align", help="Compare the frames that both have where one clip is late.")]
Diagnostics = Annotated[bool, typer.Option("--diagnostics", help="What the PVSs are like alone, not how good.")]
Preflight = Annotated[bool, typer.Option("--preflight", help="Look at the pair only; score nothing.")]


def scores(study_id: StudyId, as_json: Json = False, as_csv: Csv = False, diagnostics: Diagnostics = False) -> None:
    """Print the scores of a study's build, or what its PVSs are like by themselves.

    Example: qualab scores demo --json
    """
    from qualab import lab
    from qualab.cli import terminal
    from qualab.study.csv_files import csv_text
    from qualab.study.tables import records

    ws = workspace()
    study = ws.folder(study_id).load()
    table = lab.diagnostics(ws, study_id) if diagnostics else lab.scores(ws, study_id)
    if as_csv:
        print(csv_text(table), end="")
    elif as_json:
        for row in records(table):
            terminal.emit({"type": "diagnostic" if diagnostics else "score", **row})
    elif table.empty:
        why = "Nothing is built yet" if diagnostics else "No scores yet: only clips with a reference have them"
        print(f"{why}. Build first: qualab build {study_id}")
    elif diagnostics:
        terminal.show_diagnostics(table)
    else:
        terminal.show_scores(f"{study_id}, mean over frames", table, study.baselines())


def score(
    reference: Annotated[Path, typer.Argument(help="The pristine clip.")],
    distorted: Annotated[Path, typer.Argument(help="The clip to score against it.")],
    as_json: Json = False,
    align: Align = False,
    metric: Metric = None,
    preflight: Preflight = False,
) -> None:
    """Score one clip against its reference: by default VMAF, VMAF NEG, PSNR-Y, PSNR, SSIM.

    Example: qualab score original.mp4 upscaled.mkv --json
    """
    from qualab import lab
    from qualab.cli import terminal

    if preflight:
        _look(reference, distorted, align=align, as_json=as_json)
        return
    table, frames = lab.score(reference, distorted, metrics=metric, align=align)
    if as_json:
        terminal.emit(_result(table, frames))
        return
    terminal.show_scores(f"{len(frames)} frames, mean over frames", table)
    for finding in frames.attrs["preflight"]:
        if finding["verdict"] == "adapt":
            print(f"adapted, {finding['code']}: {finding['text']}")


def _look(reference: Path, distorted: Path, *, align: bool, as_json: bool) -> None:
    """Print what the gate finds; raise what it refuses the pair for."""
    from qualab import lab
    from qualab.cli import terminal

    try:
        pair = lab.preflight(reference, distorted, align=align)
    except MediaError as error:
        # A clip that is not made of whole pictures in even time: nothing more can be told of it.
        if error.code:
            finding = {
                "code": error.code,
                "verdict": "refuse",
                "text": f"{error.where} {error.what}",
                "hint": error.hint,
            }
            terminal.show_findings([finding], as_json=as_json)
        raise
    terminal.show_findings(pair.records(), as_json=as_json)
    pair.refuse()


def _result(table: "pd.DataFrame", frames: "pd.DataFrame") -> dict[str, object]:
    """Return the record of one pair."""
    metrics: dict[str, dict[str, float]] = {}
    for row in table.to_dict("records"):
        metrics.setdefault(row["metric"], {})[row["pooling"]] = row["value"]
    flags = [f"lossless:{name}" for name in table.loc[table["lossless"], "metric"].unique()]
    flags = ["lossless", *flags] if flags else []
    if offset := frames.attrs["offset"]:
        flags.append(f"offset:{offset}")
    findings = frames.attrs["preflight"]
    return {"type": "result", "frames": len(frames), "metrics": metrics, "flags": flags, "preflight": findings}
