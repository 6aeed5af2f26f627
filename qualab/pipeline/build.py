"""A study's build: probe, plan, run what is missing, write build.json."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qualab import __version__
from qualab.config import Study
from qualab.errors import ConfigError, InputError, QualabError, StorageError, ToolMissing
from qualab.media.probe import probe, refuse_unsupported
from qualab.media.process import ffmpeg_version, require_libvmaf
from qualab.pipeline.engine import Eta, Skipped, execute
from qualab.pipeline.plan import Step, plan
from qualab.pipeline.run import find_record
from qualab.upscalers.catalogue import load
from qualab.upscalers.engines.device import device_label
from qualab.workspace import StudyFolder, free_bytes, write_json

OnEvent = Callable[[dict[str, Any]], None]


@dataclass
class Summary:
    """What a build did: objects made and found, failures as {src, hrc, step, error}, seconds."""

    made: int = 0
    cached: int = 0
    failures: list[dict[str, str]] = field(default_factory=list)
    objects: list[dict[str, Any]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    device: str = ""


def build(
    folder: StudyFolder, *, device: str = "auto", cluster: str | None = None, inline: bool = False, on_event: OnEvent
) -> Summary:
    """Make what a study's build lacks; return what was done. Only missing objects are made.

    Raises:
        ConfigError: study.toml is wrong.
        ToolMissing: FFmpeg, libvmaf or the asked device is missing.
        StorageError: the disk cannot take the build.
    """
    with folder.lock("build"):
        folder.sweep()
        return _build(folder, device, cluster, inline, on_event)


def _build(folder: StudyFolder, device: str, cluster: str | None, inline: bool, on_event: OnEvent) -> Summary:
    study = folder.load()
    require_libvmaf()
    identities = _identities(study, device)
    summary = Summary(device=device_label(device))
    tools = tool_versions()
    steps = _plan_all(study, folder, identities, tools, summary)
    missing = [step for step in steps if find_record(step, folder.path) is None]
    _check_space(folder.path, missing)
    summary.cached = len(steps) - len(missing)
    eta, done = Eta(sum(step.cost for step in missing)), 0
    on_event(
        {"type": "progress", "done": 0, "total": len(missing), "cached": summary.cached, "step": "start", "eta_s": None}
    )
    fatal: list[Exception] = []

    def on_done(step: Step, record: dict[str, Any] | None, error: Exception | None) -> None:
        nonlocal done
        done += 1
        left = eta.add(step.cost)
        if record is not None:
            summary.made += 1
            summary.seconds[step.kind] = summary.seconds.get(step.kind, 0.0) + record["seconds"]
        elif error is not None and not isinstance(error, Skipped):
            summary.failures.append({"src": step.src, "hrc": step.hrc or "", "step": step.kind, "error": str(error)})
            if isinstance(error, StorageError | ToolMissing) or not isinstance(error, QualabError):
                fatal.append(error)
        on_event({"type": "progress", "done": done, "total": len(missing), "step": step.title, "eta_s": left})

    try:
        execute(missing, folder.path, device=device, cluster=cluster, inline=inline, on_done=on_done)
    finally:
        # Stopped or not, what was made can be used, and what was being made goes.
        folder.sweep()
        records = [find_record(step, folder.path) for step in steps]
        summary.objects = [record for record in records if record is not None]
        _write_manifest(folder, summary, tools)
    if fatal:
        raise fatal[0]
    return summary


def tool_versions() -> dict[str, str]:
    """Return the versions that decide what a step writes."""
    import av
    import torch

    return {"ffmpeg": ffmpeg_version(), "pyav": av.__version__, "torch": torch.__version__}


def _identities(study: Study, device: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for place, hrc in enumerate(study.hrcs):
        try:
            found[hrc.id] = {"id": hrc.upscaler, **load(hrc.upscaler, device=device).identity()}
        except ConfigError:
            raise
        except InputError as error:
            where = f"{study.id}/study.toml: hrc[{place}].upscaler"
            raise ConfigError(where, f"is '{hrc.upscaler}', which {error.what}", error.mend) from None
    return found


def _plan_all(
    study: Study, folder: StudyFolder, identities: dict[str, Any], tools: dict[str, str], summary: Summary
) -> list[Step]:
    """Return all steps of all SRCs; an SRC that cannot be probed or planned becomes a failure."""
    steps: list[Step] = []
    for src in study.src:
        try:
            info = probe(folder.clips / src.file, name=src.title)
            refuse_unsupported(info, name=src.title)
            steps += plan(study, src, info, identities=identities, tools=tools)
        except InputError as error:
            summary.failures.append({"src": src.id, "hrc": "", "step": "probe", "error": str(error)})
    # Two SRCs cut from one clip alike share objects.
    return list({step.record: step for step in steps}.values())


def _check_space(path: Path, missing: list[Step]) -> None:
    """Raise StorageError before hours of work where the disk is sure to fill (lossless is about 1 byte a sample)."""
    samples = sum(
        step.arguments["size"][0] * step.arguments["size"][1] * step.arguments["count"]
        for step in missing
        if "size" in step.arguments
    )
    free = free_bytes(path)
    if samples * 0.5 > free:
        need = f"about {samples / 2**30:.1f} GiB are needed, {free / 2**30:.1f} GiB are free"
        raise StorageError(path.name, need, "free some, or use shorter segments")


def _write_manifest(folder: StudyFolder, summary: Summary, tools: dict[str, str]) -> None:
    data: dict[str, Any] = {
        "study": folder.path.name,
        "built_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "device": summary.device,
        "tools": {**tools, "qualab": __version__},
        "objects": summary.objects,
        "failures": summary.failures,
    }
    write_json(folder.manifest, data)
