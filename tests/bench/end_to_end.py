"""`qualab upscale` as a whole on made clips of two lengths: time beside the net's own, and peak memory.

`ONEDNN_MAX_CPU_ISA=AVX512_CORE_BF16 python tests/bench/end_to_end.py lite-x2 --json FILE` measures it as on a processor
without AMX, which must be said before torch starts; FILE keeps what else it holds.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

# What a child says of its own memory: what the system reports for children begins with the parent's.
_RUN = """
import atexit, pathlib, re, sys
peak = pathlib.Path(sys.argv.pop(1))
status = pathlib.Path("/proc/self/status")
atexit.register(lambda: peak.write_text(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]))
from qualab.cli.main import main
sys.argv[0] = "qualab"
main()
"""


def end_to_end_rows(
    upscaler: str, *, device: str, size: tuple[int, int] = (1920, 1080), lengths: tuple[int, int] = (12, 36)
) -> dict[str, Any]:
    """Return seconds a frame of the whole command and of the net alone, their ratio, and peak memory for each length.

    Start-up cancels out: a frame's time is that of the frames which the longer clip has more.
    """
    with tempfile.TemporaryDirectory(prefix="qualab-bench-") as name:
        folder = Path(name)
        runs = []
        for frames in lengths:
            clip = _made(folder / f"{frames}.mkv", size, frames)
            runs.append(
                _watched(
                    [
                        "upscale",
                        str(clip),
                        str(folder / f"{frames}-out.mkv"),
                        "--upscaler",
                        upscaler,
                        "--device",
                        device,
                    ]
                )
            )
    (short_s, short_mb), (long_s, long_mb) = runs
    whole = (long_s - short_s) / (lengths[1] - lengths[0])
    own = _own_seconds(upscaler, size, device, lengths[1] - lengths[0])
    record = {
        "upscaler": upscaler,
        "device": device,
        **({"isa": os.environ["ONEDNN_MAX_CPU_ISA"]} if "ONEDNN_MAX_CPU_ISA" in os.environ else {}),
        "size": list(size),
        "frames": list(lengths),
        "seconds_a_frame": round(whole, 4),
        "seconds_of_the_net": round(own, 4),
        "ratio": round(whole / own, 2),
        "peak_mb": [round(short_mb), round(long_mb)],
    }
    print("  " + "  ".join(f"{key} {value}" for key, value in record.items()), flush=True)
    return record


def _made(path: Path, size: tuple[int, int], frames: int) -> Path:
    """Write a clip of FFmpeg's test pattern."""
    from qualab.media.process import ffmpeg_path

    source = f"testsrc2=size={size[0]}x{size[1]}:rate=25,format=yuv420p"
    arguments = ["-v", "error", "-f", "lavfi", "-i", source, "-frames:v", str(frames), "-c:v", "libx264", str(path)]
    subprocess.run([ffmpeg_path(), *arguments], check=True)
    return path


def _watched(arguments: list[str]) -> tuple[float, float]:
    """Return the seconds and the peak memory in MB of a run of qualab."""
    with tempfile.NamedTemporaryFile("r") as peak:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", _RUN, peak.name, *arguments], stdout=subprocess.DEVNULL, check=True)
        return time.perf_counter() - start, int(peak.read()) / 1024


def _own_seconds(upscaler: str, size: tuple[int, int], device: str, frames: int) -> float:
    """Return the seconds by the wall that the net takes for a picture, from codes to codes, the mean of `frames`."""
    import numpy as np
    from networks import codes_to_codes

    from qualab.upscalers.engines.device import choose_device
    from qualab.upscalers.engines.runner import Runner
    from qualab.upscalers.inventory import weights
    from qualab.upscalers.nets import load_net

    _, net = load_net(weights()[upscaler])
    net.precision = choose_device(device)[1]
    codes = np.random.default_rng(1).integers(16, 236, (net.channels, size[1], size[0])).astype(np.uint8)
    if device == "cuda":
        return codes_to_codes(net.to(device), codes, device)
    runner, target = Runner(net), (net.scale * size[0], net.scale * size[1])
    runner.enlarge(codes, bits=8, target=target)
    start = time.perf_counter()
    for _ in range(frames):
        runner.enlarge(codes, bits=8, target=target)
    return (time.perf_counter() - start) / frames


_SIZES = (((640, 360), (60, 260)), ((1920, 1080), (12, 36)))


def main() -> None:
    """Measure the upscalers named, at two sizes; add the rows to a file of results where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("upscalers", nargs="+")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    made = [
        end_to_end_rows(name, device=options.device, size=size, lengths=lengths)
        for name in options.upscalers
        for size, lengths in _SIZES
    ]
    if options.json:
        report = json.loads(options.json.read_text(encoding="utf-8")) if options.json.exists() else {}
        report.setdefault("end to end", []).extend(made)
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
