"""What viewers are shown of a study: which pairs of which clips, in which role, and the steps that make them."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qualab.pipeline.step import Step
from qualab.study.config import Src, Study
from qualab.study.manifest import Record
from qualab.study.terms import GOLD, GOLD_HRC, IDENTICAL, TEST, TRAP, TRAP_HRCS, TRAP_SRC

# One FFmpeg encoder and setting for every pair of every study: a viewer sees no difference that is not in the PVSs.
DISPLAY_ENCODING = {"encoder": "libx264", "preset": "veryfast", "pix_fmt": "yuv420p"}
# Where the first leaves a half too far from its PVS, all display files of the study take a lower one.
CRFS = (12, 8, 4)
# Players decode pictures of so many lines.
_MOST_LINES = 2400
_TRAP_S = 4

Add = Callable[..., Step]


@dataclass(frozen=True)
class Check:
    """One pair that speaks of the viewer: its role, and its HRCs, the right answer second where there is one."""

    role: str
    hrc_a: str
    hrc_b: str


def checks_of(study: Study, src_id: str) -> list[Check]:
    """Return the pairs beside those of the study that are made of a clip: gold, identical, trap.

    Each kind draws its clips by the study's seed, gold pairs each another one, identical pairs no HRC of a clip twice.
    """
    voting = study.voting
    if not voting.enabled:
        return []
    planned = voting.checks
    checks = []
    if src_id in _drawn(study, GOLD)[: max(planned.gold, planned.training)]:
        checks.append(Check(GOLD, GOLD_HRC, _base(study)))
    clips, hrcs = _drawn(study, IDENTICAL), _shuffled(study, IDENTICAL, study.hrc_ids)
    for number in range(min(planned.identical, len(clips) * len(hrcs))):
        lap, place = divmod(number, len(clips))
        if clips[place] == src_id:
            # The next clip begins with the next HRC.
            hrc = hrcs[(lap + place) % len(hrcs)]
            checks.append(Check(IDENTICAL, hrc, hrc))
    if planned.traps and src_id in _drawn(study, TRAP)[:1]:
        checks.append(Check(TRAP, *TRAP_HRCS))
    return checks


def display_steps(
    study: Study, src: Src, pvss: Mapping[str, Step], add: Add, *, matrix: int, crf: int = CRFS[0]
) -> None:
    """Add the steps of all display files of a clip; `pvss` are the steps of its PVSs by HRC.

    `matrix` is H.273's code point of the clip's colour matrix, `crf` the first to try.
    """
    making = _Display(study, src, add, matrix, crf)
    for first, second in study.pairs():
        making.pair(TEST, src, (first, pvss[first]), (second, pvss[second]))
    for check in checks_of(study, src.id):
        if check.role == GOLD:
            spoiled = making.spoiled(pvss[check.hrc_b])
            making.pair(GOLD, src, (check.hrc_a, spoiled), (check.hrc_b, pvss[check.hrc_b]))
        elif check.role == IDENTICAL:
            making.pair(IDENTICAL, src, *[(check.hrc_a, pvss[check.hrc_a])] * 2)
        else:
            nobody = src.model_copy(update={"id": TRAP_SRC})
            other, this = (making.card(nobody, pvss[_base(study)], side) for side in ("other", "this"))
            making.pair(TRAP, nobody, (check.hrc_a, other), (check.hrc_b, this))


class _Display:
    """Adds the steps of one clip's display files."""

    def __init__(self, study: Study, src: Src, add: Add, matrix: int, crf: int) -> None:
        self._study, self._src, self._add, self._matrix = study, src, add, matrix
        self._crfs = [known for known in CRFS if known <= crf]

    def spoiled(self, pvs: Step) -> Step:
        arguments = {name: pvs.arguments[name] for name in ("count", "fps", "size", "pix_fmt")}
        return self._add("gold", self._src, [pvs], arguments, stem=f"sources/{self._src.id}.gold.{{key}}")

    def card(self, src: Src, pvs: Step, side: str) -> Step:
        """Return the still clip that says to answer so, over the middle picture of a PVS."""
        count = min(pvs.arguments["count"], round(_TRAP_S * _rate(pvs.arguments["fps"])))
        arguments = {"count": count, "fps": pvs.arguments["fps"], "size": pvs.arguments["size"], "pix_fmt": "yuv420p"}
        settings = {"frame": pvs.arguments["count"] // 2, "side": side, "language": self._study.voting.language}
        settings["matrix"] = self._matrix
        return self._add("trap", src, [pvs], arguments | settings, stem=f"sources/trap.{side}.{{key}}")

    def pair(self, role: str, src: Src, first: tuple[str, Step], second: tuple[str, Step]) -> None:
        is_first_above = _coin(self._study, role, src.id, first[0], second[0])
        above, below = (first, second) if is_first_above else (second, first)
        arguments: dict[str, Any] = {name: above[1].arguments[name] for name in ("count", "fps", "size")}
        arguments |= {**DISPLAY_ENCODING, "crfs": self._crfs, "packing": self._packing(arguments["size"][1])}
        arguments["matrix"] = self._matrix
        arguments["match_brightness"] = role == TEST and self._study.voting.match_brightness
        labels = {"role": role, "hrc_a": first[0], "hrc_b": second[0], "top": "a" if is_first_above else "b"}
        labels["packing"] = arguments["packing"]
        # The name holds neither SRC nor HRC: it could reach a viewer.
        self._add("pair", src, [above[1], below[1]], arguments, stem="pairs/{long key}", ending=".mp4", labels=labels)

    def _packing(self, height: int) -> str:
        packing = self._study.voting.packing
        return packing if packing != "auto" else "two" if 2 * height > _MOST_LINES else "packed"


def display_files(step: Step) -> list[str]:
    """Return the names of a pair's files: the packed one, or that of the upper HRC and that of the other."""
    if step.arguments["packing"] == "packed":
        return [step.file]
    return [step.file, f"pairs/{step.key[32:]}.mp4"]


def lowest_crf(records: Iterable[Record]) -> int:
    """Return the lowest CRF that display files among these records needed, else the usual one."""
    return min((pair.crf for pair in records if pair.kind == "pair" and pair.crf is not None), default=CRFS[0])


def _base(study: Study) -> str:
    """Return the HRC whose PVSs gold and trap pairs are made from: the baseline, or the first of several."""
    return next(iter(study.baselines().values()), study.hrc_ids[0])


def _coin(study: Study, role: str, src: str, *hrcs: str) -> bool:
    """Say whether the first HRC is stored on top: a coin by the study's seed, tossed for every two clips.

    The second of two clips gets the other side: were one HRC on top more often, the half would tell which it is.
    """
    place = next((at for at, item in enumerate(study.src) if item.id == src), 0)
    toss = "/".join((str(study.seed), study.id, role, str(place // 2), *hrcs))
    return bool((hashlib.sha256(toss.encode()).digest()[0] + place) & 1)


def _drawn(study: Study, role: str) -> list[str]:
    return _shuffled(study, role, [src.id for src in study.src])


def _shuffled(study: Study, role: str, names: list[str]) -> list[str]:
    """Return names in the order that the study's seed gives them for a role."""
    return sorted(names, key=lambda name: hashlib.sha256(f"{study.seed}/{study.id}/{role}/{name}".encode()).digest())


def _rate(fps: str) -> float:
    over, _, under = fps.partition("/")
    return float(over) / float(under or 1)
