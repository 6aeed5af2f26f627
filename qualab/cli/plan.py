"""The verb that plans: how many viewers and clips a study needs before anybody is invited."""

from typing import Annotated

import typer

from qualab.cli.options import Json, workspace


def plan(
    share: Annotated[float, typer.Option(help="Share of viewers that prefers one HRC, such as 0.65.")],
    power: Annotated[float, typer.Option(help="Share of such studies that should show it.")] = 0.8,
    alpha: Annotated[float, typer.Option(help="Level of the test.")] = 0.05,
    clips: Annotated[int | None, typer.Option(help="Clips that every viewer sees.")] = None,
    viewers: Annotated[int | None, typer.Option(help="Viewers.")] = None,
    rho_subject: Annotated[float | None, typer.Option(help="How alike a viewer's votes are.  [default: 0.05]")] = None,
    rho_clip: Annotated[float | None, typer.Option(help="How alike votes on a clip are.  [default: 0.1]")] = None,
    pilot: Annotated[
        str | None, typer.Option(metavar="STUDY|VOTES.csv", help="Votes that tell how alike they are.")
    ] = None,
    minutes_per_vote: Annotated[float, typer.Option(help="What a vote takes, both clips shown.")] = 0.5,
    as_json: Json = False,
) -> None:
    """Say how many votes, viewers and clips a preference takes, and what a study could find.

    Example: qualab plan --share 0.65 --clips 12 --viewers 24
    """
    from qualab import lab
    from qualab.cli import terminal
    from qualab.cli.findings import print_plan

    study_plan = lab.plan(
        workspace(), share, pilot=pilot, power=power, alpha=alpha, clips=clips, viewers=viewers,
        rho_subject=rho_subject, rho_clip=rho_clip, minutes_per_vote=minutes_per_vote,
    )  # fmt: skip
    if as_json:
        terminal.emit(study_plan.to_dict())
    else:
        print_plan(study_plan)
