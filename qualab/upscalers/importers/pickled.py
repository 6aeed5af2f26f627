"""Files of pickled tensors as nets; no code in them is ever run."""

import re
import warnings
from pathlib import Path

import torch
from torch import Tensor

from qualab.errors import ConfigError
from qualab.upscalers.importers.importer import ANY, Imported, Wanted, unreadable
from qualab.upscalers.importers.recognition import check_size, recognised

# Under these keys training tools keep the weights of the net, the averaged ones before the last.
_WRAPPERS = ("params_ema", "params-ema", "params", "model_state_dict", "state_dict", "model", "net")
_PREFIXES = ("module.", "netG.")


def read_pickled(path: Path, wanted: Wanted = ANY) -> Imported:
    """Return the net of a .pth, .pt or .ckpt file of tensors.

    Raises:
        ConfigError: it holds anything but tensors and plain values; nothing of that is executed.
    """
    check_size(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # A damaged file makes the reader raise nearly anything; its advice to trust the file is not passed on.
        code = re.search(r"\bGLOBAL ([\w.]+)", str(error))
        if code:
            what = f"holds code or objects beside tensors ({code.group(1)[:80]})"
            raise ConfigError(path.name, what, "it was not run; give a .safetensors file of the same net") from None
        raise unreadable(path.name, "damaged, or more than tensors are in it", kind="a file of weights") from None
    return recognised(_unwrapped(loaded, path.name), path.name, wanted)


def _unwrapped(loaded: object, where: str) -> dict[str, Tensor]:
    """Return the tensors of what a file held, without the names of what is wrapped around them."""
    state = loaded if isinstance(loaded, dict) else {}
    inside = next((state[key] for key in _WRAPPERS if isinstance(state.get(key), dict)), state)
    tensors = {name: value for name, value in inside.items() if isinstance(value, Tensor) and isinstance(name, str)}
    if not tensors:
        raise unreadable(where, "no tensors by name are in it", kind="a file of weights")
    for prefix in _PREFIXES:
        if all(name.startswith(prefix) for name in tensors):
            tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors
