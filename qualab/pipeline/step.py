"""One step of a build: the object it makes, from what, under which key and names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qualab.pipeline.fingerprint import fingerprint
from qualab.study.config import Src

# Whose versions decide what a step writes; a net's own versions are in its identity.
_TOOLS = {
    "reference": ("pyav",),
    "source": ("pyav",),
    "upscaled": ("pyav",),
    "rendition": ("ffmpeg",),
    "pvs": ("pyav",),
    "scores": ("ffmpeg", "ffmpeg-quality-metrics"),
    "diagnostics": ("ffmpeg",),
    "scenes": ("ffmpeg",),
    "gold": ("pyav",),
    "trap": ("pyav", "pillow"),
    "pair": ("ffmpeg",),
}
# Seconds that a million luma samples take on one core, where no build has been measured yet.
_COSTS = {
    "reference": 0.03,
    "source": 0.02,
    "pvs classic": 0.02,
    "pvs network": 0.15,
    "rendition libx264": 0.04,
    "rendition libx265": 0.08,
    "rendition libsvtav1": 0.06,
    "rendition libvpx-vp9": 0.13,
    "scores": 0.1,
    "diagnostics": 0.07,
    "scenes": 0.02,
    "gold": 0.03,
    "trap": 0.01,
    "pair": 0.07,
}


@dataclass(frozen=True)
class Step:
    """One object to make. `file`, `record` and `reads` are paths inside the study folder; `cost` is core seconds.

    `work` says what costs: steps of equal work take times in proportion to their cost. A step whose file is one that
    it reads makes a record only. `labels` go into the record.
    """

    kind: str
    src: str
    key: str
    file: str
    record: str
    inputs: tuple[str, ...]
    reads: tuple[str, ...]
    arguments: Mapping[str, Any]
    cost: float
    work: str
    hrc: str | None = None
    labels: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What a progress bar says."""
        return f"{self.kind} {self.src}{' ' + self.hrc if self.hrc else ''}"

    @property
    def stem(self) -> str:
        """The record's name without its ending: the names of what belongs to it begin so."""
        return self.record.removesuffix(".json")

    @property
    def megasamples(self) -> float:
        """Luma samples of all its frames, in millions."""
        width, height = self.arguments["size"]
        return float(width * height * self.arguments["count"] / 1e6)


def make_step(
    kind: str,
    src: Src,
    origins: Sequence[Step | tuple[str, str]],
    arguments: Mapping[str, Any],
    tools: Mapping[str, str],
    *,
    stem: str,
    ending: str = ".mkv",
    file: str = "",
    work: str = "",
    hrc: str | None = None,
    labels: Mapping[str, Any] | None = None,
) -> Step:
    """Return a step made from its origins, each a step or a (key, file); `{key}` in `stem` becomes the key.

    The object is called `stem` with `ending`, unless `file` names another; `arguments` hold size and count.
    """
    sources = [(origin.key, origin.file) if isinstance(origin, Step) else origin for origin in origins]
    inputs = tuple(key for key, _ in sources)
    used_tools = {name: tools[name] for name in _TOOLS[kind] if name in tools}
    key = fingerprint(kind, inputs, arguments, used_tools)
    name = stem.replace("{key}", key[:16]).replace("{long key}", key[:32])
    width, height = arguments["size"]
    weight = next((_COSTS[known] for known in (work, work.rsplit(" ", 1)[0], kind) if known in _COSTS), 0.0)
    return Step(
        kind=kind,
        src=src.id,
        key=key,
        file=file or f"{name}{ending}",
        record=f"{name}.json",
        inputs=inputs,
        reads=tuple(path for _, path in sources),
        arguments=arguments,
        cost=weight * width * height * arguments["count"] / 1e6,
        work=work or kind,
        hrc=hrc,
        labels=labels or {},
    )
