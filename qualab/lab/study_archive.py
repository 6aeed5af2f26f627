"""A study as one zip file that another machine can take in: clips, PVSs, scores, votes, but no token of any viewer."""

import hashlib
import json
import os
import re
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any

from humanize import naturalsize

from qualab.errors import InputError, StorageError
from qualab.lab.safe_zip import content, members, opened, refused
from qualab.study.config import load_study
from qualab.study.files import (
    free_bytes,
    remove_left_folders,
    replacing,
    replacing_folder,
    sha256_of,
    storage,
    write_json,
)
from qualab.study.ids import ID_RULE, is_id
from qualab.study.manifest import Manifest
from qualab.study.workspace import StudyFolder, Workspace
from qualab.voting.store.transfer import records_of, write_records
from qualab.voting.store.votes import VoteStore

Progress = Callable[[int, int, str], None]

_FORMAT, _VERSION = "qualab study", 1
_LIST, _VOTES = "archive.json", "votes.ndjson"
_FOLDERS = ("clips", "sources", "renditions", "pvs", "pairs")
_FILES = ("study.toml", "build.json", "scores.parquet", "frames.parquet")
_PART = rf"(?:{'|'.join(_FOLDERS)})/[A-Za-z0-9_][A-Za-z0-9._-]{{0,240}}"
_ALL = re.compile("|".join([_PART, *map(re.escape, (_LIST, _VOTES, *_FILES))]))
_CODED = (".mkv", ".mp4", ".webm", ".parquet")
_CHUNK = 1 << 20
_MOST_JSON = 256 * 2**20
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Archived:
    """What an archive holds."""

    study: str
    viewers: int
    votes: int
    files: int
    bytes: int


def export_study(
    ws: Workspace,
    votes: VoteStore,
    study_id: str,
    output: Path,
    *,
    on_progress: Progress = lambda done, total, text: None,
) -> Archived:
    """Write a study with its votes as the zip `output`, whole or not at all; the same study gives the same bytes.

    No token and no digest of one is written: invitations stay good here and are good nowhere else.

    Raises:
        InputError: `output` is there already or no .zip, or the study is being built or edited.
        StorageError: it cannot be written.
    """
    folder = ws.folder(study_id)
    if output.suffix.lower() != ".zip":
        raise InputError(output.name, "does not end in .zip", f"name it {study_id}.zip")
    if output.exists():
        raise InputError(output.name, "is there already", "give the name of a new file")
    with folder.lock("build"), folder.lock("edit"), replacing(output.absolute()) as part, storage(output):
        names = sorted(_names_of(folder))
        total = sum((folder.path / name).stat().st_size for name in names)
        done, listed, counts = 0, dict[str, dict[str, Any]](), dict[str, int]()
        with zipfile.ZipFile(part, "w", allowZip64=True) as packed:
            with votes.database.reading() as connection:
                lines = _lines(records_of(connection, study_id), counts)
                listed[_VOTES] = _put(packed, _VOTES, lines)
            for name in names:
                listed[name] = _put(packed, name, _chunks(folder.path / name))
                done += listed[name]["size"]
                on_progress(round(done / 1e6), round(total / 1e6), f"MB of {study_id}")
            about = {"format": _FORMAT, "version": _VERSION, "study": study_id, "qualab": version("qualab")}
            text = json.dumps({**about, "files": listed}, indent=1, sort_keys=True).encode()
            _put(packed, _LIST, [text])
    return Archived(study_id, counts.get("subjects", 0), counts.get("votes", 0), len(names), total)


def import_study(
    ws: Workspace,
    votes: VoteStore,
    file: Path,
    *,
    new_id: str | None = None,
    on_progress: Progress = lambda done, total, text: None,
) -> Archived:
    """Take in a study that export_study wrote, under its own id or `new_id`; on any failure nothing is left behind.

    The file is taken for hostile: only known names, plain files, the sizes and SHA-256 that it lists, and no more than
    fits the disk.

    Raises:
        InputError: it is no such archive, is damaged, or the id is taken.
        StorageError: the disk is too small or cannot be written.
    """
    with opened(file) as packed:
        infos = members(packed, file, _ALL, needed=(_LIST, _VOTES, "study.toml"))
        about = _listing(packed, infos, file)
        study_id = _free_id(ws, about, new_id)
        total = sum(info.file_size for info in infos.values())
        if total > free_bytes(ws.root):
            raise StorageError(file.name, f"takes {naturalsize(total)}, more than is free", "free space")
        target = ws.root / study_id
        remove_left_folders(ws.root)
        # The rows are committed when the files are in place.
        with ExitStack() as transaction, replacing_folder(target) as part:
            transaction.push(_removal_on_failure(target, part.stat().st_ino))
            done = 0
            for name, info in infos.items():
                if name != _LIST:
                    _unpack(content(packed, info, file), part / name, name, about, file)
                done += info.file_size
                on_progress(round(done / 1e6), round(total / 1e6), f"MB of {study_id}")
            _adopt(StudyFolder(part), about, study_id, file)
            connection = transaction.enter_context(votes.database.writing())
            counts = write_records(connection, study_id, _records(part / _VOTES, file))
            (part / _VOTES).unlink()
    return Archived(study_id, counts["subjects"], counts["votes"], len(infos) - 2, total)


