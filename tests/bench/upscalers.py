"""Speed of the upscalers, 640x360 -> 1280x720: run `python tests/bench/upscalers.py`; prints a table.

For networks: frames a second of the whole upscaler (luma, chroma, copies), of the bare torch forward, GFLOP a frame,
and the share of this machine's matrix product peak in the same precision. `--network-only` needs torch and numpy alone.
"""

import argparse
import importlib.util
import time
from collections.abc import Callable
from pathlib import Path

import torch

SOURCE, TARGET = (640, 360), (1280, 720)
NETS = ("lite", "espcn-relu", "espcn")


def seconds(call: Callable[[], object], *, at_least: float = 2.0) -> float:
    """Return the best of single calls within about `at_least` seconds, after two calls of warm-up."""
    call()
    call()
    best, end = float("inf"), time.perf_counter() + at_least
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - start)
    return best


def peak_gflops(precision: torch.dtype, device: str) -> float:
    """Return what a 2048 x 2048 matrix product reaches here, in GFLOP/s."""
    side = 2048
    a, b = (torch.randn(side, side, device=device).to(precision) for _ in range(2))
    return 2 * side**3 / seconds(lambda: a @ b) / 1e9


def architectures_alone() -> dict[str, Callable[[int], torch.nn.Module]]:
    """Return the table of architectures from its file, so that no other dependency of qualab is needed."""
    path = Path(__file__).parents[2] / "qualab" / "upscalers" / "architectures.py"
    spec = importlib.util.spec_from_file_location("architectures", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.ARCHITECTURES)


def network_rows(device: str, precisions: list[torch.dtype]) -> None:
    """Print one line per architecture and precision: the bare forward."""
    architectures = architectures_alone()
    width, height = SOURCE
    for precision in precisions:
        peak = peak_gflops(precision, device)
        label = str(precision).removeprefix("torch.")
        print(f"GEMM peak {label}: {peak:.0f} GFLOP/s")
        for name in NETS:
            net = architectures[name](2).eval().to(device).to(memory_format=torch.channels_last)
            net.precision = precision
            luma = torch.rand(1, 1, height, width, device=device).contiguous(memory_format=torch.channels_last)
            gflop = 2 * width * height * sum(p.numel() for p in net.parameters()) / 1e9
            with torch.inference_mode():
                took = seconds(lambda net=net, luma=luma: net(luma))
            share = gflop / took / peak
            print(f"  {name:11} forward {1 / took:7.1f} fps  {gflop:5.1f} GFLOP/frame  {share:4.0%} of peak")


def upscaler_rows(device: str) -> None:
    """Print one line per upscaler that can be used here: everything from picture to picture."""
    import numpy as np

    from qualab.media.frames import Picture
    from qualab.upscalers.catalogue import describe_all, load

    generator = np.random.default_rng(1)
    y, u, v = (generator.integers(16, 236, (360 // n, 640 // n)).astype(np.uint8) for n in (1, 2, 2))
    picture = Picture(y, u, v)
    for row in describe_all():
        upscaler = load(row["id"], device=device)

        def endless() -> object:
            while True:
                yield picture

        results = upscaler.upscale(endless(), target=TARGET)
        print(f"  {row['id']:11} picture to picture {1 / seconds(lambda results=results: next(results)):7.1f} fps")


def main() -> None:
    """Parse the options and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network-only", action="store_true")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args()
    lower = torch.float16 if options.device == "cuda" else torch.bfloat16
    print(f"torch {torch.__version__}, {options.device}, {torch.get_num_threads()} threads, {SOURCE} -> {TARGET}")
    network_rows(options.device, [lower, torch.float32])
    if not options.network_only:
        upscaler_rows(options.device)


if __name__ == "__main__":
    main()
