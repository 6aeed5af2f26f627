"""Training of luma networks on a few clips and pictures, within a budget of minutes."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from qualab.errors import InputError
from qualab.study.config import dump
from qualab.study.files import replacing, replacing_folder, sha256_of, storage, write_text
from qualab.study.ids import ID_RULE, is_id, nearest
from qualab.study.terms import CLASSIC_UPSCALERS
from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.architectures.network import SCALES, Network
from qualab.upscalers.card import Card
from qualab.upscalers.cost import gflop, parameters
from qualab.upscalers.engines.device import choose_device
from qualab.upscalers.training.checkpoint import Checkpoint, Progress
from qualab.upscalers.training.material import Example, Material, Patches, material_files, read_material
from qualab.upscalers.training.validation import baselines_of, gain_of_net, gain_over, to_tensor
from qualab.upscalers.weights_file import FILE

PATCH = 48
BATCH = 16
EPSILON = 1e-3
FIRST_RATE, LAST_RATE = 1e-3, 1e-5
_WARM_UP = 100
_REPORT_S = 10.0
_SAVE_S = 60.0

OnProgress = Callable[[dict[str, object]], None]


@dataclass(frozen=True)
class _Budget:
    """Ends the training by wall clock, or after a number of steps where that is given."""

    seconds: float
    max_steps: int | None

    def used(self, progress: Progress) -> float:
        """Share of the budget that is used; 1 or more = the end."""
        if self.max_steps is not None:
            return progress.step / self.max_steps
        return progress.elapsed_s / self.seconds


@dataclass(frozen=True)
class _Session:
    """One training in this process: the net, its optimiser, patches to learn from, and where it is."""

    net: Network
    optimiser: torch.optim.Optimizer
    patches: Patches
    progress: Progress
    checkpoint: Checkpoint


def train(
    clips: Sequence[Path],
    *,
    architecture: str,
    scale: int,
    output: Path,
    minutes: float = 15.0,
    seed: int = 1,
    max_steps: int | None = None,
    coded: bool = False,
    device: str = "auto",
    licence: str = "not stated",
    description: str = "",
    credits: Mapping[str, str] | None = None,
    on_progress: OnProgress | None = None,
) -> Card:
    """Train weights on clips, pictures or folders of them, write the folder `output`, return its card.

    The input is each frame shrunk by swscale's bicubic, as the pipeline does; with `coded`, it is then coded by
    H.264 at random CRF. `credits` gives origin and licence of material by file name. With `max_steps` the clock does
    not matter: the same seed gives the same weights on the same machine. `output` appears complete or not at all;
    its name is the id of the upscaler. A training that was interrupted goes on when it is asked for again.

    Raises:
        InputError: unknown architecture or scale, no usable material, `output` exists or is no id, or an interrupted
            training of that name had other settings.
    """
    _check(architecture, scale, output, minutes)
    on_device = choose_device(device)
    files = material_files(clips)
    net = _new_net(architecture, scale, seed, *on_device)
    generator = np.random.default_rng(seed)
    patch = PATCH + 2 * net.margin
    material = read_material(
        files, scale=scale, patch=patch, coded=coded, generator=generator, on_file=_reading(on_progress)
    )
    credit = tuple(_credit(file, credits or {}) for file in files)
    options = {"architecture": architecture, "scale": scale, "seed": seed, "coded": coded}
    checkpoint = Checkpoint.beside(output, options | {"material": [entry["sha256"] for entry in credit]})
    recipe = _optimise(net, material, _Budget(minutes * 60, max_steps), seed, checkpoint, on_progress)
    with replacing_folder(output) as folder:
        _finish(net, folder)
        card = Card(
            id=output.name,
            architecture=architecture,
            scale=scale,
            sha256=sha256_of(folder / FILE),
            licence=licence,
            description=description,
            training={"input": "coded" if coded else "clean", **recipe},
            material=credit,
            gain=(gain_of_net(net, material.held_back),) if material.held_back else (),
        )
        write_text(folder / "card.toml", dump(card))
    checkpoint.remove()
    return card


def _reading(on_progress: OnProgress | None) -> Callable[[int, int], None]:
    def on_file(done: int, total: int) -> None:
        if on_progress:
            on_progress({"type": "progress", "step": "reading", "done": done, "total": total, "eta_s": None})

    return on_file


def _check(architecture: str, scale: int, output: Path, minutes: float) -> None:
    if architecture not in ARCHITECTURES:
        raise InputError(f"architecture '{architecture[:80]}'", "does not exist", nearest(architecture, ARCHITECTURES))
    if not ARCHITECTURES[architecture].is_trainable:
        raise InputError(f"architecture '{architecture}'", "is RGB and can only be imported", "train a luma net")
    if scale not in SCALES:
        raise InputError(f"scale {scale}", "cannot be trained", f"use one of {', '.join(map(str, SCALES))}")
    if not is_id(output.name) or output.name in CLASSIC_UPSCALERS:
        raise InputError(f"output '{output.name[:80]}'", "cannot name an upscaler", f"end it with {ID_RULE}")
    if output.exists():
        raise InputError(f"output '{output.name}'", "exists already", "choose another name, or remove the folder")
    if not (math.isfinite(minutes) and minutes > 0):
        raise InputError(f"minutes {minutes}", "is no time to train", "give more than 0")


def _new_net(architecture: str, scale: int, seed: int, device: str, precision: torch.dtype) -> Network:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = ARCHITECTURES[architecture](scale)
    # float16 would need its gradients scaled; bfloat16 has the range of float32.
    net.precision = torch.bfloat16 if precision == torch.float16 else precision
    net.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return net


def _optimise(
    net: Network,
    material: Material,
    budget: _Budget,
    seed: int,
    checkpoint: Checkpoint,
    on_progress: OnProgress | None,
) -> dict[str, object]:
    """Train until the budget is used, from where an earlier run stopped; return what a card says about it."""
    generator = np.random.default_rng(seed)
    patches = Patches(material.training, scale=net.scale, side=PATCH, margin=net.margin, generator=generator)
    optimiser = torch.optim.Adam(net.parameters(), lr=FIRST_RATE)
    session = _Session(net, optimiser, patches, Progress(0, 0.0, generator), checkpoint)
    checkpoint.restore(session.progress, net, optimiser)
    reporter = _Reporter(material.held_back, budget, on_progress) if on_progress else None
    try:
        _run(session, budget, reporter)
    except KeyboardInterrupt:
        checkpoint.save(session.progress, net, optimiser)
        raise
    return _recipe(net, material) | {
        "seed": seed,
        "steps": session.progress.step,
        "seconds": round(session.progress.elapsed_s),
        "device": f"{net.device.type} {str(net.precision).removeprefix('torch.')}",
        "torch": torch.__version__,
    }


def _run(session: _Session, budget: _Budget, reporter: "_Reporter | None") -> None:
    """Take steps until the budget is used; report and save at times."""
    progress = session.progress
    began = time.monotonic() - progress.elapsed_s
    saved = time.monotonic()
    losses: list[Tensor] = []
    while (used := budget.used(progress)) < 1:
        rate = LAST_RATE + (FIRST_RATE - LAST_RATE) * (1 + math.cos(math.pi * used)) / 2
        for group in session.optimiser.param_groups:
            group["lr"] = rate * min(1.0, (progress.step + 1) / _WARM_UP)
        losses.append(_step(session.net, session.optimiser, session.patches))
        progress.step += 1
        progress.elapsed_s = time.monotonic() - began
        if reporter and reporter.is_due():
            reporter.report(session.net, progress, float(torch.stack(losses).mean()))
            losses = []
        if time.monotonic() - saved >= _SAVE_S:
            session.checkpoint.save(progress, session.net, session.optimiser)
            saved = time.monotonic()


def _step(net: Network, optimiser: torch.optim.Optimizer, patches: Patches) -> Tensor:
    small, large = (to_tensor(codes, net) for codes in patches.batch(BATCH))
    # Charbonnier: an L1 loss that is smooth at zero.
    loss = torch.sqrt((net.enlarge(small) - large) ** 2 + EPSILON**2).mean()
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    return loss.detach()


class _Reporter:
    """Reports how far a training is, in seconds or, where they are given, in steps; and how good it is so far."""

    def __init__(self, held_back: Sequence[Example], budget: _Budget, on_progress: OnProgress) -> None:
        self._held_back, self._budget, self._on_progress = held_back, budget, on_progress
        self._baselines = baselines_of(held_back)
        self._last = time.monotonic()

    def is_due(self) -> bool:
        """Say whether it is time to report again."""
        return time.monotonic() - self._last >= _REPORT_S

    def report(self, net: Network, progress: Progress, loss: float) -> None:
        """Send one progress event."""
        budget, elapsed = self._budget, progress.elapsed_s
        used = max(budget.used(progress), 1e-9)
        event: dict[str, object] = {
            "type": "progress",
            "step": "training",
            "done": progress.step if budget.max_steps else round(elapsed),
            "total": budget.max_steps or round(budget.seconds),
            "eta_s": max(0, round(elapsed / used - elapsed)),
            "steps": progress.step,
            "loss": round(loss, 6),
        }
        if self._held_back:
            gain = gain_over(net, self._held_back, self._baselines)
            event |= {"gain_db": gain["over_bicubic"], "gain_over_lanczos_db": gain["over_lanczos"]}
        self._on_progress(event)
        self._last = time.monotonic()


def _finish(net: Network, folder: Path) -> None:
    net.settle()
    weights = {name: value.detach().cpu().contiguous() for name, value in net.state_dict().items()}
    if not all(bool(torch.isfinite(value).all()) for value in weights.values()):
        raise InputError("training", "diverged: the weights are not finite", "train on other material or another seed")
    with replacing(folder / FILE) as part, storage(folder / FILE):
        part.write_bytes(save(weights))


def _recipe(net: Network, material: Material) -> dict[str, object]:
    return {
        "recipe": (
            f"input = swscale bicubic at 1/{net.scale}; batches of {BATCH} patches {PATCH} -> {PATCH * net.scale},"
            " two thirds from still pictures, in their own and reduced sizes, as they are and softened, turned,"
            f" mirrored, half as negatives, flat ones rejected; Charbonnier {EPSILON:g};"
            f" Adam {FIRST_RATE:g} -> {LAST_RATE:g} cosine after {_WARM_UP} steps of warm-up"
        ),
        "parameters": parameters(net),
        "gflop_720p": round(gflop(net, width=1280 // net.scale, height=720 // net.scale), 3),
        "pictures": material.pictures,
        "frames": material.frames,
    }


def _credit(file: Path, credits: Mapping[str, str]) -> dict[str, str]:
    return {"file": file.name, "sha256": sha256_of(file)} | (
        {"origin": credits[file.name]} if file.name in credits else {}
    )
