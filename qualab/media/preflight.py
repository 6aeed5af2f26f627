"""The gate before every full-reference score: pairs whose numbers would mean nothing are refused, with the reason."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from qualab.errors import RefusedPair
from qualab.media.frame_alignment import compare_timing, unseen_timing
from qualab.media.frames import Plane, read_pictures
from qualab.media.preflight_findings import CODES, Finding
from qualab.media.probe import ClipInfo, probe
from qualab.media.properties import compare_properties
from qualab.media.upscaled import enlarged_by

_SAMPLES = 3
_LOOK_FRAMES = 24
_MADE_HERE = "none: the distorted clip was made here from every frame of the reference"


@dataclass(frozen=True)
class Preflight:
    """What the gate found of a pair, one finding a code in the order of CODES.

    `offset` is by how many frames the distorted clip is late (early where negative), None where that cannot be told.
    `starts` are the first frames to compare, of the reference and of the distorted clip, `frames` how many.
    """

    reference: ClipInfo
    distorted: ClipInfo
    names: tuple[str, str]
    findings: tuple[Finding, ...]
    offset: int
    starts: tuple[int, int]
    frames: int

    @property
    def trims(self) -> tuple[str, str]:
        """FFmpeg filters, each with a comma at its end, that leave the frames to compare; "" where that is all."""
        clips = zip((self.reference, self.distorted), self.starts, strict=True)
        return (
            *(  # type: ignore[return-value]
                ""
                if (start, self.frames) == (0, info.frames + info.stray)
                else f"trim=start_frame={start}:end_frame={start + self.frames},"
                for info, start in clips
            ),
        )

    def refuse(self) -> None:
        """Raise RefusedPair, with the first reason, where the pair must not be scored."""
        for finding in self.findings:
            if finding.verdict == "refuse":
                raise RefusedPair(" and ".join(self.names), finding.text, finding.hint)

    def records(self) -> list[dict[str, str]]:
        """Return the findings as dictionaries, for JSON."""
        return [finding.record() for finding in self.findings]


def preflight(
    reference: Path,
    distorted: Path,
    *,
    names: tuple[str, str] | None = None,
    is_native: bool = False,
    in_step: bool = False,
    align: bool = False,
) -> Preflight:
    """Return what both clips are and every finding; `names` are the user's names for them.

    `is_native` says that `refuse_enlarged` has passed the reference already, `in_step` that the distorted clip was made
    here, frame by frame, from that reference: then pictures need not be compared. With `align` the frames that both
    clips have are compared where one is late or longer; without it such a pair is refused. Pictures are decoded only
    where headers give no reason to refuse.

    Raises:
        MediaError: one of them cannot be read; where it is a code of the gate's, the error has it.
    """
    names = names or (reference.name, distorted.name)
    known, test = probe(reference, name=names[0]), probe(distorted, name=names[1])
    findings = compare_properties(known, test)
    look = Look(known, is_wanted=not (is_native or in_step))
    if any(finding.verdict == "refuse" for finding in findings):
        timing = unseen_timing(known, test)
    elif in_step:
        timing = unseen_timing(known, test, why=_MADE_HERE)
    else:
        timing = compare_timing((reference, known), (distorted, test), names=names, align=align, on_luma=look.take)
    codes = {finding.code for finding in findings}
    findings += [finding for finding in (*timing.findings, look.finding()) if finding.code not in codes]
    order = list(CODES)
    findings.sort(key=lambda finding: order.index(finding.code))
    return Preflight(known, test, names, tuple(findings), timing.offset, timing.starts, timing.frames)


def refuse_enlarged(path: Path, info: ClipInfo, *, name: str) -> None:
    """Raise RefusedPair for a reference that was itself upscaled: scores against it would mean nothing."""
    look = Look(info)
    for number, picture in enumerate(islice(read_pictures(path, info, name=name), _LOOK_FRAMES)):
        look.take(number, picture.y)
    finding = look.finding()
    if finding.verdict == "refuse":
        raise RefusedPair(name, finding.text.removeprefix("the reference "), finding.hint)


class Look:
    """Luma planes of a reference, taken as they pass, and what they tell of an enlargement before."""

    def __init__(self, info: ClipInfo, *, is_wanted: bool = True) -> None:
        self._every = max(1, min(info.frames, _LOOK_FRAMES) // _SAMPLES)
        self._is_wanted = is_wanted
        self._planes: list[Plane] = []

    def take(self, number: int, luma: Plane) -> None:
        """Keep a copy of the plane where it is one of the samples."""
        if self._is_wanted and number % self._every == 0 and len(self._planes) < _SAMPLES:
            self._planes.append(luma.copy())

    def finding(self) -> Finding:
        """Return what was seen."""
        code = "upscaled-reference"
        if not self._is_wanted:
            return Finding(code, "ok", "the reference was looked at before")
        if not self._planes:
            return Finding(code, "ok", "not looked at: the pair is refused already")
        factor = enlarged_by(self._planes)
        if not factor:
            return Finding(code, "ok", "the reference shows no sign of having been upscaled")
        text = (
            f"the reference looks as if it was itself upscaled (about x{factor:g}): it has no detail of its own above"
        )
        hint = "use the clip it was made from, or let viewers vote: add it with --no-reference"
        return Finding(code, "refuse", f"{text} that", hint)
