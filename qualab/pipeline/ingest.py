"""Adding a clip to a study: looked at, refused or stored under its hash, written into study.toml."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from qualab.errors import InputError, MediaError
from qualab.media.preflight import refuse_enlarged
from qualab.media.probe import ClipInfo, probe, refuse_unsupported
from qualab.pipeline.geometry import geometry, segment
from qualab.study.config import Src, Study
from qualab.study.files import store_clip
from qualab.study.ids import slug
from qualab.study.workspace import StudyFolder


@dataclass(frozen=True)
class Added:
    """A clip that now belongs to a study, and what it is."""

    src: Src
    info: ClipInfo


def add_clip(
    folder: StudyFolder,
    path: Path,
    *,
    reference: bool,
    start_s: float = 0.0,
    duration_s: float | None = None,
    tags: Iterable[str] = (),
    title: str = "",
    attribution: str = "",
    licence: str = "",
) -> Added:
    """Store a clip in a study and return it; the file's own name becomes display data only.

    Raises:
        MediaError: the clip cannot be handled; nothing is stored.
        RefusedPair: given as a reference, but itself upscaled.
        InputError: too small for a reference, too short, in the study already, or an option out of range.
    """
    name = title or path.name
    info = probe(path, name=name)
    refuse_unsupported(info, name=name)
    draft = Src.checked(
        name,
        id="draft",
        title=_printable(name),
        file=f"{'0' * 64}.mp4",
        reference=reference,
        start_s=start_s,
        duration_s=duration_s,
        tags=tuple(tags),
        attribution=attribution,
        licence=licence,
    )
    study = folder.load()
    geometry(study, draft, info)
    segment(draft, info)
    if reference:
        refuse_enlarged(path, info, name=name)
    stored = _stored(folder, path, name)
    with folder.lock("edit"):
        study = folder.load()
        same = [src for src in study.src if src.file == stored.name]
        if any((src.start_s, src.duration_s, src.reference) == (start_s, duration_s, reference) for src in same):
            raise InputError(name, f"is in the study already, as '{same[0].id}'", "choose another clip or segment")
        src = draft.model_copy(update={"id": _free_id(study, name), "file": stored.name})
        folder.save(study.model_copy(update={"src": (*study.src, src)}))
    return Added(src, info)


def _stored(folder: StudyFolder, path: Path, name: str) -> Path:
    suffix = path.suffix.lower()
    plain = suffix[1:].isalnum() and suffix.isascii() and 2 <= len(suffix) <= 6
    try:
        with path.open("rb") as source:
            return store_clip(source, folder.clips, suffix if plain else ".bin")
    except FileNotFoundError:
        raise MediaError(name, "went away while it was read", "check the path") from None


def _free_id(study: Study, name: str) -> str:
    wanted, taken = slug(name), {src.id for src in study.src}
    number = 2
    candidate = wanted
    while candidate in taken:
        candidate = f"{wanted}-{number}"
        number += 1
    return candidate


def _printable(name: str) -> str:
    """Return a name that UTF-8 can store: bytes of a file name that are no text become question marks."""
    return name.encode("utf-8", "replace").decode("utf-8")[:300]
