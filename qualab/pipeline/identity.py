"""Who the upscalers of a study are, remembered from the last build so that nothing need be loaded to know it."""

import hashlib
import importlib.metadata
import json
import os
from pathlib import Path

import qualab
from qualab.errors import ConfigError, InputError
from qualab.study.config import Study
from qualab.study.files import sha256_of
from qualab.study.manifest import Identities
from qualab.upscalers.bundled import packaged
from qualab.upscalers.catalogue import load
from qualab.upscalers.inventory import weights

# Where one of these is, torch may find a GPU, and only torch can tell which.
_GPUS = ("/dev/nvidiactl", "/dev/nvidia0", "/dev/kfd", "/dev/dxg")
_PACKAGES = ("qualab", "torch", "av", "numpy", "safetensors", "spandrel", "pyanime4k")
# Lines of /proc/cpuinfo that do not change while the machine runs.
_PROCESSOR = ("vendor_id", "model name", "flags", "Features", "CPU part")


def identify(study: Study, device: str, remembered: Identities) -> Identities:
    """Return the identities of a study's upscalers on a device; loads them only where `remembered` is of other ones.

    Raises:
        ConfigError: an upscaler is unknown or its weights are wrong; names its place in study.toml.
        ToolMissing: the device, or a package with weights, is not there.
    """
    situation = _situation(sorted(study.upscalers), device)
    if situation and remembered.situation == situation:
        return remembered
    from qualab.upscalers.engines.device import device_label

    upscalers = {name: _identity(study, name, device) for name in sorted(study.upscalers)}
    return Identities(upscalers=upscalers, device=device_label(device), situation=situation)


def _identity(study: Study, name: str, device: str) -> dict[str, str | int]:
    try:
        return {"id": name, **load(name, device=device).identity()}
    except ConfigError:
        raise
    except InputError as error:
        where = f"{study.id}/study.toml: {_place(study, name)}"
        raise ConfigError(where, f"is '{name}', which {error.what}", error.hint) from None


def _place(study: Study, name: str) -> str:
    listed = (f"hrc[{place}].upscaler" for place, hrc in enumerate(study.hrc) if hrc.upscaler == name)
    crossed = (f"cross[{place}].upscalers" for place, cross in enumerate(study.cross) if name in cross.upscalers)
    return next((*listed, *crossed).__iter__())


def _situation(names: list[str], device: str) -> str:
    """Return a hash of all that decides the identities, without loading torch; empty where only torch can tell."""
    if device == "cuda" or (device != "cpu" and any(Path(path).exists() for path in _GPUS)):
        return ""
    try:
        cpuinfo = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    facts = {
        "device": device,
        "processor": sorted({line for line in cpuinfo if line.startswith(_PROCESSOR)}),
        "environment": {name: value for name, value in os.environ.items() if name.startswith(("ATEN_", "DNNL_"))},
        "packages": {name: _version(name) for name in _PACKAGES},
        "code": _code(),
        "upscalers": {name: _files(name) for name in names},
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _code() -> str:
    """Return a hash of the code that says who an upscaler is; a checkout changes without its version."""
    digest = hashlib.sha256()
    package = Path(qualab.__file__).parent
    for path in sorted(package.glob("upscalers/**/*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _files(name: str) -> dict[str, str]:
    """Return the hashes of an upscaler's files; none for a classic one."""
    folder = weights().get(name)
    if folder is not None:
        return {path.name: sha256_of(path) for path in sorted(folder.iterdir()) if path.is_file()}
    entry = packaged().get(name)
    return {entry.path.name: sha256_of(entry.path)} if entry else {}
