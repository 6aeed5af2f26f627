"""What a build leaves: build.json, which lists its objects, and the same record as JSON beside each of them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, JsonValue

from qualab.study.terms import TEST


class Stored(BaseModel):
    """JSON of some version of qualab: keys that this one does not know are kept, those it lacks have defaults."""

    model_config = ConfigDict(frozen=True, extra="allow")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return what a file holds; OSError where there is none, ValueError where it is something else."""
        return cls.model_validate_json(path.read_bytes())

    def dump(self) -> dict[str, JsonValue]:
        """Return it as JSON holds it: what was read or set, and no default."""
        return self.model_dump(mode="json", exclude_unset=True)


class Record(Stored):
    """One object of a build: what it is, of what, and how it was made; the fields are those that qualab reads.

    Attributes:
        kind, src, hrc: `hrc` is empty where the object is of a SRC alone.
        file, files: inside the study folder; `files` are all of a pair's.
        key, sha256, bytes: the cache key; hash and size of `file`.
        hrc_a, hrc_b, role, top, packing: of a pair; `top` is the HRC ("a" or "b") in the upper half.
        width, height, fps, frames: of the picture; `fps` is a fraction as text.
        bitrate_kbps: measured, of what was coded.
        work, cost, expected_bytes, seconds: what an estimate of the next build goes by.
    """

    kind: str
    src: str = ""
    hrc: str = ""
    file: str = ""
    files: tuple[str, ...] = ()
    key: str = ""
    sha256: str = ""
    bytes: int = 0
    hrc_a: str = ""
    hrc_b: str = ""
    role: str = TEST
    top: str = "a"
    packing: str = "packed"
    width: int = 0
    height: int = 0
    fps: str = ""
    frames: int = 0
    crf: int | None = None
    bitrate_kbps: float | None = None
    rendition: dict[str, JsonValue] = {}
    note: str = ""
    scenes: tuple[int, ...] = ()
    command: str | tuple[str, ...] = ()
    preflight: tuple[dict[str, str], ...] = ()
    inputs: dict[str, str] = {}
    arguments: dict[str, JsonValue] = {}
    work: str = ""
    cost: float = 0.0
    expected_bytes: int = 0
    seconds: float = 0.0

    @property
    def all_files(self) -> tuple[str, ...]:
        """The files of a pair, or the only one."""
        return self.files or (self.file,)


class Failure(Stored):
    """A step that failed: of which SRC and HRC (empty: of the SRC alone), and why."""

    src: str = ""
    hrc: str = ""
    step: str = ""
    error: str = ""


class Identities(Stored):
    """By upscaler id all that changes its pixels; `device` is where nets run; `situation` the key of what it holds for.

    `situation` is empty where it holds for this run only.
    """

    upscalers: Mapping[str, Mapping[str, JsonValue]] = {}
    device: str = ""
    situation: str = ""


class Manifest(Stored):
    """build.json: what the last build made of what, by which tools; `tables` is the digest of the collected scores."""

    study: str = ""
    built_at: str = ""
    device: str = ""
    tools: dict[str, str] = {}
    identities: Identities = Identities()
    objects: tuple[Record, ...] = ()
    failures: tuple[Failure, ...] = ()
    tables: str = ""

    def of_kind(self, kind: str, src: str | None = None) -> Iterator[Record]:
        """Yield the records of a kind, of one SRC or of all."""
        return (record for record in self.objects if record.kind == kind and src in (None, record.src))

    def bitrates(self) -> dict[tuple[str, str], float]:
        """Return the measured kb/s by (src, hrc), of PVSs that something was coded for."""
        return {(pvs.src, pvs.hrc): pvs.bitrate_kbps for pvs in self.of_kind("pvs") if pvs.bitrate_kbps}
