"""Training of luma networks on a few clips and pictures, within a budget of minutes."""

import math
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from qualab.config import Card, dump
from qualab.errors import InputError
from qualab.media.frames import Picture
from qualab.terms import CLASSIC_UPSCALERS, ID_RULE, is_id, nearest
from qualab.upscalers.architectures import ARCHITECTURES, CODES, SCALES, Network
from qualab.upscalers.gain import BASELINES, baseline_errors, gain_table, mean_square_error
from qualab.upscalers.material import Example, Material, Patches, material_files, read_material
from qualab.upscalers.network import choose_device
from qualab.upscalers.weights import FILE
from qualab.workspace import replacing, sha256_of, storage, write_text

PATCH = 48
BATCH = 16
EPSILON = 1e-3
FIRST_RATE, LAST_RATE = 1e-3, 1e-5
_WARM_UP = 100
_REPORT_S = 10.0

Progress = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class _Budget:
    """Ends the training by wall clock, or after a number of steps where that is given."""

    seconds: float
    max_steps: int | None
    started: float

    def used(self, step: int) -> float:
        """Share of the budget that is used before step number `step`; 1 or more = the end."""
        if self.max_steps is not None:
            return step / self.max_steps
        return self.elapsed_s / self.seconds

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started


def train(
    clips: Sequence[Path],
    *,
    architecture: str,
    scale: int,
    output: Path,
    minutes: float = 15.0,
    seed: int = 1,
    max_steps: int | None = None,
    device: str = "auto",
    licence: str = "not stated",
    description: str = "",
    credits: Mapping[str, str] | None = None,
    on_progress: Progress | None = None,
) -> Card:
    """Train weights on clips, pictures or folders of them, write the folder `output`, return its card.

    The input is each frame shrunk by swscale's bicubic, as the pipeline does. `credits` gives origin and licence of
    material by file name. With `max_steps` the clock does not matter: the same seed gives the same weights on the
    same machine. `output` appears complete or not at all; its name is the id of the upscaler.

    Raises:
        InputError: unknown architecture or scale, no usable material, `output` exists or is no id.
    """
    _check(architecture, scale, output, minutes)
    kind, precision = choose_device(device)
    files = material_files(clips)
    with _new_folder(output) as folder:
        net = _new_net(architecture, scale, seed)
        # float16 would need its gradients scaled; bfloat16 has the range of float32.
        net.precision = torch.bfloat16 if precision == torch.float16 else precision
        net.to(kind).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        material = read_material(files, scale=scale, patch=PATCH + 2 * net.margin)
        recipe = _optimise(net, material, _Budget(minutes * 60, max_steps, time.monotonic()), seed, on_progress)
        _finish(net, folder)
        card = Card(
            id=output.name,
            architecture=architecture,
            scale=scale,
            sha256=sha256_of(folder / FILE),
            licence=licence,
            description=description,
            training=recipe,
            material=tuple(_credit(file, credits or {}) for file in files),
            gain=(gain_of_net(net, material.held_back),) if material.held_back else (),
        )
        write_text(folder / "card.toml", dump(card))
    return card


def gain_of_net(net: Network, examples: Sequence[Example]) -> dict[str, Any]:
    """Return the gain of a net over swscale on held-back examples, as a card's gain entry."""
    errors: dict[str, list[float]] = {"upscaler": [], **{method: [] for method in BASELINES}}
    for example in examples:
        errors["upscaler"].append(mean_square_error(_enlarged(net, example), example.large))
        for method, error in baseline_errors(Picture.grey(example.large), Picture.grey(example.small)).items():
            errors[method].append(error)
    return gain_table("held-back frames", errors, held_out="every eighth picture and the last frames of each clip")


def _check(architecture: str, scale: int, output: Path, minutes: float) -> None:
    if architecture not in ARCHITECTURES:
        raise InputError(f"architecture '{architecture[:80]}'", "does not exist", nearest(architecture, ARCHITECTURES))
    if scale not in SCALES:
        raise InputError(f"scale {scale}", "cannot be trained", f"use one of {', '.join(map(str, SCALES))}")
    if not is_id(output.name) or output.name in CLASSIC_UPSCALERS:
        raise InputError(f"output '{output.name[:80]}'", "cannot name an upscaler", f"end it with {ID_RULE}")
    if output.exists():
        raise InputError(f"output '{output.name}'", "exists already", "choose another name, or remove the folder")
    if not (math.isfinite(minutes) and minutes > 0):
        raise InputError(f"minutes {minutes}", "is no time to train", "give more than 0")


