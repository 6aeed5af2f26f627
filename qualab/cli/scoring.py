"""Verbs that score: a study's build, or one pair of clips."""

from pathlib import Path
from typing import Annotated

import typer

from qualab.cli.options import Csv, Json, StudyId, workspace


def scores(study_id: StudyId, as_json: Json = False, as_csv: Csv = False) -> None:
    """Print the scores of a study's build.

    Example: qualab scores demo --json
    """
    from qualab import lab, tables, terminal

    ws = workspace()
    study, table = ws.folder(study_id).load(), lab.scores(ws, study_id)
    if as_csv:
        print(tables.csv_text(table), end="")
    elif as_json:
        for row in tables.records(table):
            terminal.emit({"type": "score", **row})
    elif table.empty:
        print(f"No scores yet: only clips with a reference have them. Build first: qualab build {study_id}")
    else:
        terminal.show_scores(f"{study_id}, mean over frames", table, study.baseline)


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
