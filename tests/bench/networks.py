"""Speed of the nets alone, each in a process of its own, beside a matrix product in the same process.

Needs torch and numpy only: of the package `qualab` it loads the modules of the nets and none of the others.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

SOURCE = (640, 360)
_ROOT = Path(__file__).resolve().parents[2]
_GEMM_SIDE = 2048


def seconds(call: Callable[[], object], *, at_least: float = 1.5) -> float:
    """Return the best of single calls within about `at_least` seconds, after two calls of warm-up."""
    call()
    call()
    best, end = float("inf"), time.perf_counter() + at_least
    while time.perf_counter() < end:
        start = clock()
        call()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        best = min(best, clock() - start)
    return best


def clock() -> float:
    """Return seconds: of this process's own work where one thread does all of it, so that no other's counts."""
    alone = torch.get_num_threads() == 1 and not torch.cuda.is_available()
    return time.process_time() if alone else time.perf_counter()


def peak_gflops(precision: torch.dtype, device: str) -> float:
    """Return what a square matrix product reaches here, in GFLOP/s."""
    side = _GEMM_SIDE * (4 if device == "cuda" else 1)
    a, b = (torch.randn(side, side, device=device).to(precision) for _ in range(2))
    return 2 * side**3 / seconds(lambda: a @ b, at_least=0.7) / 1e9


def load_without_the_rest() -> None:
    """Let `qualab.upscalers.*` be imported without running the packages' own `__init__`, which need PyAV."""
    if "qualab" in sys.modules:
        return
    for name in ("qualab", "qualab.upscalers", "qualab.media"):
        package = types.ModuleType(name)
        package.__path__ = [str(_ROOT / name.replace(".", "/"))]
        sys.modules.setdefault(name, package)


def architectures() -> list[str]:
    """Return the names of all architectures; asked for in another process, for this one may need the whole package."""
    code = "import networks; networks.load_without_the_rest();"
    code += "from qualab.upscalers.architectures import ARCHITECTURES; print(*ARCHITECTURES)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parent
    )
    return done.stdout.split()


def measure(name: str, precision: str, device: str, size: tuple[int, int]) -> dict[str, Any]:
    """Return the speed of one architecture at x2: as plain torch, and from codes to codes as qualab runs it."""
    load_without_the_rest()
    from qualab.upscalers.architectures import ARCHITECTURES
    from qualab.upscalers.cost import gflop

    width, height = size
    net = ARCHITECTURES[name](2).eval().requires_grad_(False).to(device)
    net.to(memory_format=torch.channels_last)
    net.precision = getattr(torch, precision)
    peak = peak_gflops(net.precision, device)
    codes = np.random.default_rng(1).integers(16, 236, (net.channels, height, width)).astype(np.uint8)
    work = gflop(net, width=width, height=height)
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took = codes_to_codes(net, codes, device)
    memory_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb
    picture = torch.from_numpy(codes).to(device)[None].float().div_(net.unit)
    with torch.inference_mode():
        plain = seconds(lambda: net(picture))
        forward = _forward(net, codes, device) or plain
    peak = max(peak, peak_gflops(net.precision, device))
    return {
        "architecture": name,
        "precision": precision,
        "size": [width, height],
        "gflop": round(work, 2),
        "plain_torch_fps": round(1 / plain, 2),
        "forward_fps": round(1 / forward, 2),
        "codes_to_codes_fps": round(1 / took, 2),
        "gflops": round(work / took),
        "gemm_gflops": round(peak),
        "share_of_gemm": round(work / took / peak, 3),
        "forward_share_of_gemm": round(work / forward / peak, 3),
        "memory_mb": round(memory_kb / 1024),
        **({"gpu_memory_mb": round(torch.cuda.max_memory_allocated() / 2**20)} if device == "cuda" else {}),
    }


def codes_to_codes(net: Any, codes: Any, device: str) -> float:
    """Return the seconds of one picture from codes to codes, as qualab runs the net."""
    _, height, width = codes.shape
    target = (2 * width, 2 * height)
    if device == "cpu":
        from qualab.upscalers.engines.runner import Runner

        runner = Runner(net)
        return seconds(lambda: runner.enlarge(codes, bits=8, target=target))
    from qualab.upscalers.engines.cuda import CudaRunner, Shape

    count = 200
    shape = Shape((codes.shape,), 8, target)
    start = time.perf_counter()
    ends = [time.perf_counter() for _ in CudaRunner(net).run(([codes] for _ in range(count)), shape)]
    # The first quarter waits for the capture and fills the slots.
    return (ends[-1] - ends[count // 4]) / (count - count // 4 - 1) if ends else time.perf_counter() - start


def _forward(net: Any, codes: Any, device: str) -> float | None:
    """Return the time from codes to values before rounding, in the bands that are used; None on a GPU."""
    if device != "cpu":
        return None
    from qualab.upscalers.engines.runner import Runner
    from qualab.upscalers.engines.tiling import padded_codes, rows_per_band

    engine = Runner(net)._engine(8)
    rows, m = rows_per_band(engine, width=codes.shape[2], height=codes.shape[1]), net.margin
    padded = padded_codes(codes, net)
    bands = [padded[:, top : top + rows + 2 * m] for top in range(0, padded.shape[1] - 2 * m, rows)]
    return seconds(lambda: [engine.values(band) for band in bands])


def rows(
    names: list[str], device: str, precisions: list[str], *, size: tuple[int, int], environment: dict[str, str]
) -> list[dict[str, Any]]:
    """Return one record for each architecture and precision, each measured in a fresh process; print them as they come.

    One that cannot run has `error`.
    """
    found = []
    for precision in precisions:
        for name in names:
            command = [sys.executable, __file__, name, precision, device, *map(str, size)]
            done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=False)
            record = {"architecture": name, "precision": precision, "error": done.stderr.strip().splitlines()[-1:]}
            found.append(json.loads(done.stdout) if done.returncode == 0 else record)
            print(line(found[-1]), flush=True)
    return found


def line(record: dict[str, Any]) -> str:
    """Return a record as a line of the table."""
    head = f"{record['architecture']:19} {record['precision']:9}"
    if "error" in record:
        return f"{head} {record['error']}"
    return (
        f"{head} {record['gflop']:7.1f} {record['plain_torch_fps']:9.2f} {record['forward_fps']:9.2f}"
        f" {record['codes_to_codes_fps']:9.2f} {record['gflops']:8d} {record['gemm_gflops']:8d}"
        f" {record['forward_share_of_gemm']:8.0%} {record['share_of_gemm']:8.0%} {record['memory_mb']:7d}"
    )


HEADER = (
    f"{'architecture':19} {'precision':9} {'GFLOP':>7} {'plain fps':>9} {'forward':>9} {'net fps':>9} {'GFLOP/s':>8}"
    f" {'GEMM':>8} {'forward%':>8} {'net%':>8} {'MB more':>7}"
)


def main() -> None:
    """Measure the one row that the arguments name and print it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("architecture", "precision", "device"):
        parser.add_argument(name)
    parser.add_argument("width", type=int)
    parser.add_argument("height", type=int)
    options = parser.parse_args()
    size = (options.width, options.height)
    print(json.dumps(measure(options.architecture, options.precision, options.device, size)))


if __name__ == "__main__":
    main()