@contextmanager
def _new_folder(output: Path) -> Iterator[Path]:
    """Give a hidden folder beside `output` that becomes `output` on success and vanishes otherwise."""
    part = output.with_name(f".{output.name}.{os.getpid()}.part")
    with storage(output):
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
    try:
        yield part
        with storage(output):
            part.rename(output)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _new_net(architecture: str, scale: int, seed: int) -> Network:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ARCHITECTURES[architecture](scale)


def _optimise(
    net: Network, material: Material, budget: _Budget, seed: int, on_progress: Progress | None
) -> dict[str, Any]:
    """Train until the budget is used; return what a card says about it."""
    generator = np.random.default_rng(seed)
    patches = Patches(material.training, scale=net.scale, side=PATCH, margin=net.margin, generator=generator)
    optimiser = torch.optim.Adam(net.parameters(), lr=FIRST_RATE)
    step, losses, reported = 0, [], budget.started
    while (used := budget.used(step)) < 1:
        rate = LAST_RATE + (FIRST_RATE - LAST_RATE) * (1 + math.cos(math.pi * used)) / 2
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / _WARM_UP)
        losses.append(_step(net, optimiser, patches))
        step += 1
        if on_progress and time.monotonic() - reported >= _REPORT_S:
            on_progress(_progress(net, material, step, float(torch.stack(losses).mean()), budget))
            losses, reported = [], time.monotonic()
    return _recipe(net, material) | {
        "seed": seed,
        "steps": step,
        "seconds": round(budget.elapsed_s),
        "device": f"{net.device.type} {str(net.precision).removeprefix('torch.')}",
        "torch": torch.__version__,
    }


def _step(net: Network, optimiser: torch.optim.Optimizer, patches: Patches) -> Tensor:
    small, large = (_tensor(codes, net) for codes in patches.batch(BATCH))
    # Charbonnier: an L1 loss that is smooth at zero.
    loss = torch.sqrt((net.enlarge(small) - large) ** 2 + EPSILON**2).mean()
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    return loss.detach()


def _progress(net: Network, material: Material, step: int, loss: float, budget: _Budget) -> dict[str, Any]:
    """Return how far the training is, in seconds or, where they are given, in steps; and how good it is so far."""
    used, elapsed = max(budget.used(step), 1e-9), budget.elapsed_s
    found: dict[str, Any] = {
        "type": "progress",
        "step": "training",
        "done": step if budget.max_steps else round(elapsed),
        "total": budget.max_steps or round(budget.seconds),
        "eta_s": max(0, round(elapsed / used - elapsed)),
        "steps": step,
        "loss": round(loss, 6),
    }
    if material.held_back:
        gain = gain_of_net(net, material.held_back)
        found |= {"gain_db": gain["over_bicubic"], "gain_over_lanczos_db": gain["over_lanczos"]}
    return found


def _finish(net: Network, folder: Path) -> None:
    net.settle()
    weights = {name: value.detach().cpu().contiguous() for name, value in net.state_dict().items()}
    if not all(bool(torch.isfinite(value).all()) for value in weights.values()):
        raise InputError("training", "diverged: the weights are not finite", "train on other material or another seed")
    with replacing(folder / FILE) as part, storage(folder / FILE):
        part.write_bytes(save(weights))


def _recipe(net: Network, material: Material) -> dict[str, Any]:
    stills = sum(example.still for example in material.training)
    return {
        "recipe": (
            f"input = swscale bicubic at 1/{net.scale}; batches of {BATCH} patches {PATCH} -> {PATCH * net.scale},"
            f" two thirds from still pictures, turned and mirrored, flat ones rejected; Charbonnier {EPSILON:g};"
            f" Adam {FIRST_RATE:g} -> {LAST_RATE:g} cosine after {_WARM_UP} steps of warm-up"
        ),
        "parameters": sum(value.numel() for value in net.parameters()),
        "pictures": stills,
        "frames": len(material.training) - stills,
    }


def _credit(file: Path, credits: Mapping[str, str]) -> dict[str, Any]:
    found = {"file": file.name, "sha256": sha256_of(file)}
    return found | ({"origin": credits[file.name]} if file.name in credits else {})


def _enlarged(net: Network, example: Example) -> Any:
    with torch.inference_mode():
        luma = net(_tensor(example.small[None, None], net))
        return luma.mul(CODES).round_().clamp_(0, 255).to(torch.uint8)[0, 0].cpu().numpy()


def _tensor(codes: Any, net: Network) -> Tensor:
    tensor = torch.from_numpy(np.ascontiguousarray(codes)).to(net.device)
    return tensor.to(torch.float32, memory_format=torch.channels_last) / CODES
