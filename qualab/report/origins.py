"""The chapters of provenance and licences: what was made of what, by what, and whose clips they are."""

import json
from collections.abc import Mapping, Sequence

from qualab.report.data import ReportData
from qualab.report.document import Block, Callout, Column, Facts, Fold, Heading, Paragraph, Section, TableBlock
from qualab.stats.findings.wording import NONE, pluralize
from qualab.study.manifest import Record

_SHORT = 12


def provenance(data: ReportData) -> Section:
    """Return the chapter that lets another laboratory repeat the study."""
    blocks: list[Block] = [Facts(_facts(data)), *_failures(data), Heading("HRCs"), _hrcs(data)]
    if data.launches:
        blocks += [Heading("Launches"), _launches(data)]
    pvss = list(data.manifest.of_kind("pvs"))
    if pvss:
        blocks.append(Fold(f"All {len(pvss)} PVSs", (_objects(data, pvss),)))
        text = "One record stands for all of them here; the zip export holds every record with full hashes."
        blocks.append(Fold("A PVS's full record", (Paragraph(text), Facts(_flat(pvss[0].dump())))))
    return Section("provenance", "Provenance", tuple(blocks))


def licences(data: ReportData) -> Section:
    """Return the chapter that names licence and attribution of every clip and of the weights."""
    if not data.study.src:
        return Section("licences", "Licences and attribution", (Paragraph("The study holds no clips."),))
    columns = (Column("Clip"), Column("Reference"), Column("Licence"), Column("Attribution"), Column("SHA-256"))
    rows = tuple(
        (
            src.title or src.id,
            "yes" if src.reference else "no",
            src.licence or "not stated",
            src.attribution or "not stated",
            src.sha256[:_SHORT],
        )
        for src in data.study.src
    )
    blocks: list[Block] = [TableBlock("Clips", columns, rows)]
    used = {hrc.upscaler for hrc in data.study.hrcs}
    weights = tuple((card.id, card.licence) for card in data.cards if card.id in used)
    if weights:
        blocks += [Heading("Weights"), Facts(weights)]
    return Section("licences", "Licences and attribution", tuple(blocks))


def _facts(data: ReportData) -> tuple[tuple[str, str], ...]:
    study, build = data.study, data.manifest
    return (
        ("Study", study.id),
        ("Source height", f"{study.source_height} lines"),
        ("Display height", f"{study.display_height} lines"),
        ("Seed", str(study.seed)),
        ("Built", build.built_at or "not built yet"),
        ("Device", build.device or NONE),
        *sorted(build.tools.items()),
        ("Report made with", f"qualab {data.version}"),
        ("Report made", data.generated_at),
    )


def _hrcs(data: ReportData) -> TableBlock:
    cards = {card.id: card for card in data.cards}
    against = data.study.baselines()
    bases = set(against.values())
    rows = []
    for hrc in data.study.hrcs:
        card = cards.get(hrc.upscaler)
        weights = f"{card.architecture}, {card.sha256[:_SHORT]}" if card else NONE
        role = "baseline" if hrc.id in bases else "test" if hrc.id in against else NONE
        rows.append((hrc.id, role, hrc.upscaler, weights, _arguments(data, hrc.id)))
    columns = (Column("HRC"), Column("Role"), Column("Upscaler"), Column("Weights"), Column("Arguments"))
    return TableBlock("What makes each picture bigger", columns, tuple(rows))


def _arguments(data: ReportData, hrc: str) -> str:
    """Return what the first PVS of an HRC records of its upscaler: identity and arguments, or all arguments."""
    arguments = next((record.arguments for record in data.manifest.of_kind("pvs") if record.hrc == hrc), {})
    return _shown(arguments.get("upscaler") or arguments) if arguments else NONE


def _failures(data: ReportData) -> list[Block]:
    failures = data.manifest.failures
    if not failures:
        return []
    columns = (Column("Clip"), Column("HRC"), Column("Step"), Column("Error"))
    rows = tuple(
        (
            data.titles.get(failure.src, failure.src or NONE),
            failure.hrc or NONE,
            failure.step or NONE,
            failure.error or NONE,
        )
        for failure in failures
    )
    text = f"{pluralize(len(failures), 'step')} of the last build failed; what should have come of it is missing above."
    return [Callout("caution", "The build is incomplete", text), TableBlock("Failed steps", columns, rows)]


def _launches(data: ReportData) -> TableBlock:
    columns = (
        Column("Opened"),
        Column("Closed"),
        Column("Method"),
        Column("Presentation"),
        Column("Viewers who voted", numeric=True),
        Column("Design SHA-256"),
    )
    rows = tuple(
        (
            str(item.get("created_at") or NONE),
            str(item.get("closed_at") or "still open"),
            str(item.get("method") or NONE),
            str(item.get("presentation") or NONE),
            str(item.get("viewers", NONE)),
            str(item.get("design_sha256") or NONE)[:_SHORT],
        )
        for item in data.launches
    )
    return TableBlock("Voting designs, frozen at launch", columns, rows)


def _objects(data: ReportData, objects: Sequence[Record]) -> TableBlock:
    columns = (
        Column("Clip"),
        Column("HRC"),
        Column("Picture"),
        Column("Frames", numeric=True),
        Column("Rate"),
        Column("Key"),
        Column("SHA-256"),
    )
    rows = tuple(
        (
            data.titles.get(record.src, record.src),
            record.hrc,
            f"{record.width or NONE}×{record.height or NONE}",
            str(record.frames or NONE),
            record.fps or NONE,
            record.key[:_SHORT] or NONE,
            record.sha256[:_SHORT] or NONE,
        )
        for record in objects
    )
    return TableBlock("PVSs of the last build; keys and hashes are cut to 12 digits", columns, rows)


def _flat(record: Mapping[str, object], prefix: str = "") -> tuple[tuple[str, str], ...]:
    """Return a nested record as dotted names with texts."""
    entries: list[tuple[str, str]] = []
    for name, value in record.items():
        if isinstance(value, Mapping):
            entries += _flat(value, f"{prefix}{name}.")
        else:
            entries.append((f"{prefix}{name}", _shown(value)))
    return tuple(entries)


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(item)}" for name, item in value.items())
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