def _names_of(study_folder: StudyFolder) -> Iterator[str]:
    yield from (name for name in _FILES if (study_folder.path / name).is_file())
    for folder in _FOLDERS:
        for path in (study_folder.path / folder).glob("*"):
            name = f"{folder}/{path.name}"
            if re.fullmatch(_PART, name) and path.is_file() and not path.is_symlink():
                yield name


def _lines(rows: Iterable[dict[str, Any]], counts: dict[str, int]) -> Iterator[bytes]:
    for row in rows:
        counts[row["table"]] = counts.get(row["table"], 0) + 1
        yield json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            yield chunk


def _put(packed: zipfile.ZipFile, name: str, chunks: Iterable[bytes]) -> dict[str, Any]:
    """Add a file and return its size and SHA-256."""
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_STORED if name.endswith(_CODED) else zipfile.ZIP_DEFLATED
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    digest, size = hashlib.sha256(), 0
    with packed.open(info, "w", force_zip64=True) as out:
        for chunk in chunks:
            out.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return {"size": size, "sha256": digest.hexdigest()}


def _listing(packed: zipfile.ZipFile, infos: dict[str, zipfile.ZipInfo], file: Path) -> dict[str, Any]:
    """Return archive.json, which must name every other member and nothing else."""
    if infos[_LIST].file_size > _MOST_JSON:
        raise refused(file, f"{_LIST} is too large")
    about = _json(b"".join(content(packed, infos[_LIST], file)), _LIST, file)
    if about.get("format") != _FORMAT or about.get("version") != _VERSION:
        raise InputError(file.name, "is no study of this version of qualab", "upgrade qualab, or export it again")
    files = about.get("files")
    if not isinstance(files, dict) or set(files) != set(infos) - {_LIST}:
        raise refused(file, f"holds other files than {_LIST} lists")
    return about


def _free_id(ws: Workspace, about: dict[str, Any], new_id: str | None) -> str:
    study_id = about.get("study") if new_id is None else new_id
    if not isinstance(study_id, str) or not is_id(study_id):
        raise InputError(f"study {str(study_id)[:80]!r}", "is not a study id", f"use {ID_RULE}")
    if (ws.root / study_id).exists():
        raise InputError(f"study '{study_id}'", "exists already", "give it another id here: --id NEW")
    return study_id


def _removal_on_failure(target: Path, inode: int) -> Callable[..., None]:
    """Return what an ExitStack calls: on an error it removes the folder `target`, if it is the one of that inode."""

    def remove(kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None and target.exists() and target.stat().st_ino == inode:
            shutil.rmtree(target, ignore_errors=True)

    return remove


def _unpack(chunks: Iterable[bytes], target: Path, name: str, about: dict[str, Any], file: Path) -> None:
    """Write a member to the disk; refuse it where it is not what archive.json lists, or a clip of another name."""
    digest, size = hashlib.sha256(), 0
    with storage(target):
        target.parent.mkdir(exist_ok=True)
        out = target.open("xb")
    with out:
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            with storage(target):
                out.write(chunk)
        with storage(target):
            out.flush()
            os.fsync(out.fileno())
    if about["files"][name] != {"size": size, "sha256": digest.hexdigest()}:
        raise refused(file, f"{name} is not what {_LIST} lists")
    if name.startswith("clips/") and target.name.split(".")[0] != digest.hexdigest():
        raise refused(file, f"{name} is not the clip that its name tells")


def _adopt(folder: StudyFolder, about: dict[str, Any], study_id: str, file: Path) -> None:
    """Check study.toml and build.json against the files, and give both the new id."""
    study = load_study(folder.path / "study.toml")
    if study.id != about["study"]:
        raise refused(file, f"holds the study '{study.id}' as '{str(about['study'])[:80]}'")
    try:
        manifest = Manifest.read(folder.manifest) if folder.manifest.exists() else None
    except ValueError:
        raise refused(file, "build.json is no build of a study") from None
    for record in manifest.objects if manifest else ():
        if not re.fullmatch(_PART, record.file):
            raise refused(file, f"build.json names {record.file[:80]!r}, which is no part of a study")
        if record.file in about["files"] and record.sha256 not in ("", sha256_of(folder.path / record.file)):
            raise refused(file, f"{record.file} is not what build.json says was made")
    if study.id != study_id:
        folder.save(study.model_copy(update={"id": study_id}))
        if manifest:
            write_json(folder.manifest, manifest.model_copy(update={"study": study_id}).dump())


def _records(path: Path, file: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as opened:
        for line in opened:
            yield {"table": None, **_json(line, _VOTES, file)}


def _json(data: bytes, name: str, file: Path) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise refused(file, f"{name} cannot be read")
    return value
