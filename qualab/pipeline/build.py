"""A study's build: probe, plan, run what is missing, write build.json."""

import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from qualab import __version__
from qualab.errors import InputError, QualabError, StorageError, ToolMissing
from qualab.media.encode import check_encoders
from qualab.media.probe import probe, refuse_unsupported
from qualab.media.process import ffmpeg_version, require_libvmaf
from qualab.pipeline.collect import collect_scores
from qualab.pipeline.display import CRFS, lowest_crf
from qualab.pipeline.engine import Eta, Skipped, execute, workers_for
from qualab.pipeline.estimate import Estimate, estimate
from qualab.pipeline.identity import identify
from qualab.pipeline.plan import plan
from qualab.pipeline.run import find_record
from qualab.pipeline.step import Step
from qualab.study.config import Study
from qualab.study.files import free_bytes, write_json
from qualab.study.manifest import Failure, Identities, Manifest, Record
from qualab.study.workspace import StudyFolder

OnEvent = Callable[[dict[str, Any]], None]
# An estimate may be too high: only what is this much above the free space is sure not to fit.
_SURE = 0.6


@dataclass
class Summary:
    """What a build did: objects made and found, failures as {src, hrc, step, error}, seconds by kind, notes."""

    made: int = 0
    cached: int = 0
    failures: list[Failure] = field(default_factory=list)
    objects: list[Record] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    device: str = ""

    @property
    def notes(self) -> list[dict[str, str]]:
        """What is to know about objects that were made or found: {src, name, note}."""
        noted = (record for record in self.objects if record.note)
        notes = [
            {"src": record.src, "name": record.hrc or str(record.rendition["id"]), "note": record.note}
            for record in noted
        ]
        if (crf := lowest_crf(self.objects)) < CRFS[0]:
            note = f"coded at CRF {crf}: at CRF {CRFS[0]} what viewers see was too far from a PVS"
            notes.append({"src": "pairs", "name": "of all clips", "note": note})
        return notes

    def followed_by(self, later: "Summary") -> "Summary":
        """Return what this build and one right after it did together."""
        kinds = {**self.seconds, **later.seconds}
        seconds = {kind: self.seconds.get(kind, 0.0) + later.seconds.get(kind, 0.0) for kind in kinds}
        return replace(later, made=self.made + later.made, cached=self.cached, seconds=seconds)


@dataclass(frozen=True)
class BuildPlan:
    """What a build is going to do: all steps, records of those that are there, failures known beforehand.

    `crf` is the first that display files are coded with.
    """

    steps: list[Step]
    records: dict[str, Record]
    failures: list[Failure]
    tools: dict[str, str]
    identities: Identities
    estimate: Estimate
    crf: int

    @property
    def missing(self) -> list[Step]:
        """Return the steps whose objects are not there."""
        return [step for step in self.steps if step.record not in self.records]


def build(
    folder: StudyFolder,
    *,
    device: str = "auto",
    cluster: str | None = None,
    inline: bool = False,
    on_event: OnEvent,
    on_plan: Callable[[Estimate], None] = lambda planned: None,
) -> Summary:
    """Make what a study's build lacks; return what was done. Only missing objects are made.

    `on_plan` is told what is going to be made before anything is.

    Raises:
        ConfigError: study.toml is wrong.
        ToolMissing: FFmpeg, libvmaf, an encoder or the asked device is missing.
        StorageError: the disk cannot take the build.
    """
    with folder.lock("build"):
        folder.sweep()
        prospect = plan_build(folder, device)
        on_plan(prospect.estimate)
        _check_space(folder, prospect.estimate)
        how = {"device": device, "cluster": cluster, "inline": inline}
        summary = _build(folder, prospect, how, on_event)
        while lowest_crf(summary.objects) < prospect.crf:
            # A clip needs finer display files: then all of the study get them, or viewers would see the difference.
            prospect = plan_build(folder, device)
            summary = summary.followed_by(_build(folder, prospect, how, on_event))
        return summary


def estimate_build(folder: StudyFolder, *, device: str = "auto") -> Estimate:
    """Return what a build would make, and about what it takes; raises as build, and makes nothing."""
    return plan_build(folder, device).estimate


