"""Taking a net to other tools: `qualab export`."""

from pathlib import Path

from qualab.errors import InputError
from qualab.study.files import replacing
from qualab.study.ids import nearest
from qualab.study.terms import CLASSIC_UPSCALERS
from qualab.upscalers.bundled import ACNET, Packaged, packaged
from qualab.upscalers.exports import FORMATS
from qualab.upscalers.inventory import upscaler_ids, weights


def export(name: str, output: Path, *, format: str | None = None) -> str:
    """Write the net of upscaler `name` to `output`, whole or not at all; return how the file is used.

    `format` is one of exports.FORMATS; by default the suffix of `output` says it.

    Raises:
        InputError: unknown upscaler or format, a suffix of another format, or a net that the format cannot express.
        ToolMissing: the format needs a package that is not there.
        StorageError: `output` cannot be written.
    """
    # torch takes seconds to load, and a wrong name is told at once.
    if name in CLASSIC_UPSCALERS:
        raise InputError(f"upscaler '{name}'", "is swscale's and holds no net", "FFmpeg's scale filter has it")
    if name not in upscaler_ids():
        raise InputError(f"upscaler '{name[:80]}'", "does not exist", nearest(name[:80], upscaler_ids()))
    source = weights().get(name) or packaged()[name]
    if isinstance(source, Packaged) and source.architecture == ACNET:
        hint = "export one of ours, such as lite-x2"
        raise InputError(f"upscaler '{name}'", f"is run by {source.origin.distribution} and holds no net", hint)
    kind = _kind(output, format, {kind: entry.suffix for kind, entry in FORMATS.items()})
    from qualab.upscalers.nets import load_net

    card, net = load_net(source)
    with replacing(output) as part:
        how = FORMATS[kind].write(net, card, part)
    return how.replace("FILE", str(output))


def _kind(output: Path, requested: str | None, suffixes: dict[str, str]) -> str:
    """Return the format that is asked for, or that the suffix says; they must not disagree."""
    if requested is not None and requested not in suffixes:
        raise InputError(f"format '{requested[:80]}'", "is not known", nearest(requested[:80], suffixes))
    by_suffix = {suffix: kind for kind, suffix in suffixes.items()}
    kind = by_suffix.get(output.suffix.lower())
    if kind is None or requested not in (None, kind):
        known = ", ".join(f"OUT{suffix} ({kind})" for kind, suffix in suffixes.items() if requested in (None, kind))
        wrong = f"is no name of {requested}" if requested else "has no suffix of a known format"
        raise InputError(output.name, wrong, f"name it {known}")
    if output.is_dir():
        raise InputError(output.name, "is a folder", "name a file")
    return kind
