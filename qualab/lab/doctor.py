"""What this machine has of what the work needs, one line each."""

import platform
from collections.abc import Callable
from dataclasses import dataclass

from qualab.errors import QualabError
from qualab.media.process import ffmpeg_has, ffmpeg_path, ffmpeg_version, require_libvmaf
from qualab.study.files import free_bytes
from qualab.study.workspace import Workspace
from qualab.upscalers.engines.device import device_label
from qualab.upscalers.inventory import describe_all
from qualab.voting.store.sqlite import sqlite_version

_ENCODERS = ("libx264", "ffv1")
_MIN_FREE_GIB = 2.0


@dataclass(frozen=True)
class Check:
    """One finding: `ok` is false where something needed is missing; `hint` says what to do then."""

    name: str
    ok: bool
    found: str
    hint: str = ""


def examine(workspace: Workspace) -> list[Check]:
    """Return every check of this machine for work in `workspace`."""
    checks = [
        ("Python", platform.python_version),
        ("FFmpeg", lambda: f"{ffmpeg_version()} at {ffmpeg_path()}"),
        ("libvmaf", _libvmaf),
        *((encoder, lambda encoder=encoder: _encoder(encoder)) for encoder in _ENCODERS),
        ("device", lambda: device_label("auto")),
        ("upscalers", lambda: ", ".join(str(entry["id"]) for entry in describe_all())),
        ("SQLite", sqlite_version),
        ("disk", lambda: _disk(workspace)),
    ]
    return [_checked(name, look) for name, look in checks]


def _checked(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except QualabError as error:
        return Check(name, False, f"{error.where}: {error.what}", error.hint)


def _libvmaf() -> str:
    require_libvmaf()
    return "is in this FFmpeg"


def _encoder(name: str) -> str:
    if not ffmpeg_has("encoders", name):
        raise QualabError("FFmpeg", f"has no encoder {name}", "unset QUALAB_FFMPEG to use the one shipped with it")
    return "is in this FFmpeg"


def _disk(workspace: Workspace) -> str:
    free = free_bytes(workspace.root) / 2**30
    if free < _MIN_FREE_GIB:
        raise QualabError(str(workspace.root), f"only {free:.1f} GiB free", "free some; lossless PVSs need room")
    return f"{free:.0f} GiB free at {workspace.root}"
