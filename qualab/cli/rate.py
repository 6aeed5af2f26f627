"""The verb of rate-quality: bitrate against quality, of a study's build or a CSV from elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qualab.cli.options import Json, workspace

if TYPE_CHECKING:
    from qualab.stats.rate.comparison import Difference, Interval, RateQuality

_MOST_NOTES = 12


def rate(
    study: Annotated[str, typer.Argument(metavar="STUDY|FILE.csv", help="Id of a study, or a CSV of points.")],
    metric: Annotated[str | None, typer.Option(help="What quality is, such as vmaf.")] = None,
    pooling: Annotated[str | None, typer.Option(help="Of a study: mean, harmonic_mean, min, p1, p5.")] = None,
    anchor: Annotated[str | None, typer.Option(help="The family to hold all others against.")] = None,
    method: Annotated[str, typer.Option(help="Interpolation: pchip, akima or cubic.")] = "pchip",
    scale: Annotated[str, typer.Option(help="Axis of bitrate of the convex hull: log or linear.")] = "log",
    curve: Annotated[
        str | None, typer.Option(help="What of a family is compared: hull (of a study) or front (of a CSV).")
    ] = None,
    tag: Annotated[str | None, typer.Option(help="Of a study: the clips with this tag alone.")] = None,
    as_json: Json = False,
) -> None:
    """Say what an upscaler is worth in bitrate: BD-rate, convex hulls, where they cross, the rungs that change.

    A CSV has the columns family,label,bitrate_kbps,quality and, where clips are told apart, src.

    Example: qualab rate ladder --metric vmaf --json
    """
    from qualab import lab
    from qualab.cli import terminal
    from qualab.errors import InputError

    options = {"metric": metric, "anchor": anchor, "method": method, "scale": scale}
    if curve:
        options["curve"] = curve
    if study.lower().endswith(".csv"):
        for name, given in (("--pooling", pooling), ("--tag", tag)):
            if given:
                raise InputError(name, "is for studies, and this is a CSV", "leave it out")
        _, comparison = lab.rate_csv(Path(study), **options)
    else:
        _, comparison = lab.rate(workspace(), study, pooling=pooling or "mean", tag=tag, **options)
    if as_json:
        for record in comparison.records():
            terminal.emit(record)
    else:
        _tell(study, comparison)


def _tell(source: str, comparison: "RateQuality") -> None:
    """Print the answer in sentences, then the tables it stands on."""
    from qualab.errors import one_line
    from qualab.stats.rate.comparison import sentence
    from qualab.study.families import metric_row

    quality = metric_row(comparison.settings["metric"] or "quality").title
    for difference in comparison.overall():
        print(one_line(f"{sentence(difference, quality)}."))
    print()
    _differences(source, comparison, quality)
    _hulls(comparison)
    _crossings(comparison)
    _rungs(comparison)
    for note in comparison.notes[:_MOST_NOTES]:
        where = ", ".join(part for part in (note.src, note.family) if part)
        print(one_line(f"note: {where}{': ' if where else ''}{note.text}"))
    if len(comparison.notes) > _MOST_NOTES:
        print(f"note: {len(comparison.notes) - _MOST_NOTES} more, see --json")


def _differences(source: str, comparison: "RateQuality", quality: str) -> None:
    from qualab.cli import terminal

    # Height by height over all clips only: a page of numbers hides the answer, --json has them all.
    several = any(difference.src is None and difference.n_srcs for difference in comparison.bd)
    rows = [_row(difference) for difference in comparison.bd if not (several and difference.label and difference.src)]
    columns = ("anchor", "test", "clip", "BD-rate", "95% interval", "BD-quality", "overlap", "note")
    kind = "hulls" if comparison.settings["curve"] == "hull" else "Pareto fronts"
    title = f"{source}: {quality} against bitrate, {kind} by {comparison.settings['method']}"
    terminal.show(title, columns, rows, right=columns[3:7])


def _row(difference: "Difference") -> tuple[str, ...]:
    rate, quality, overlap = difference.bd.bd_rate_percent, difference.bd.bd_quality, difference.bd.overlap
    return (
        f"{difference.anchor} {difference.label}".strip(),
        f"{difference.test} {difference.label}".strip(),
        difference.src or "all",
        "none" if rate is None else f"{rate:+.2f}%",
        _interval(difference.ci),
        "none" if quality is None else f"{quality:+.3f}",
        "" if overlap is None else f"{100 * overlap:.0f}%",
        difference.bd.note,
    )


def _interval(interval: "Interval | None") -> str:
    return f"{interval[0]:+.2f} to {interval[1]:+.2f}%" if interval else ""


def _hulls(comparison: "RateQuality") -> None:
    from qualab.cli import terminal

    rows = []
    for hull in comparison.hulls:
        points = zip(hull.front.labels, hull.front.rates, hull.front.qualities, strict=True)
        shown = ", ".join(f"{label} {kbps:.0f}: {quality:.2f}".strip() for label, kbps, quality in points)
        rows.append((hull.src or "all", hull.family, shown))
    title = f"Convex hulls in {comparison.settings['scale']} rate (label kb/s: quality)"
    terminal.show(title, ("clip", "family", "points"), rows)


def _crossings(comparison: "RateQuality") -> None:
    from qualab.cli import terminal

    if not comparison.crossovers:
        print("No two curves cross where both have points.\n")
        return
    rows = [
        (
            crossover.src or "all",
            crossover.family,
            crossover.below,
            crossover.above,
            f"{crossover.bitrate_kbps:.0f}",
            f"{crossover.quality:.2f}",
        )
        for crossover in comparison.crossovers
    ]
    columns = ("clip", "family", "better below", "better above", "kb/s", "quality")
    terminal.show("Crossovers", columns, rows, right=columns[4:])


def _rungs(comparison: "RateQuality") -> None:
    from qualab.cli import terminal

    if not comparison.rungs:
        return
    rows = [
        (
            rung.src or "all",
            f"{rung.bitrate_kbps:.0f}",
            f"{rung.anchor} {rung.anchor_label}: {rung.anchor_quality:.2f}",
            f"{rung.test} {rung.test_label}: {rung.test_quality:.2f}",
        )
        for rung in comparison.rungs
        if rung.changed
    ]
    print(f"{len(rows)} of {len(comparison.rungs)} rungs change their best label.")
    if rows:
        terminal.show("Rungs that change", ("clip", "kb/s", "best of anchor", "best of test"), rows, right=("kb/s",))
