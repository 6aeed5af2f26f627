"""What an interrupted training goes on from: one file beside its output, written whole or not at all."""

import io
import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from qualab.errors import InputError
from qualab.study.files import replacing, storage
from qualab.upscalers.architectures.network import Network


@dataclass
class Progress:
    """Where a training is: steps done, seconds used, and the random numbers that come next."""

    step: int
    elapsed_s: float
    generator: np.random.Generator


@dataclass(frozen=True)
class Checkpoint:
    """The file of one training; `settings` must be equal for a training to go on from it."""

    path: Path
    settings: Mapping[str, object]

    @classmethod
    def beside(cls, output: Path, settings: Mapping[str, object]) -> "Checkpoint":
        """Return the checkpoint of a training that will write the folder `output`."""
        return cls(output.with_name(f".{output.name}.checkpoint"), settings)

    def save(self, progress: Progress, net: Network, optimiser: torch.optim.Optimizer) -> None:
        """Write everything that the next step depends on."""
        data = io.BytesIO()
        state = {
            "settings": json.dumps(self.settings, sort_keys=True),
            "step": progress.step,
            "elapsed_s": progress.elapsed_s,
            "generator": json.dumps(progress.generator.bit_generator.state),
            "net": net.state_dict(),
            "optimiser": optimiser.state_dict(),
        }
        torch.save(state, data)
        with replacing(self.path) as part, storage(self.path):
            part.write_bytes(data.getvalue())

    def restore(self, progress: Progress, net: Network, optimiser: torch.optim.Optimizer) -> None:
        """Bring a training to where it was saved; do nothing where nothing was saved.

        Raises:
            InputError: the file is damaged, or belongs to a training with other settings.
        """
        if not self.path.exists():
            return
        hint = f"repeat that training's command, or remove {self.path.name} to begin anew"
        try:
            state = torch.load(self.path, map_location=net.device, weights_only=True)
            if state["settings"] != json.dumps(self.settings, sort_keys=True):
                raise InputError(self.path.name, "is from a training with other settings or material", hint)
            net.load_state_dict(state["net"])
            optimiser.load_state_dict(state["optimiser"])
            progress.generator.bit_generator.state = json.loads(state["generator"])
            progress.step, progress.elapsed_s = int(state["step"]), float(state["elapsed_s"])
        except (RuntimeError, pickle.UnpicklingError, EOFError, KeyError, TypeError, ValueError, OSError):
            raise InputError(self.path.name, "is damaged", "remove it to begin anew") from None

    def remove(self) -> None:
        """Forget the training: it is done."""
        self.path.unlink(missing_ok=True)
