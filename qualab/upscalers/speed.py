"""How fast upscalers are on this machine: frames of 1280x720 a second, measured and kept."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import numpy as np
import torch

from qualab.errors import InputError, QualabError
from qualab.media.frames import Picture, Plane
from qualab.study.files import write_json
from qualab.study.ids import nearest
from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.bundled import packaged
from qualab.upscalers.catalogue import load
from qualab.upscalers.cost import gflop, parameters
from qualab.upscalers.engines.device import choose_device, device_label
from qualab.upscalers.inventory import Row, describe_all, identity_of, machine, speeds, speeds_file, weights
from qualab.upscalers.nets import load_net
from qualab.upscalers.upscaler import Upscaler

TARGET = (1280, 720)
_WARM_UP = 2
_LEAST_FRAMES = 3


def benchmark(
    names: Sequence[str] = (),
    *,
    device: str = "auto",
    seconds: float = 3.0,
    on_step: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> list[Row]:
    """Measure the named upscalers, all by default, keep the results for `describe_all`, return them.

    Each enlarges a picture to 1280x720 by its own scale (swscale's by 2), picture to picture, for about `seconds`
    after a warm-up. `on_step` is told how many are done, how many there are, and which one is next. One that cannot
    run here has `error` in its record, and nothing of it is kept.

    Raises:
        InputError: a name is unknown.
        ToolMissing: `device` is not there.
    """
    rows = {str(row["id"]): row for row in describe_all()}
    for name in names:
        if name not in rows:
            raise InputError(f"upscaler '{name[:80]}'", "does not exist", nearest(name[:80], rows))
    choose_device(device)
    wanted = list(dict.fromkeys(names)) or list(rows)
    records = []
    for number, name in enumerate(wanted):
        on_step(number, len(wanted), name)
        records.append(_record(rows[name], device, seconds))
        if "error" not in records[-1]:
            _keep(records[-1])
    on_step(len(wanted), len(wanted), "")
    return records


def frames_per_second(upscaler: Upscaler, *, scale: int, seconds: float) -> float:
    """Return how many frames a second an upscaler gives: 1280x720, or what its scale makes of nearly that."""
    source = (TARGET[0] // scale, TARGET[1] // scale)
    target = (source[0] * scale, source[1] * scale)
    picture = _picture(*source)
    for _ in upscaler.upscale([picture] * _WARM_UP, target=target):
        pass
    start = time.perf_counter()
    count = sum(1 for _ in upscaler.upscale(_until(picture, start + seconds), target=target))
    return count / (time.perf_counter() - start)


def _record(row: Row, device: str, seconds: float) -> Row:
    record: Row = machine() | {"id": row["id"], "identity": identity_of(row)}
    try:
        upscaler = load(str(row["id"]), device=device)
        fps = frames_per_second(upscaler, scale=int(row.get("scale") or 2), seconds=seconds)
        record |= _costs(row)
    except QualabError as error:
        return record | {"error": str(error)}
    label = "cpu" if row["kind"] == "classic" else _device_name(device)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return record | {"fps": float(f"{fps:.4g}"), "device": label, "threads": torch.get_num_threads(), "measured_at": at}


def _costs(row: Row) -> Row:
    """Return parameters and GFLOP of a net; nothing for what is no net of ours."""
    name, source = str(row["id"]), None
    if row["kind"] == "network":
        source = weights().get(name) or packaged().get(name)
    if source is None or row.get("architecture") not in ARCHITECTURES:
        return {}
    _, net = load_net(source)
    width, height = (side // net.scale for side in TARGET)
    return {"parameters": parameters(net), "gflop_720p": round(gflop(net, width=width, height=height), 3)}


def _device_name(device: str) -> str:
    label = device_label(device)
    return label.replace("cuda", torch.cuda.get_device_name(), 1) if label.startswith("cuda") else label


def _picture(width: int, height: int) -> Picture:
    """Return a picture whose every sample is random: nothing in it makes a net or a scaler faster."""
    generator = np.random.default_rng(1)

    def plane(rows: int, columns: int) -> Plane:
        return generator.integers(16, 236, (rows, columns)).astype(np.uint8)

    half = (-(-height // 2), -(-width // 2))
    return Picture(plane(height, width), plane(*half), plane(*half))


def _until(picture: Picture, end: float) -> Iterator[Picture]:
    given = 0
    while given < _LEAST_FRAMES or time.perf_counter() < end:
        yield picture
        given += 1


def _keep(record: Row) -> None:
    """Put a record behind those that are kept, in place of an older one of the same."""
    same = ("processor", "torch", "device", "id", "identity")
    others = [old for old in speeds() if any(old.get(key) != record[key] for key in same)]
    write_json(speeds_file(), {"speeds": [*others, record]})
