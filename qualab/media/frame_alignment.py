"""Whether two clips show the same frames at the same places, told as findings, and which frames to compare."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from qualab.media.picture import Plane
from qualab.media.preflight_findings import Finding
from qualab.media.probe import ClipInfo
from qualab.media.proxies import cheap_packets, is_costly, read_proxies
from qualab.media.timing import RADIUS, Timing, find_timing

_LOOK_FRAMES = 24
_MOST_FRAMES = 900
_MOST_HINTS = 0.05
# Reading up to so many samples of luma costs well under a second, and is not worth saving.
_CHEAP_SAMPLES, _COSTLY_TIMES = 150_000_000, 10
_REFUSED = "not looked at: the pair is refused already"
_STILL = "cannot tell: the pictures hardly move"
_UNCLEAR = f"cannot tell: no offset of up to {RADIUS} frames fits clearly better than all others"
_AGAIN = "make the distorted clip from every frame of the reference once, with -fps_mode passthrough"

Clip = tuple[Path, ClipInfo]


@dataclass(frozen=True)
class FrameAlignment:
    """Findings of frame-count, offset, dropped-frames and duplicated-frames; else as in Preflight."""

    findings: tuple[Finding, ...]
    offset: int
    starts: tuple[int, int]
    frames: int


def unseen_timing(reference: ClipInfo, distorted: ClipInfo, *, why: str = _REFUSED) -> FrameAlignment:
    """Return the findings that need no pictures; `why` says why none are looked at."""
    rest = (Finding(code, "ok", why) for code in ("offset", "dropped-frames", "duplicated-frames"))
    count = _count(reference, distorted, None, align=False)
    return FrameAlignment((count, *rest), 0, (0, 0), min(reference.frames, distorted.frames))


def compare_timing(
    reference: Clip,
    distorted: Clip,
    *,
    names: tuple[str, str],
    align: bool,
    on_luma: Callable[[int, Plane], None],
) -> FrameAlignment:
    """Return how the frames of two clips of one frame rate lie; `on_luma` is told the reference's as they are read.

    All frames are read where that costs little, where counts differ, and where the sizes of packets leave it possible
    that the distorted clip alone shows a picture twice; else those at the beginning.
    """
    clips = ((reference, names[0]), (distorted, names[1]))
    known, test = reference[1], distorted[1]

    def timing(count: int) -> Timing:
        first, second = (
            read_proxies(path, info, name=name, count=count, on_luma=on_luma if info is known else _unheard)
            for (path, info), name in clips
        )
        return find_timing(first, second)

    count = _frames_to_read(known, test)
    measured = timing(count)
    if measured.offset != 0 and count < _MOST_FRAMES and count < max(known.frames, test.frames):
        # A beginning that hardly moves says nothing; a clip that is late is looked at to its end.
        count = _MOST_FRAMES
        measured = timing(count)
    late = measured.offset or 0
    starts = (max(-late, 0), max(late, 0)) if align else (0, 0)
    frames = min(known.frames - starts[0], test.frames - starts[1])
    seen = "" if count >= test.frames else f" in the first {count} frames"
    findings = (_count(known, test, measured.offset, align=align), _offset(measured, align), *_lost(measured, seen))
    return FrameAlignment(findings, late, starts, frames)


def _unheard(number: int, luma: Plane) -> None:
    """Take a plane that nobody looks at."""


def _frames_to_read(known: ClipInfo, test: ClipInfo) -> int:
    costly = is_costly(known) or is_costly(test)
    samples = (known.frames + test.frames) * known.width * known.height * (_COSTLY_TIMES if costly else 1)
    if samples <= 2 * _CHEAP_SAMPLES or known.frames != test.frames:
        return _MOST_FRAMES
    # What is cheap in both clips is most likely a still picture of the content's own; where much is, sizes say nothing.
    hints = cheap_packets(test) - cheap_packets(known)
    if 0 < len(hints) <= _MOST_HINTS * test.frames:
        return _MOST_FRAMES
    return _LOOK_FRAMES


def _count(known: ClipInfo, test: ClipInfo, offset: int | None, *, align: bool) -> Finding:
    code, counts = "frame-count", (known.frames, test.frames)
    whole = (known.frames + known.stray, test.frames + test.stray)
    if counts[0] == counts[1] or whole[0] == whole[1]:
        if known.stray or test.stray:
            stray = max(known.stray, test.stray)
            gap = f"{stray} stray frame{'s' if stray > 1 else ''} after a gap at the end left out"
            return Finding(code, "adapt", f"{gap}: {min(counts)} frames are compared")
        return Finding(code, "ok", f"both {counts[0]} frames")
    if align and offset is not None:
        return Finding(code, "adapt", f"{whole[0]} and {whole[1]} frames: those that both have are compared")
    hint = "cut both to the same frames, or compare those that both have with --align"
    return Finding(code, "refuse", f"frame counts differ: {whole[0]} and {whole[1]}", hint)


def _offset(timing: Timing, align: bool) -> Finding:
    if timing.offset is None:
        return Finding("offset", "ok", f"{_why(timing)}; taken as none")
    if not timing.offset:
        return Finding("offset", "ok", "none: frames fit best where they are")
    number = f"{abs(timing.offset)} frame{'s' if abs(timing.offset) > 1 else ''}"
    text = f"the distorted clip is {number} {'late' if timing.offset > 0 else 'early'}"
    if align:
        return Finding("offset", "adapt", f"{text}: the frames that both have are compared")
    longer = "distorted clip" if timing.offset > 0 else "reference"
    hint = f"compare the frames that both have with --align, or cut the first {number} of the {longer}"
    return Finding("offset", "refuse", text, hint)


def _lost(timing: Timing, seen: str) -> Iterator[Finding]:
    """Yield what is missing and what stands still; where all other frames are in their places, these count as shown."""
    missing = f"{timing.dropped} of the reference's frames are missing in the distorted clip"
    still = f"{timing.duplicated} frames of the distorted clip stand still where the reference moves"
    where = f"the first near frame {timing.first}"
    for code, number, text in (
        ("dropped-frames", timing.dropped, missing),
        ("duplicated-frames", timing.duplicated, still),
    ):
        if number and timing.out_of_step:
            yield Finding(code, "refuse", f"{text}, {where}: what follows is compared with other frames", _AGAIN)
        elif number:
            yield Finding(code, "adapt", f"{text}, {where}: they are scored as they are shown, all others are in place")
        else:
            yield Finding(code, "ok", _why(timing) if timing.offset is None else f"none seen{seen}")


def _why(timing: Timing) -> str:
    return _STILL if timing.is_still else _UNCLEAR
