"""Clips on their way into a study: incoming/<upload id>.<suffix> and beside it what the sender called it."""

import json
import os
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from qualab.errors import InputError, StorageError, one_line
from qualab.study.files import free_bytes, storage, write_json
from qualab.study.workspace import StudyFolder

_ID = re.compile(r"[0-9a-f]{24}")
_SUFFIX = re.compile(r"[a-z0-9]{1,5}")
_BUFFER = 1 << 20
_MAX_NAME = 200


@dataclass(frozen=True)
class Upload:
    """A clip that arrived but is not in the study yet; `name` is display data only."""

    id: str
    name: str
    path: Path
    size_bytes: int


def max_bytes() -> int:
    """Return the largest upload taken: QUALAB_MAX_UPLOAD_MB, else 4096 MiB."""
    given = os.environ.get("QUALAB_MAX_UPLOAD_MB", "")
    return (int(given) if given.isdecimal() else 4096) * 2**20


def display_name(given: str) -> str:
    r"""Return the last part of a file name as one line of at most 200 characters.

    >>> display_name("../../etc/pass\nwd.mp4")
    'pass\\nwd.mp4'
    """
    last = re.split(r"[/\\]", given)[-1]
    clean = one_line(last.encode("utf-8", "replace").decode("utf-8")).strip()
    return clean[:_MAX_NAME] or "clip"


async def receive(folder: StudyFolder, name: str, chunks: AsyncIterator[bytes], announced_bytes: int) -> Upload:
    """Stream a clip to disk and return it.

    Raises:
        InputError: it is empty or larger than allowed.
        StorageError: the disk has no room; nothing is left behind.
    """
    shown, upload_id = display_name(name), secrets.token_hex(12)
    path = _incoming(folder) / f"{upload_id}.{_suffix(shown)}"
    part = path.with_name(f".{path.name}.part")
    _check_room(folder, shown, announced_bytes)
    try:
        with storage(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            size = await _write(part, shown, chunks)
        if size == 0:
            raise InputError(shown, "is empty", "choose the file again")
        write_json(path.with_name(f"{upload_id}.json"), {"name": shown})
        with storage(path):
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return Upload(upload_id, shown, path, size)


async def _write(part: Path, name: str, chunks: AsyncIterator[bytes]) -> int:
    size, held = 0, bytearray()
    with part.open("wb") as out:
        async for chunk in chunks:
            size += len(chunk)
            if size > max_bytes():
                raise _too_large(name)
            held += chunk
            if len(held) >= _BUFFER:
                await run_in_threadpool(out.write, bytes(held))
                held.clear()
        out.write(held)
        out.flush()
        await run_in_threadpool(os.fsync, out.fileno())
    return size


def waiting(folder: StudyFolder) -> list[Upload]:
    """Return the uploads that wait to be added, oldest first."""
    paths = [path for path in _incoming(folder).glob("[0-9a-f]*.*") if path.suffix != ".json" and _ID.match(path.stem)]
    return [_read(path) for path in sorted(paths, key=lambda path: path.stat().st_mtime)]


def discard(upload: Upload) -> None:
    """Delete an upload that was added or is not wanted."""
    upload.path.unlink(missing_ok=True)
    upload.path.with_suffix(".json").unlink(missing_ok=True)


def _read(path: Path) -> Upload:
    try:
        name = str(json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["name"])
    except (OSError, ValueError, KeyError):
        name = path.name
    return Upload(path.stem, name, path, path.stat().st_size)


def _incoming(folder: StudyFolder) -> Path:
    return folder.path / "incoming"


def _suffix(name: str) -> str:
    suffix = name.rpartition(".")[2].lower()
    return suffix if "." in name and _SUFFIX.fullmatch(suffix) and suffix != "json" else "bin"


def _check_room(folder: StudyFolder, name: str, announced_bytes: int) -> None:
    if announced_bytes > max_bytes():
        raise _too_large(name)
    if announced_bytes > free_bytes(folder.path):
        raise StorageError(name, "does not fit on the disk", "free space, then upload again")


def _too_large(name: str) -> InputError:
    hint = "raise QUALAB_MAX_UPLOAD_MB, or give a server path"
    return InputError(name, f"is larger than {max_bytes() >> 20} MiB", hint)