def plan_build(folder: StudyFolder, device: str, crf: int = CRFS[0]) -> BuildPlan:
    """Return what a build would do, with display files coded at `crf` or finer; raises as build."""
    study, last = folder.load(), folder.read_manifest()
    require_libvmaf()
    check_encoders({rendition.codec for rendition in study.rendition})
    identities = identify(study, device, last.identities)
    failures: list[Failure] = []
    tools = tool_versions()
    steps = _plan_all(study, folder, identities, tools, failures, crf)
    existing = ((step.record, find_record(step, folder.path)) for step in steps)
    records = {name: record for name, record in existing if record is not None}
    if lowest_crf(records.values()) < crf:
        return plan_build(folder, device, lowest_crf(records.values()))
    estimated = estimate(steps, records, last.objects, workers=workers_for(len(steps)))
    return BuildPlan(steps, records, failures, tools, identities, estimated, crf)


def _build(folder: StudyFolder, prospect: BuildPlan, how: dict[str, Any], on_event: OnEvent) -> Summary:
    missing, records, done = prospect.missing, dict(prospect.records), 0
    summary = Summary(cached=len(records), device=prospect.identities.device, failures=prospect.failures)
    eta = Eta(sum(step.cost for step in missing))
    start = {"type": "progress", "done": 0, "total": len(missing), "cached": summary.cached}
    on_event({**start, "step": "start", "eta_s": None})
    fatal: list[Exception] = []

    def on_done(step: Step, record: Record | None, error: Exception | None) -> None:
        nonlocal done
        done += 1
        left = eta.add(step.cost)
        if record is not None:
            records[step.record] = record
            summary.made += 1
            summary.seconds[step.kind] = summary.seconds.get(step.kind, 0.0) + record.seconds
        elif error is not None and not isinstance(error, Skipped):
            failure = Failure(src=step.src, hrc=step.hrc or "", step=step.kind, error=str(error))
            summary.failures.append(failure)
            if isinstance(error, StorageError | ToolMissing) or not isinstance(error, QualabError):
                fatal.append(error)
        on_event({"type": "progress", "done": done, "total": len(missing), "step": step.title, "eta_s": left})

    try:
        if missing:
            execute(missing, folder.path, on_done=on_done, **how)
    finally:
        # Stopped or not, what was made can be used, and what was being made goes.
        folder.sweep()
        summary.objects = [records[step.record] for step in prospect.steps if step.record in records]
        _write_manifest(folder, prospect, summary)
    if fatal:
        raise fatal[0]
    return summary


def tool_versions() -> dict[str, str]:
    """Return the versions of what makes and measures; torch's is in the identities of nets, too."""
    versions = {name: importlib.metadata.version(name) for name in ("av", "torch", "ffmpeg-quality-metrics", "pillow")}
    return {"ffmpeg": ffmpeg_version(), "pyav": versions.pop("av"), **versions}


def _plan_all(
    study: Study,
    folder: StudyFolder,
    identities: Identities,
    tools: dict[str, str],
    failures: list[Failure],
    crf: int,
) -> list[Step]:
    """Return all steps of all SRCs; an SRC that cannot be probed or planned becomes a failure."""
    steps: list[Step] = []
    for src in study.src:
        try:
            info = probe(folder.clips / src.file, name=src.title)
            refuse_unsupported(info, name=src.title)
            steps += plan(study, src, info, identities=identities.upscalers, tools=tools, crf=crf)
        except InputError as error:
            failures.append(Failure(src=src.id, hrc="", step="probe", error=str(error)))
    # Two SRCs cut from one clip alike share objects.
    return list({step.record: step for step in steps}.values())


def _check_space(folder: StudyFolder, estimated: Estimate) -> None:
    """Raise StorageError before hours of work where the disk is sure to fill."""
    free, needed = free_bytes(folder.path), estimated.total.bytes
    if needed * _SURE > free:
        what = f"about {needed / 2**30:.1f} GiB are needed, {free / 2**30:.1f} GiB are free"
        raise StorageError(folder.path.name, what, "free some, or use shorter segments")


def _write_manifest(folder: StudyFolder, prospect: BuildPlan, summary: Summary) -> None:
    manifest = Manifest(
        study=folder.path.name,
        built_at=datetime.now(UTC).isoformat(timespec="seconds"),
        device=summary.device,
        tools={**prospect.tools, "qualab": __version__},
        identities=prospect.identities,
        objects=tuple(summary.objects),
        failures=tuple(summary.failures),
        tables=collect_scores(folder, summary.objects, known=folder.read_manifest().tables),
    )
    write_json(folder.manifest, manifest.dump())
