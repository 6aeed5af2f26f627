"""Which net fits named tensors."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from qualab.errors import ConfigError
from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.importers import realesrgan
from qualab.upscalers.importers.importer import Imported, Wanted
from qualab.upscalers.weights_file import FOREIGN, MAX_BYTES

_SCALES = (1, 2, 3, 4)


def check_size(path: Path) -> None:
    """Raise ConfigError for a file that is larger than weights of one net are."""
    if path.stat().st_size > MAX_BYTES:
        raise ConfigError(path.name, f"is larger than {MAX_BYTES} bytes", "give the weights of one net")


def recognised(tensors: Mapping[str, Tensor], where: str, wanted: Wanted) -> Imported:
    """Return the net that named tensors fill: one of ARCHITECTURES, else what spandrel knows.

    Raises:
        ConfigError: they fit several, or none.
    """
    shapes = {name: tuple(value.shape) for name, value in tensors.items()}
    matching = [(name, scale) for name in ARCHITECTURES for scale in _SCALES if shapes == _shapes_of(name, scale)]
    fitting = [(name, scale) for name, scale in matching if wanted.takes(name, scale)]
    if len(fitting) == 1 or (matching and not fitting):
        # What was not wanted is refused where scale and architecture are compared with it.
        return Imported(*(fitting or matching)[0], tensors)
    if fitting:
        names, scales = (", ".join(dict.fromkeys(str(pair[part]) for pair in fitting)) for part in (0, 1))
        hint = "say which with --architecture and --scale, or put its card.toml beside it"
        raise ConfigError(where, f"fits {names} at x{scales}", hint)
    compact = realesrgan.recognise_tensors(tensors)
    if compact is not None:
        return compact
    from qualab.upscalers.importers.spandrel import spandrel_net

    return Imported(FOREIGN, spandrel_net(tensors, where=where).scale, tensors)


def _shapes_of(architecture: str, scale: int) -> dict[str, tuple[int, ...]]:
    try:
        with torch.device("meta"):
            net = ARCHITECTURES[architecture](scale)
    except ValueError:
        return {}
    # Luma nets that leave the size as it is are not trained.
    if scale == 1 and net.channels == 1:
        return {}
    return {name: tuple(value.shape) for name, value in net.state_dict().items()}
