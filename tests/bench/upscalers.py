"""Speed of the upscalers: run `python tests/bench/upscalers.py`; prints tables, writes them with --json FILE.

1. Every architecture x2 from 640x360, in the precision that the device is fast in and in float32, each beside the
matrix product of the same process: as plain torch, from codes to values (forward), from codes to codes (net).
`--network-only` ends there and needs torch and numpy alone. 2. Every upscaler here, from picture to picture.
3. Other engines in the same run. 4. `qualab upscale` as a whole. With `--device cuda` the nets also get 1080p.

On one thread (`--threads 1`) times are the processor's own, so that a busy machine does little harm.
"""

import argparse
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from networks import HEADER, SOURCE, architectures, rows

_GPU_NETS = ("lite", "srvggnet-compact", "upconv-7")
_HD = (1920, 1080)


def device_name(device: str) -> str:
    """Return the name of the GPU or the processor."""
    if device == "cuda":
        return torch.cuda.get_device_name()
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def network_tables(options: argparse.Namespace) -> dict[str, Any]:
    """Measure and print the nets alone."""
    precisions = ["float16" if options.device == "cuda" else "bfloat16", "float32"]
    threads = {"OMP_NUM_THREADS": str(options.threads)} if options.threads else {}
    tables: dict[str, Any] = {}
    for isa in options.isa or [""]:
        label = f"networks {isa}".strip()
        print(f"\n{label}, {SOURCE[0]}x{SOURCE[1]} x2, each in a process of its own\n{HEADER}")
        environment = threads | ({"ONEDNN_MAX_CPU_ISA": isa} if isa else {})
        tables[label] = rows(
            options.only or architectures(), options.device, precisions, size=SOURCE, environment=environment
        )
    if options.device == "cuda":
        print(f"\nnetworks, {_HD[0]}x{_HD[1]} x2\n{HEADER}")
        tables["networks 1080p"] = rows(list(_GPU_NETS), "cuda", precisions[:1], size=_HD, environment=threads)
    return tables


def whole_tables(options: argparse.Namespace) -> dict[str, Any]:
    """Measure and print upscalers from picture to picture, other engines, and the whole command."""
    from end_to_end import end_to_end_rows
    from peers import peer_rows, upscaler_rows

    print("\nfrom picture to picture, frames of 1280x720 a second")
    tables: dict[str, Any] = {"upscalers": upscaler_rows(options.device)}
    print("\nother engines, 640x360 x2 on the CPU")
    tables["peers"] = peer_rows()
    print("\nqualab upscale, 1080p -> 2160p")
    tables["end to end"] = [
        end_to_end_rows(name, device=options.device) for name in ("swift-x2", "lite-x2") if _is_here(name)
    ]
    return tables


def _is_here(name: str) -> bool:
    from qualab.upscalers.inventory import weights

    return name in weights()


def main() -> None:
    """Parse the options, measure, print, and write what was measured where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network-only", action="store_true")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, help="threads of torch; all processors by default")
    parser.add_argument("--isa", action="append", help="also: limit oneDNN to instructions, as AVX512_CORE_BF16")
    parser.add_argument("--only", action="append", help="an architecture; all by default")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        print("no CUDA here: measuring on the CPU")
        options.device = "cpu"
    if options.threads:
        torch.set_num_threads(options.threads)
        os.environ["OMP_NUM_THREADS"] = str(options.threads)
    report: dict[str, Any] = {
        "device": device_name(options.device),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    print(", ".join(f"{key} {value}" for key, value in report.items()))
    report |= network_tables(options)
    if not options.network_only:
        report |= whole_tables(options)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
