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
        _, found = lab.rate_csv(Path(study), **options)
    else:
        _, found = lab.rate(workspace(), study, pooling=pooling or "mean", tag=tag, **options)
    if as_json:
        for record in found.records():
            terminal.emit(record)
    else:
        _tell(study, found)


def _tell(source: str, found: "RateQuality") -> None:
    """Print the answer in sentences, then the tables it stands on."""
    from qualab.errors import one_line
    from qualab.stats.rate.comparison import sentence
    from qualab.study.families import metric_row

    quality = metric_row(found.settings["metric"] or "quality").title
    for one in found.overall():
        print(one_line(f"{sentence(one, quality)}."))
    print()
    _differences(source, found, quality)
    _hulls(found)
    _crossings(found)
    _rungs(found)
    for note in found.notes[:_MOST_NOTES]:
        where = ", ".join(part for part in (note.src, note.family) if part)
        print(one_line(f"note: {where}{': ' if where else ''}{note.text}"))
    if len(found.notes) > _MOST_NOTES:
        print(f"note: {len(found.notes) - _MOST_NOTES} more, see --json")


def _differences(source: str, found: "RateQuality", quality: str) -> None:
    from qualab.cli import terminal

    # Height by height over all clips only: a page of numbers hides the answer, --json has them all.
    several = any(one.src is None and one.n_srcs for one in found.bd)
    rows = [_row(one) for one in found.bd if not (several and one.label and one.src)]
    columns = ("anchor", "test", "clip", "BD-rate", "95% interval", "BD-quality", "overlap", "note")
    kind = "hulls" if found.settings["curve"] == "hull" else "Pareto fronts"
    title = f"{source}: {quality} against bitrate, {kind} by {found.settings['method']}"
    terminal.show(title, columns, rows, right=columns[3:7])


def _row(one: "Difference") -> tuple[str, ...]:
    rate, quality, overlap = one.bd.bd_rate_percent, one.bd.bd_quality, one.bd.overlap
    return (
        f"{one.anchor} {one.label}".strip(),
        f"{one.test} {one.label}".strip(),
        one.src or "all",
        "none" if rate is None else f"{rate:+.2f}%",
        _interval(one.ci),
        "none" if quality is None else f"{quality:+.3f}",
        "" if overlap is None else f"{100 * overlap:.0f}%",
        one.bd.note,
    )


def _interval(interval: "Interval | None") -> str:
    return f"{interval[0]:+.2f} to {interval[1]:+.2f}%" if interval else ""


def _hulls(found: "RateQuality") -> None:
    from qualab.cli import terminal

    rows = []
    for one in found.hulls:
        points = zip(one.front.labels, one.front.rates, one.front.qualities, strict=True)
        shown = ", ".join(f"{label} {kbps:.0f}: {quality:.2f}".strip() for label, kbps, quality in points)
        rows.append((one.src or "all", one.family, shown))
    title = f"Convex hulls in {found.settings['scale']} rate (label kb/s: quality)"
    terminal.show(title, ("clip", "family", "points"), rows)


def _crossings(found: "RateQuality") -> None:
    from qualab.cli import terminal

    if not found.crossovers:
        print("No two curves cross where both have points.\n")
        return
    rows = [
        (one.src or "all", one.family, one.below, one.above, f"{one.bitrate_kbps:.0f}", f"{one.quality:.2f}")
        for one in found.crossovers
    ]
    columns = ("clip", "family", "better below", "better above", "kb/s", "quality")
    terminal.show("Crossovers", columns, rows, right=columns[4:])


def _rungs(found: "RateQuality") -> None:
    from qualab.cli import terminal

    if not found.rungs:
        return
    rows = [
        (
            one.src or "all",
            f"{one.bitrate_kbps:.0f}",
            f"{one.anchor} {one.anchor_label}: {one.anchor_quality:.2f}",
            f"{one.test} {one.test_label}: {one.test_quality:.2f}",
        )
        for one in found.rungs
        if one.changed
    ]
    print(f"{len(rows)} of {len(found.rungs)} rungs change their best label.")
    if rows:
        terminal.show("Rungs that change", ("clip", "kb/s", "best of anchor", "best of test"), rows, right=("kb/s",))
