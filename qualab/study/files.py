"""Files and folders that are written whole or not at all."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import psutil

from qualab.errors import StorageError

_CHUNK = 1 << 20


_NO_ROOM = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the quota is used up", errno.EFBIG: "a file size limit"}


@contextmanager
def storage(path: Path) -> Iterator[None]:
    """Turn operating system errors while writing to `path` into StorageError."""
    try:
        yield
    except OSError as error:
        reason = _NO_ROOM.get(error.errno or 0, error.strerror or str(error))
        raise StorageError(
            path.name, f"cannot be written ({reason})", "free space or permission, then repeat"
        ) from None


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a `.part` path to write; on success it is synced and renamed to `path`, otherwise deleted."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with storage(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield part
        with storage(path):
            with part.open("rb") as written:
                os.fsync(written.fileno())
            part.replace(path)
            sync(path.parent)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Give a new hidden folder to fill; on success it is synced and renamed to `path`, otherwise removed.

    What killed processes left of such folders for `path` is removed first. Files in it are the caller's to sync.

    Raises:
        StorageError: it cannot be written, or `path` is there and not empty.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with storage(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_left_folders(path.parent, path.name)
        part.mkdir()
    try:
        yield part
        with storage(path):
            for folder, _, _ in os.walk(part):
                sync(Path(folder))
            part.rename(path)
            sync(path.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def remove_left_folders(parent: Path, name: str = "*") -> None:
    """Remove the folders that processes which are no more were writing in `parent`, those for `name` alone."""
    for part in parent.glob(f".{name}.*.part"):
        pid = part.name.split(".")[-2]
        # The id of a killed process may be ours: in a container it usually is.
        if part.is_dir() and pid.isdecimal() and (int(pid) == os.getpid() or not psutil.pid_exists(int(pid))):
            shutil.rmtree(part, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with replacing(path) as part, storage(path):
        part.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, data: object) -> None:
    """Write sorted, indented JSON, whole or not at all."""
    write_text(path, json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hex."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def store_clip(source: BinaryIO, folder: Path, suffix: str) -> Path:
    """Copy a stream into `folder` under its SHA-256; an equal clip is stored once.

    Raises:
        StorageError: it cannot be written; nothing is left behind.
    """
    part = folder / f".{os.getpid()}-{id(source):x}.part"
    digest = hashlib.sha256()
    try:
        with storage(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as out:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            target = folder / f"{digest.hexdigest()}{suffix}"
            part.replace(target)
            sync(folder)
    finally:
        part.unlink(missing_ok=True)
    return target


def free_bytes(path: Path) -> int:
    """Return the free space of the disk that holds `path` or its nearest existing parent."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


def shipped(name: str) -> Path:
    """Return a top-level file or folder of the project (`models`, `app.py`), in a checkout or an installed wheel."""
    package = Path(__file__).parent.parent
    beside = package.parent / name
    return beside if (package.parent / "pyproject.toml").is_file() else package / "_shipped" / name


def sync(path: Path) -> None:
    """Have a file or folder on the disk, not only in memory."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
