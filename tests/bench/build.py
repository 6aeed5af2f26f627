"""Builds of 3 clips x 6 HRCs: how busy they keep the machine, and how soon a second one answers.

Run it on an idle machine: `python tests/bench/build.py [--seconds S] [--clips FILE FILE FILE]`; without clips, three
are made. Cores are counted as busy by what the build's own processes did, and by what the whole machine did, in which
other programs have their part.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import imageio_ffmpeg
import psutil

_SOURCES = ("testsrc2=s=1280x720:r=25", "mandelbrot=s=1280x720:r=25", "testsrc=s=1280x720:r=25,rotate=t/9")
# Three renditions x two upscalers below display height.
_STUDY = ("--template", "ladder", "--height", "360", "--bitrate-kbps", "300", "--bitrate-kbps", "800")
_STUDY += ("--bitrate-kbps", "2000", "--upscaler", "bicubic", "--upscaler", "lite-x2")


def main() -> None:
    """Print the figures as one JSON object a line."""
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=4.0)
    options.add_argument("--clips", type=Path, nargs="*", default=[])
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="qualab-bench-") as root:
        os.environ["QUALAB_STUDIES"] = str(Path(root) / "studies")
        clips = asked.clips or _made(Path(root), asked.seconds)
        _qualab("study", "create", "bench", *_STUDY)
        _qualab("clip", "add", "bench", "--duration", str(asked.seconds), *map(str, clips))
        planned = [json.loads(line) for line in _qualab("build", "bench", "--plan", "--json").splitlines()][-1]
        _print("plan before", steps=planned["missing"], seconds=planned["seconds"], bytes=planned["bytes"])
        fresh = _timed("build", "bench")
        cores = os.cpu_count() or 1
        _print("fresh build", cores=cores, **fresh)
        times = [_timed("build", "bench")["wall_s"] for _ in range(3)]
        _print("cached build", best_wall_s=min(times), walls_s=times)


def _made(folder: Path, seconds: float) -> list[Path]:
    found = []
    for number, source in enumerate(_SOURCES):
        path = folder / f"clip-{number}.mp4"
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", f"{source},noise=alls=6"]
        command += ["-t", str(seconds), "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-crf", "12"]
        subprocess.run([*command, str(path)], check=True, stdin=subprocess.DEVNULL)
        found.append(path)
    return found


def _qualab(*words: str) -> str:
    command = [sys.executable, "-m", "qualab", *words]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _timed(*words: str) -> dict[str, float]:
    """Return wall seconds of a run, and cores kept busy by its processes and by all of the machine."""
    before, machine, began = resource.getrusage(resource.RUSAGE_CHILDREN), psutil.cpu_times(), time.monotonic()
    _qualab(*words)
    wall = time.monotonic() - began
    after, later = resource.getrusage(resource.RUSAGE_CHILDREN), psutil.cpu_times()
    own = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    idle = later.idle + later.iowait - machine.idle - machine.iowait
    cores = os.cpu_count() or 1
    return {"wall_s": round(wall, 2), "own_cores": round(own / wall, 2), "busy_cores": round(cores - idle / wall, 2)}


def _print(name: str, **figures: object) -> None:
    print(json.dumps({"name": name, **figures}), flush=True)


if __name__ == "__main__":
    main()
