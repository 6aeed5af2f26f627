"""A whole session as a viewer sees it, for the researcher: in a database of its own that is thrown away."""

import errno
import hashlib
import os
import re
import secrets
import tempfile
from pathlib import Path
from threading import Lock

from cachetools import LRUCache

from qualab import lab
from qualab.study.files import storage
from qualab.study.workspace import Workspace
from qualab.voting.design.frozen import Design, frozen_design, parse_design
from qualab.voting.design.trial_lists import make_trials
from qualab.voting.store.votes import VoteStore, open_store

_MOST = 20
_SECRET = re.compile(r"preview-([0-9a-f]{16})-[A-Za-z0-9_-]+")
_lock = Lock()


class _Stores(LRUCache[str, VoteStore]):
    """The stores in use; what is taken out is closed."""

    def popitem(self) -> tuple[str, VoteStore]:
        key, store = super().popitem()
        store.close_connections()
        return key, store


_open = _Stores(_MOST)


def begin_preview(ws: Workspace, study_id: str, **options: str | None) -> str:
    """Return the secret of a session as viewer 1 would have it; nothing of it reaches the real votes.

    It is one of the design that takes votes now, or of one that a launch as `asked` would freeze.

    Raises:
        InputError: there is nothing to vote on, or an unknown presentation or method.
    """
    design = _design(ws, study_id, **options)
    key = secrets.token_hex(8)
    path = _folder(ws) / f"{key}.db"
    with storage(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.parent.stat().st_uid != os.getuid():
            raise PermissionError(errno.EPERM, "the folder is somebody else's")
        _forget_old(path.parent)
    trials = make_trials(design, subjects=range(1, 2))
    store = _opened(key, path)
    return store.join(store.launch(study_id, design.dump(), trials)[0], prefix=f"preview-{key}-")


def _design(ws: Workspace, study_id: str, **options: str | None) -> Design:
    folder, current = ws.folder(study_id), lab.store(ws).open_launch(study_id)
    if current is not None and not any(options.values()):
        return parse_design(current.design)
    return frozen_design(folder.load(), folder.read_manifest(), **options)


def is_preview(secret: str) -> bool:
    """Say whether a session's secret is one of a preview."""
    return _SECRET.fullmatch(secret) is not None


def store_of(secret: str) -> VoteStore:
    """Return the store that a session belongs to: the votes of the workspace, or those of its own preview."""
    ws = Workspace.at()
    match = _SECRET.fullmatch(secret)
    if match is not None:
        path = _folder(ws) / f"{match[1]}.db"
        # Another process of this server may have made it.
        if path.is_file():
            return _opened(match[1], path)
    return lab.store(ws)


def _opened(key: str, path: Path) -> VoteStore:
    with _lock:
        store = _open.get(key)
        if store is None:
            store = _open[key] = open_store(f"sqlite:///{path}")
        return store


def _folder(ws: Workspace) -> Path:
    place = hashlib.sha256(str(ws.root.resolve()).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"qualab-previews-{os.getuid()}-{place}"


def _forget_old(folder: Path) -> None:
    """Delete the oldest previews beyond the last few."""
    files = sorted(folder.glob("*.db"), key=lambda path: path.stat().st_mtime)
    for path in files[: max(0, len(files) - _MOST + 1)]:
        with _lock:
            store = _open.pop(path.stem, None)
        if store is not None:
            store.close_connections()
        for part in folder.glob(f"{path.stem}.db*"):
            part.unlink(missing_ok=True)
