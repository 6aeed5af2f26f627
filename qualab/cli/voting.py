"""Verbs of voting: launch, close, votes, analysis, simulation, report."""

from pathlib import Path
from typing import Annotated

import typer

from qualab.cli.options import BaseUrl, Csv, Json, StudyId, workspace
from qualab.errors import InputError

_HERE = "http://127.0.0.1:8501"


def launch(
    study_id: StudyId,
    viewers: Annotated[int | None, typer.Option(help="Viewers to invite.", min=1, max=1000)] = None,
    presentation: Annotated[str | None, typer.Option(help="side-by-side or toggle.")] = None,
    method: Annotated[str | None, typer.Option(help="forced-choice.")] = None,
    is_open: Annotated[bool, typer.Option("--open", help="One link for all; --viewers is its cap.")] = False,
    url: BaseUrl = _HERE,
) -> None:
    """Freeze the voting design and print one invite link a line; again: more viewers for the same design.

    Example: qualab launch demo --viewers 12
    """
    from qualab import lab

    tokens = lab.launch(
        workspace(), study_id, viewers=viewers, presentation=presentation, method=method, is_open=is_open
    )
    for token in tokens:
        print(f"{url.rstrip('/')}/join/{token}")


def close(study_id: StudyId) -> None:
    """End the voting; the votes stay.

    Example: qualab close demo
    """
    from qualab import lab

    lab.close(workspace(), study_id)
    print(f"Voting on {study_id} is closed. Next: qualab analyze {study_id}")


def votes(study_id: StudyId, as_csv: Csv = False, as_json: Json = False) -> None:
    """Print the votes, or how many there are.

    Example: qualab votes demo --csv
    """
    from qualab import lab, tables, terminal

    ws = workspace()
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
        results = lab.analyze(workspace(), study, alpha=alpha)
    if as_json:
        for result, simulated in results:
            terminal.emit({"type": "result", **result.to_dict(), "simulated": simulated})
        return
    terminal.show_results(study, results)


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

    count = lab.simulate(workspace(), study_id, subjects=subjects, share=share, seed=seed)
    print(f"SIMULATED: {count} votes of {subjects} synthetic viewers; see: qualab analyze {study_id}")


def report(
    study_id: StudyId,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="report.html or report.zip")],
) -> None:
    """Write the study's report as one HTML file, or everything as a zip.

    Example: qualab report demo -o report.html
    """
    from qualab import lab

    print(f"Wrote {lab.report(workspace(), study_id, output)}")
