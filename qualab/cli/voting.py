"""Verbs of voting: launch, close, votes, analysis, simulation, report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from qualab.cli.options import BaseUrl, Csv, Json, StudyId, workspace
from qualab.errors import InputError, StorageError
from qualab.report import FORMATS
from qualab.study.families import METHODS
from qualab.study.presentations import PRESENTATIONS

_FORMATS = "FILE" + ", FILE".join(f"{suffix} ({row.title})" for suffix, row in FORMATS.items()) + "."
_HERE = "http://127.0.0.1:8501"


def launch(
    study_id: StudyId,
    viewers: Annotated[int | None, typer.Option(help="Viewers to invite.", min=1, max=1000)] = None,
    presentation: Annotated[str | None, typer.Option(help=f"{', '.join(PRESENTATIONS)}.")] = None,
    method: Annotated[str | None, typer.Option(help=f"{', '.join(METHODS)}.")] = None,
    is_open: Annotated[bool, typer.Option("--open", help="One link for all; --viewers is its cap.")] = False,
    url: BaseUrl = _HERE,
    as_csv: Csv = False,
) -> None:
    """Freeze the voting design and print one invite link a line; again: more viewers for the same design.

    Example: qualab launch demo --viewers 12
    """
    from qualab import lab
    from qualab.cli import terminal
    from qualab.study import tables
    from qualab.study.csv_files import csv_text

    ws = workspace()
    before = lab.progress(ws, study_id)["real"]["invited"]
    tokens = lab.launch(ws, study_id, viewers=viewers, presentation=presentation, method=method, is_open=is_open)
    cap = lab.progress(ws, study_id)["real"]["invited"] - before if is_open else None
    links = [f"{url.rstrip('/')}/join/{token}" for token in tokens]
    print(csv_text(tables.link_table(links, cap=cap)) if as_csv else "\n".join(links) + "\n", end="")
    terminal.say(
        f"Links are shown once. Next: qualab serve, send them out; qualab votes {study_id} counts the answers."
    )


def close(study_id: StudyId) -> None:
    """End the voting; the votes stay.

    Example: qualab close demo
    """
    from qualab import lab
    from qualab.cli import terminal

    lab.close(workspace(), study_id)
    print(f"Voting on {study_id} is closed.")
    terminal.say(f"Next: qualab analyze {study_id}")


def reopen(study_id: StudyId) -> None:
    """Open a closed voting again: the same design, and the links that viewers have.

    Example: qualab reopen demo
    """
    from qualab import lab
    from qualab.cli import terminal

    lab.reopen(workspace(), study_id)
    print(f"Voting on {study_id} is open again.")
    terminal.say(f"Next: qualab launch {study_id} --viewers 4 invites more viewers; qualab close {study_id} ends it.")


def votes(study_id: StudyId, as_csv: Csv = False, as_json: Json = False) -> None:
    """Print the votes, or how many there are.

    Example: qualab votes demo --csv
    """
    from qualab import lab
    from qualab.cli import terminal
    from qualab.study import tables
    from qualab.study.csv_files import csv_text

    ws = workspace()
    if as_csv:
        print(csv_text(lab.votes(ws, study_id)), end="")
    elif as_json:
        for row in tables.records(lab.votes(ws, study_id)):
            terminal.emit({"type": "vote", **row})
    else:
        counts = lab.progress(ws, study_id)
        for kind in ("real", "simulated"):
            print(f"{kind}: {_counted(counts[kind])}")


def _counted(side: Mapping[str, object]) -> str:
    """Return counts of one side in a line: viewers, and votes of theirs."""
    more = {"withdrawn": side.get("withdrawn"), "active now": side.get("active")}
    also = "".join(f", {count} {what}" for what, count in more.items() if count)
    return f"{side['votes']} of {side['planned']} votes, {side['finished']} of {side['invited']} viewers done{also}"


def verify(
    study: Annotated[str, typer.Argument(metavar="STUDY|REPORT.zip", help="Id of a study, or a report's zip.")],
) -> None:
    """Check that votes are those that were given (every hash chain), or compute a report's zip once more.

    Example: qualab verify demo
    """
    from qualab import lab
    from qualab.cli import terminal

    if study.lower().endswith(".zip"):
        _verify_report(Path(study))
        return
    ws, study_id = workspace(), study
    wrong = lab.verify(ws, study_id)
    for line in wrong:
        terminal.say(line)
    if wrong:
        things = "1 thing is" if len(wrong) == 1 else f"{len(wrong)} things are"
        raise StorageError(study_id, f"{things} not as saved", "restore the database from a backup")
    print(f"{len(lab.votes(ws, study_id))} votes, chains whole")


def _verify_report(path: Path) -> None:
    from qualab import lab
    from qualab.cli import terminal

    checked = lab.recompute(path)
    for line in checked.faults:
        terminal.say(line)
    if checked.faults:
        things = "1 thing is" if len(checked.faults) == 1 else f"{len(checked.faults)} things are"
        raise StorageError(path.name, f"{things} not as exported", "export the report again, from the study itself")
    results = "1 result" if checked.results == 1 else f"{checked.results} results"
    print(f"{path.name}: {checked.files} files as exported, {results} recomputed, all equal")


def analyze(
    study: Annotated[str, typer.Argument(metavar="STUDY|VOTES.csv", help="Id of a study, or a CSV of votes.")],
    alpha: Annotated[float, typer.Option(help="Level of tests and intervals.")] = 0.05,
    as_json: Json = False,
) -> None:
    """Say what the votes support and what not: over all clips, clip by clip, by groups; and what would help most.

    Example: qualab analyze demo --json
    """
    from qualab import lab
    from qualab.cli import terminal
    from qualab.cli.findings import print_findings

    if not 0 < alpha < 1:
        raise InputError("--alpha", f"is {alpha:g}", "give a number between 0 and 1, such as 0.05")
    if study.lower().endswith(".csv"):
        findings = lab.analyze_csv(Path(study), alpha=alpha)
    else:
        findings = lab.analyze(workspace(), study, alpha=alpha)
    if as_json:
        for side in findings:
            for row in (row for result in side.results for row in result.rows()):
                terminal.emit({**row, "simulated": side.is_simulated})
        return
    print_findings(study, findings)


def simulate(
    study_id: StudyId,
    subjects: Annotated[int, typer.Option(help="Synthetic viewers.", min=1, max=1000)],
    share: Annotated[float, typer.Option(help="Share that prefers the test HRC.", min=0, max=1)],
    seed: Annotated[int, typer.Option(help="The same seed gives the same answers.", min=0)] = 1,
    side_bias: Annotated[float, typer.Option(help="Pull to the left picture, in logits.")] = 0.0,
    inattentive: Annotated[float, typer.Option(help="Share of viewers who answer by chance.", min=0, max=1)] = 0.0,
    clip_sd: Annotated[float, typer.Option(help="Spread of the clips, in logits.", min=0)] = 0.0,
    browser: Annotated[int, typer.Option(help="So many of them vote in Chromium.", min=0, max=1000)] = 0,
    url: Annotated[str | None, typer.Option(help="A server of this workspace; else one is started.")] = None,
) -> None:
    """Let synthetic viewers answer the real trial list through the app; their votes are never counted as real.

    Example: qualab simulate demo --subjects 24 --share 0.7 --seed 1
    """
    from qualab import lab
    from qualab.cli import terminal

    crowd = {"side_bias": side_bias, "inattentive": inattentive, "clip_sd": clip_sd}
    with terminal.progress("Voting") as draw:
        count = lab.simulate(
            workspace(), study_id, subjects=subjects, share=share, seed=seed, url=url, browsers=browser,
            on_progress=draw, **crowd,
        )  # fmt: skip
    print(f"SIMULATED: {count} votes of {subjects} synthetic viewers; see: qualab analyze {study_id}")


def report(
    study_id: StudyId,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help=_FORMATS)],
) -> None:
    """Write the study's report; the suffix of FILE chooses the format.

    Example: qualab report demo -o report.html
    """
    from qualab import lab

    print(f"Wrote {lab.report(workspace(), study_id, output)}")
