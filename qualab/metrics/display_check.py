"""How close both halves of a display file, as decoded, come to their PVSs."""

import json
import math
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from qualab.errors import MediaError
from qualab.media.probe import ClipInfo, probe
from qualab.media.process import input_arguments, require_libvmaf, run_ffmpeg
from qualab.study.terms import default_metrics

# Frames next to each other, in so many places of the clip: enough to see a bad encode, few enough to be quick.
WINDOW, WINDOWS = 8, 3
_LEAST_SIDE = 20
# Frames meet by their number: containers round times, each in its own way.
_RATE = 25
_STEPS = f"settb=1/{_RATE},setpts=N"
_VMAF_MODELS = {"vmaf": "vmaf_v0.6.1", "vmaf_4k": "vmaf_4k_v0.6.1"}


def half_vmafs(
    files: Sequence[Path], pvss: tuple[Path, Path], *, filters: tuple[str, str], threads: int, about: str
) -> tuple[list[float], int] | None:
    """Return the mean VMAF of the upper and the lower half against their PVSs, and over how many frames.

    `files` is one packed clip or two, `filters` bring each PVS to the colours of the display file. Of clips longer than
    three windows of eight frames, frames of three windows count: at the beginning, in the middle, at the end. None for
    pictures that VMAF cannot measure.

    Raises:
        MediaError: a clip cannot be decoded.
        ToolMissing: FFmpeg or its libvmaf is not there.
    """
    infos = [probe(path, name=about) for path in pvss]
    if min(infos[0].width, infos[0].height) < _LEAST_SIDE:
        return None
    require_libvmaf()
    windows = _windows(infos[0].frames)
    count = sum(len(window) for window in windows)
    graph = _Graph(windows, infos[0].height, threads)
    with tempfile.TemporaryDirectory(prefix="qualab-") as folder:
        logs = [Path(folder) / half for half in ("top", "bottom")]
        run_ffmpeg(graph.arguments(files, list(zip(pvss, infos, filters, strict=True)), logs), about=about)
        means = [_mean(log, count, about) for log in logs]
    return means, count


def _windows(frames: int) -> list[range]:
    """Return the frames to compare, next to each other within a window."""
    if frames <= WINDOW * WINDOWS:
        return [range(frames)]
    starts = [round(place * (frames - WINDOW) / (WINDOWS - 1)) for place in range(WINDOWS)]
    return [range(start, start + WINDOW) for start in starts]


class _Graph:
    """FFmpeg's arguments for the VMAF of both halves in one go."""

    def __init__(self, windows: list[range], height: int, threads: int) -> None:
        self._windows, self._height, self._threads = windows, height, threads
        between = "+".join(rf"between(n\,{window[0]}\,{window[-1]})" for window in windows)
        self._pick = f"select='{between}',{_STEPS}"
        self._inputs: list[str] = []
        self._count = 0

    def arguments(
        self, files: Sequence[Path], pvss: Sequence[tuple[Path, ClipInfo, str]], logs: Sequence[Path]
    ) -> list[str]:
        chains = self._halves(files)
        chains += [self._pvs(place, *pvs) for place, pvs in enumerate(pvss)]
        for place, log in enumerate(logs):
            metric = default_metrics(self._height)[0]
            options = f"model=version={_VMAF_MODELS[metric]}:log_path={log}:log_fmt=json:n_threads={self._threads}"
            chains.append(f"[half{place}][pvs{place}]libvmaf={options}[out{place}]")
        maps = [word for place in range(len(logs)) for word in ("-map", f"[out{place}]")]
        return [*self._inputs, "-filter_complex", ";".join(chains), *maps, "-an", "-r", f"{_RATE}", "-f", "null", "-"]

    def _open(self, path: Path, *options: str) -> str:
        """Add an input; return its label."""
        self._inputs += [*options, *input_arguments(path)]
        self._count += 1
        return f"[{self._count - 1}:v]"

    def _halves(self, files: Sequence[Path]) -> list[str]:
        if len(files) == 2:
            return [f"{self._open(path)}{self._pick}[half{place}]" for place, path in enumerate(files)]
        crops = [f"[whole{place}]crop=iw:ih/2:0:{place}*ih/2[half{place}]" for place in (0, 1)]
        return [f"{self._open(files[0])}{self._pick},split[whole0][whole1]", *crops]

    def _pvs(self, place: int, path: Path, info: ClipInfo, filters: str) -> str:
        if info.codec != "ffv1":
            return f"{self._open(path)}{self._pick},{filters}[pvs{place}]"
        # Every frame of these is a key frame, and decoding all of them would take longer than all the rest.
        cuts = [f"{self._open(path, *_span(window, info))}trim=end_frame={len(window)}" for window in self._windows]
        labels = [f"[cut{place}{number}]" for number in range(len(cuts))]
        joined = f"{''.join(labels)}concat=n={len(cuts)},{_STEPS},{filters}[pvs{place}]"
        return ";".join([*(cut + label for cut, label in zip(cuts, labels, strict=True)), joined])


def _span(window: range, info: ClipInfo) -> tuple[str, str, str, str]:
    """Return FFmpeg's options to read from half a frame before a window to somewhat behind it."""
    begin = max(Fraction(0), (window.start - Fraction(1, 2)) / info.fps)
    return "-ss", f"{float(begin):.6f}", "-t", f"{float((len(window) + 2) / info.fps):.6f}"


def _mean(log: Path, count: int, about: str) -> float:
    values = [frame["metrics"]["vmaf"] for frame in json.loads(log.read_text(encoding="utf-8"))["frames"]]
    if len(values) != count or not all(math.isfinite(value) for value in values):
        raise MediaError(about, f"VMAF has values for {len(values)} of {count} frames", "build it again")
    return float(sum(values) / count)
