"""Files of weights as nets: ncnn's pairs, safetensors, and pickled tensors, of which no code is ever run."""

import re
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from qualab.errors import ConfigError
from qualab.study.files import sha256_of
from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.card import load_card
from qualab.upscalers.importers import realesrgan, waifu2x
from qualab.upscalers.importers.importer import ANY, Imported, Wanted, unreadable
from qualab.upscalers.importers.ncnn import read_layers
from qualab.upscalers.weights_file import FOREIGN, MAX_BYTES, read_tensors

# Under these keys training tools keep the weights of the net, the averaged ones before the last.
_WRAPPERS = ("params_ema", "params-ema", "params", "model_state_dict", "state_dict", "model", "net")
_PREFIXES = ("module.", "netG.")
_OWN_SCALES = (1, 2, 3, 4)


def read_ncnn(path: Path, wanted: Wanted = ANY) -> Imported:
    """Return the net of a .param/.bin pair; ConfigError where it is none of upconv_7, cunet and SRVGGNetCompact."""
    layers = read_layers(path)
    found = waifu2x.recognise(layers) or realesrgan.recognise(layers)
    if found is None:
        known = "waifu2x' upconv_7 and cunet, and SRVGGNetCompact, are read from ncnn's files"
        raise ConfigError(path.name, "is a net that is not known", f"give its .pth or .safetensors file; {known}")
    return found


def read_safetensors(path: Path, wanted: Wanted = ANY) -> Imported:
    """Return the net of a safetensors file: what the card beside it says, else what its tensors fit."""
    _check_size(path)
    tensors = read_tensors(path.read_bytes(), where=path.name)
    beside = path.with_name("card.toml")
    if not beside.is_file():
        return _recognised(tensors, path.name, wanted)
    card = load_card(beside)
    if card.sha256 != sha256_of(path):
        raise ConfigError(path.name, "has another SHA-256 than the card.toml beside it says", "restore that file")
    return Imported(card.architecture, card.scale, tensors, card.settings, card.licence)


def read_pickled(path: Path, wanted: Wanted = ANY) -> Imported:
    """Return the net of a .pth, .pt or .ckpt file of tensors.

    Raises:
        ConfigError: it holds anything but tensors and plain values; nothing of that is executed.
    """
    _check_size(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # A damaged file makes the reader raise nearly anything; its advice to trust the file is not passed on.
        code = re.search(r"\bGLOBAL ([\w.]+)", str(error))
        if code:
            what = f"holds code or objects beside tensors ({code.group(1)[:80]})"
            raise ConfigError(path.name, what, "it was not run; give a .safetensors file of the same net") from None
        raise unreadable(path.name, "damaged, or more than tensors are in it", kind="a file of weights") from None
    return _recognised(_unwrapped(found, path.name), path.name, wanted)


def _check_size(path: Path) -> None:
    if path.stat().st_size > MAX_BYTES:
        raise ConfigError(path.name, f"is larger than {MAX_BYTES} bytes", "give the weights of one net")


def _recognised(tensors: Mapping[str, Tensor], where: str, wanted: Wanted) -> Imported:
    shapes = {name: tuple(value.shape) for name, value in tensors.items()}
    own = [(name, scale) for name in ARCHITECTURES for scale in _OWN_SCALES if shapes == _own_shapes(name, scale)]
    fitting = [(name, scale) for name, scale in own if wanted.takes(name, scale)]
    if len(fitting) == 1 or (own and not fitting):
        # What was not wanted is refused where scale and architecture are compared with it.
        return Imported(*(fitting or own)[0], tensors)
    if fitting:
        names, scales = (", ".join(dict.fromkeys(str(pair[part]) for pair in fitting)) for part in (0, 1))
        hint = "say which with --architecture and --scale, or put its card.toml beside it"
        raise ConfigError(where, f"fits {names} at x{scales}", hint)
    compact = realesrgan.recognise_tensors(tensors)
    if compact is not None:
        return compact
    from qualab.upscalers.importers.spandrel import spandrel_net

    return Imported(FOREIGN, spandrel_net(tensors, where=where).scale, tensors)


def _own_shapes(architecture: str, scale: int) -> dict[str, tuple[int, ...]]:
    try:
        with torch.device("meta"):
            net = ARCHITECTURES[architecture](scale)
    except ValueError:
        return {}
    # Luma nets that leave the size as it is are not trained.
    if scale == 1 and net.channels == 1:
        return {}
    return {name: tuple(value.shape) for name, value in net.state_dict().items()}


def _unwrapped(found: object, where: str) -> dict[str, Tensor]:
    """Return the tensors of what a file held, without the names of what is wrapped around them."""
    state = found if isinstance(found, dict) else {}
    inside = next((state[key] for key in _WRAPPERS if isinstance(state.get(key), dict)), state)
    tensors = {name: value for name, value in inside.items() if isinstance(value, Tensor) and isinstance(name, str)}
    if not tensors:
        raise unreadable(where, "no tensors by name are in it", kind="a file of weights")
    for prefix in _PREFIXES:
        if all(name.startswith(prefix) for name in tensors):
            tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors
