"""Keeping what was voted: a copy of a workspace, or of one study, that can be served as it is."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from humanize import naturalsize

from qualab.errors import InputError, StorageError
from qualab.lab.voting import store
from qualab.study.files import free_bytes, replacing_folder, storage, sync
from qualab.study.workspace import StudyFolder, Workspace
from qualab.voting.store.backup import copy_rows

_CHUNK = 1 << 20
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Backup:
    """What a copy holds."""

    folder: Path
    studies: tuple[str, ...]
    viewers: int
    votes: int
    files: int
    bytes: int


def backup(
    ws: Workspace,
    output: Path,
    *,
    study_id: str | None = None,
    on_progress: Progress = lambda done, total, text: None,
) -> Backup:
    """Copy one study, or all, with the votes of one moment into the new folder `output`; voting goes on meanwhile.

    The copy is a workspace: `qualab --studies OUTPUT serve` serves it. It is checked, then put in place whole.

    Raises:
        InputError: `output` is there already or lies in a study, or a study is being built.
        StorageError: it cannot be written, or what is stored is not what was voted; nothing is left behind.
    """
    studies = [ws.folder(name) for name in ([study_id] if study_id else ws.ids())]
    target = output.absolute()
    _check_place(target, studies)
    with replacing_folder(target) as part:
        # Before the files: what the votes speak of is on disk then, and a build removes nothing.
        counts = copy_rows(
            store(ws).database,
            part / "qualab.db",
            study_id=study_id,
            on_progress=lambda done, total: on_progress(done, total, "rows"),
        )
        with storage(target):
            sync(part / "qualab.db")
        copied = [size for folder in studies for size in _copy_study(folder, part, on_progress)]
    names = tuple(folder.path.name for folder in studies)
    return Backup(target, names, counts["subjects"], counts["votes"], len(copied), sum(copied))


def _check_place(target: Path, studies: list[StudyFolder]) -> None:
    if target.exists():
        raise InputError(target.name, "is there already", "give the name of a new folder")
    if any(target.resolve().is_relative_to(folder.path.resolve()) for folder in studies):
        raise InputError(target.name, "would lie in a study that it copies", "give a place outside the studies")


def _copy_study(folder: StudyFolder, part: Path, on_progress: Progress) -> list[int]:
    """Copy the files of a study while nobody builds or edits it; return the size of each."""
    with folder.lock("build"), folder.lock("edit"):
        files = sorted(path for path in folder.path.rglob("*") if path.is_file() and _is_kept(folder.path, path))
        total, sizes = sum(path.stat().st_size for path in files), list[int]()
        if total > free_bytes(part):
            raise StorageError(folder.path.name, f"takes {naturalsize(total)}, more than is free", "free space")
        for path in files:
            sizes.append(_copy(path, part / folder.path.name / path.relative_to(folder.path)))
            on_progress(round(sum(sizes) / 1e6), round(total / 1e6), f"MB of {folder.path.name}")
    return sizes


def _is_kept(root: Path, path: Path) -> bool:
    """Say whether a file is part of a study: locks and what is half written are hidden."""
    return not any(name.startswith(".") for name in path.relative_to(root).parts)


def _copy(source: Path, target: Path) -> int:
    """Copy a file to the disk and return its size; StorageError where the copy is not as long."""
    with storage(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as read, target.open("xb") as write:
            shutil.copyfileobj(read, write, _CHUNK)
            write.flush()
            os.fsync(write.fileno())
            size = os.fstat(read.fileno()).st_size
        if target.stat().st_size != size:
            raise StorageError(target.name, "was not copied whole", "repeat; the disk may be failing")
    return size
