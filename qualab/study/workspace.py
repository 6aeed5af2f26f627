"""Where things lie on disk, and how they are put there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from qualab.errors import ConfigError, InputError
from qualab.study.config import Study, dump, load_study
from qualab.study.files import storage, write_text
from qualab.study.ids import ID_RULE, is_id, nearest
from qualab.study.manifest import Manifest

# Endings of files beside a PVS: scores per frame, pooled, and what it is like by itself.
FRAMES, POOLED, DIAGNOSTICS = ".parquet", ".pooled.parquet", ".diagnostics.parquet"
_LOCK_TIMEOUT_S = 2


@dataclass(frozen=True)
class Workspace:
    """The root folder of studies."""

    root: Path

    @classmethod
    def at(cls, folder: Path | None = None) -> "Workspace":
        """Return the workspace at `folder`, else at QUALAB_STUDIES, else at studies/ here."""
        return cls((folder or Path(os.environ.get("QUALAB_STUDIES") or "studies")).absolute())

    @property
    def database_url(self) -> str:
        """QUALAB_DATABASE_URL, else SQLite in the root."""
        return os.environ.get("QUALAB_DATABASE_URL") or f"sqlite:///{self.root / 'qualab.db'}"

    def ids(self) -> list[str]:
        """Return the ids of the studies here, sorted."""
        if not self.root.is_dir():
            return []
        return sorted(path.parent.name for path in self.root.glob("*/study.toml") if is_id(path.parent.name))

    def folder(self, study_id: str) -> "StudyFolder":
        """Return the folder of an existing study; InputError names the nearest id otherwise."""
        if not is_id(study_id):
            raise InputError(f"study {study_id[:80]!r}", "is not a study id", f"use {ID_RULE}")
        if not (self.root / study_id / "study.toml").is_file():
            known = self.ids()
            hint = nearest(study_id, known) if known else f"create it: qualab study create {study_id}"
            raise InputError(f"study '{study_id}'", "does not exist", hint)
        return StudyFolder(self.root / study_id)

    def create(self, study: Study) -> "StudyFolder":
        """Make the folder of a new study; InputError where the id is taken."""
        path = self.root / study.id
        if (path / "study.toml").exists():
            raise InputError(f"study '{study.id}'", "exists already", "choose another id, or edit its study.toml")
        with storage(path):
            path.mkdir(parents=True, exist_ok=True)
        folder = StudyFolder(path)
        folder.save(study)
        return folder


@dataclass(frozen=True)
class StudyFolder:
    """One study on disk: study.toml, clips/, sources/, renditions/, pvs/, pairs/, build.json."""

    path: Path

    @property
    def clips(self) -> Path:
        """Stored clips, named by their SHA-256."""
        return self.path / "clips"

    @property
    def sources(self) -> Path:
        """Lossless cuts of the SRCs: references at display height, upscaler inputs at source height."""
        return self.path / "sources"

    @property
    def renditions(self) -> Path:
        """Coded renditions."""
        return self.path / "renditions"

    @property
    def pvs(self) -> Path:
        """PVSs with their provenance (.json) and frame scores (.parquet)."""
        return self.path / "pvs"

    @property
    def pairs(self) -> Path:
        """Packed pairs for viewers."""
        return self.path / "pairs"

    @property
    def manifest(self) -> Path:
        """build.json: what the last build made of what."""
        return self.path / "build.json"

    @property
    def scores_table(self) -> Path:
        """All pooled scores of the last build (SCORE_COLUMNS)."""
        return self.path / "scores.parquet"

    @property
    def frames_table(self) -> Path:
        """All frame scores of the last build: src and hrc as categoricals, one row group a PVS."""
        return self.path / "frames.parquet"

    def load(self) -> Study:
        """Read study.toml; ConfigError where it is wrong or names another study."""
        return load_study(self.path / "study.toml")

    def save(self, study: Study) -> None:
        """Replace study.toml, whole or not at all."""
        write_text(self.path / "study.toml", dump(study))

    @contextmanager
    def lock(self, what: str) -> Iterator[None]:
        """Let one process at a time do `what` ('build', 'edit') to the study; a killed holder lets go.

        Raises:
            InputError: another process is at it for longer than two seconds; names it.
        """
        path = self.path / f".{what}.lock"
        lock = FileLock(path, timeout=_LOCK_TIMEOUT_S, mode=0o644, fallback_to_soft=False)
        with storage(path):
            try:
                lock.acquire()
            except Timeout:
                holder = path.read_text("utf-8", "replace").strip() or "another process"
                raise InputError(self.path.name, f"another {what} is under way ({holder})", "wait for it") from None
        try:
            with storage(path):
                path.write_text(f"process {os.getpid()}\n", encoding="utf-8")
            yield
        finally:
            lock.release()

    def read_manifest(self) -> Manifest:
        """Return build.json, or an empty build where there is none that can be read."""
        try:
            return Manifest.read(self.manifest)
        except (FileNotFoundError, ValueError):
            return Manifest(study=self.path.name)

    def sweep(self) -> None:
        """Delete what a killed build was writing; only the holder of the lock 'build' may call it."""
        for folder in (self.path, self.sources, self.renditions, self.pvs, self.pairs):
            for part in folder.glob(".*.part"):
                part.unlink(missing_ok=True)

    def overview(self) -> dict[str, object]:
        """Return id, title, n_srcs, n_hrcs, n_pvs; where study.toml is wrong the title says so, state is 'broken'."""
        try:
            study = self.load()
        except ConfigError as error:
            nothing = dict.fromkeys(("n_srcs", "n_hrcs", "n_pvs"), 0)
            return {"id": self.path.name, "title": str(error), **nothing, "state": "broken"}
        n_pvs = sum(1 for _ in self.read_manifest().of_kind("pvs"))
        counts = {"n_srcs": len(study.src), "n_hrcs": len(study.hrcs), "n_pvs": n_pvs}
        return {"id": study.id, "title": study.title, **counts}

    def score_files(self, suffix: str) -> list[tuple[tuple[str, str], Path]]:
        """Return ((src, hrc), file) of the build's scores, with the suffix FRAMES or POOLED."""
        scores = self.read_manifest().of_kind("scores")
        files = [((record.src, record.hrc), (self.path / record.file).with_suffix(suffix)) for record in scores]
        return [(key, path) for key, path in files if path.is_file()]
