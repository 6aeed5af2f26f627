"""study.toml and card.toml: what may stand in them, reading them, writing them."""

from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from qualab.study.families import METRICS
from qualab.study.hrc import NO_UPSCALER, Cross, Hrc, Rendition, check_upscaler, impossible
from qualab.study.ids import nearest
from qualab.study.protocol import Voting
from qualab.study.terms import default_metrics
from qualab.study.toml import Frozen, Height, Id, dump, load

__all__ = ["Cross", "Hrc", "Rendition", "Src", "Study", "Voting", "dump", "load_study"]


class Src(Frozen):
    """A source clip of a study. `file` is its name in the study's clips/; `title` is display data only."""

    id: Id
    title: str = Field(max_length=300)
    file: Annotated[str, Field(pattern=r"^[0-9a-f]{64}\.[a-z0-9]{1,5}$")]
    reference: bool
    start_s: float = Field(default=0.0, ge=0)
    duration_s: float | None = Field(default=None, gt=0)
    tags: tuple[str, ...] = ()
    attribution: str = ""
    licence: str = ""

    @property
    def sha256(self) -> str:
        """SHA-256 of the stored clip, which is its name."""
        return self.file.split(".")[0]


class Study(Frozen):
    """A study as its study.toml says it: SRCs, HRCs, heights in lines, metrics, seed, voting.

    HRCs are listed one by one (`hrc`), or made by crossing renditions with upscalers (`cross`). `baseline` is an HRC,
    or an upscaler: then every HRC is held against the one with that upscaler and the same rendition and order.
    """

    id: Id
    title: str = Field(default="", max_length=300)
    source_height: Height
    display_height: Height
    baseline: Id
    metrics: tuple[str, ...] = ()
    seed: int = Field(default=1, ge=0, lt=2**63)
    voting: Voting = Voting()
    rendition: tuple[Rendition, ...] = Field(default=(), max_length=200)
    hrc: tuple[Hrc, ...] = Field(default=(), max_length=64)
    cross: tuple[Cross, ...] = Field(default=(), max_length=20)
    src: tuple[Src, ...] = Field(default=(), max_length=10_000)

    @model_validator(mode="after")
    def _consistent(self) -> "Study":
        self._check_references()
        named = (("rendition", self.rendition), ("hrc", self.hrcs), ("src", self.src))
        for name, items in named:
            ids = [item.id for item in items]
            twice = next((item for item in ids if ids.count(item) > 1), None) if len(set(ids)) < len(ids) else None
            if twice:
                raise ValueError(f"{name} '{twice}' stands twice — ids are unique")
        self._check_chains()
        unknown = next((name for name in self.metrics if name not in METRICS), None)
        if unknown is not None:
            raise ValueError(f"metrics has '{unknown[:80]}' — {nearest(unknown, METRICS)}")
        if self.display_height <= self.source_height:
            raise ValueError(
                f"display_height {self.display_height} is not above source_height {self.source_height}"
                " — upscaling needs a larger display"
            )
        return self

    def _check_references(self) -> None:
        known = [rendition.id for rendition in self.rendition]
        used = [name for cross in self.cross for name in cross.renditions]
        used += [hrc.rendition for hrc in self.hrc if hrc.rendition is not None]
        unknown = next((name for name in used if name not in known), None)
        if unknown is not None:
            raise ValueError(f"rendition '{unknown}' is used and not defined — {nearest(unknown, known)}")

    def _check_chains(self) -> None:
        if not self.hrcs:
            raise ValueError("hrc is missing — add one, or a cross of renditions and upscalers")
        for hrc in self.hrcs:
            rendition = self.rendition_of(hrc)
            if rendition is None and hrc.upscaler == NO_UPSCALER:
                raise ValueError(f"hrc '{hrc.id}' does nothing — name an upscaler or a rendition")
            why = impossible(hrc, rendition, self.display_height) if rendition else ""
            if why:
                raise ValueError(why)
        known = [hrc.id for hrc in self.hrcs] + sorted(self.upscalers)
        if self.baseline not in known:
            raise ValueError(f"baseline is '{self.baseline}' — {nearest(self.baseline, known)}")

    @classmethod
    def comparing(
        cls,
        upscalers: list[str],
        *,
        known: list[str],
        source_height: int | None = None,
        display_height: int = 720,
        **values: Any,
    ) -> "Study":
        """Return a study of these upscalers, the first one the baseline; InputError names what is wrong.

        One HRC each, or, where `values` holds renditions, their cross with all of them unless it holds a cross. The
        source height is half the display height, made even, where it is not given.
        """
        source_height = source_height or display_height // 4 * 2
        values |= {"source_height": source_height, "display_height": display_height, "baseline": upscalers[0]}
        for name in upscalers:
            check_upscaler(name, known)
        if renditions := values.get("rendition"):
            ids = tuple(rendition.id for rendition in renditions)
            values.setdefault("cross", (Cross(renditions=ids, upscalers=tuple(upscalers)),))
        else:
            values["hrc"] = tuple(Hrc(id=name, upscaler=name) for name in upscalers)
        return cls.checked(f"study '{str(values.get('id'))[:80]}'", **values)

    @property
    def factor(self) -> float:
        """Enlargement of every SRC: display height over source height."""
        return self.display_height / self.source_height

    @cached_property
    def hrcs(self) -> tuple[Hrc, ...]:
        """All HRCs: those listed, then those of the crosses, each once."""
        renditions = {rendition.id: rendition for rendition in self.rendition}
        crossed = [hrc for cross in self.cross for hrc in cross.hrcs(renditions, self.display_height)]
        return (*self.hrc, *dict.fromkeys(crossed))

    @property
    def hrc_ids(self) -> list[str]:
        """The ids of the HRCs, the baseline first where it is one of them."""
        first = [self.baseline] if self._baseline_is_hrc else []
        return list(dict.fromkeys([*first, *(hrc.id for hrc in self.hrcs)]))

    @property
    def titles(self) -> dict[str, str]:
        """Display titles by SRC id; an SRC without one goes by its id."""
        return {src.id: src.title or src.id for src in self.src}

    @property
    def upscalers(self) -> set[str]:
        """The ids of the upscalers in use."""
        return {hrc.upscaler for hrc in self.hrcs} - {NO_UPSCALER}

    @property
    def scored_by(self) -> tuple[str, ...]:
        """The metrics in force: those named, else the usual ones for this display height."""
        return self.metrics or default_metrics(self.display_height)

    @property
    def _baseline_is_hrc(self) -> bool:
        return any(hrc.id == self.baseline for hrc in self.hrcs)

    def rendition_of(self, hrc: Hrc) -> Rendition | None:
        """Return the rendition of an HRC, None where it has none."""
        return next((rendition for rendition in self.rendition if rendition.id == hrc.rendition), None)

    def baselines(self) -> dict[str, str]:
        """Return by HRC id the HRC that it is held against; a baseline, and what has none, is not in it."""
        if self._baseline_is_hrc:
            return {hrc.id: self.baseline for hrc in self.hrcs if hrc.id != self.baseline}
        bases = {(hrc.rendition, hrc.order): hrc.id for hrc in self.hrcs if hrc.upscaler == self.baseline}
        base_of = {hrc.id: bases.get((hrc.rendition, hrc.order)) for hrc in self.hrcs}
        return {hrc: base for hrc, base in base_of.items() if base is not None and base != hrc}

    def pairs(self) -> list[tuple[str, str]]:
        """Return the pairs of HRC ids that viewers compare, the baseline first where it is one of the two."""
        if not self.voting.enabled:
            return []
        if self.voting.compare == "baseline":
            return [(base, hrc) for hrc, base in self.baselines().items()]
        return list(combinations(self.hrc_ids, 2))


def load_study(path: Path) -> Study:
    """Read and check a study.toml.

    Raises:
        ConfigError: names the file, the field or line, and the hint.
    """
    return load(path, Study)
