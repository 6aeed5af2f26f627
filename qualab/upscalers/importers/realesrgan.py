"""Recognises Real-ESRGAN's SRVGGNetCompact, in ncnn's layers and among named tensors."""

import math
import re
from collections.abc import Mapping, Sequence

from torch import Tensor

from qualab.upscalers.importers.importer import Imported
from qualab.upscalers.importers.ncnn_layers import Layer

ARCHITECTURE = "srvggnet-compact"
_BICUBIC = 3
# What follows the convolutions: the shuffle, the nearest sample of the input, their sum.
_END = ["PixelShuffle", "Interp", "BinaryOp"]


def recognise(layers: Sequence[Layer]) -> Imported | None:
    """Return the weights of a SRVGGNetCompact, with the bicubic that shrinks its result; None for another net."""
    body = [layer for layer in layers if layer.weight is not None]
    end = [layer for layer in layers if layer.weight is None and layer.kind not in ("Input", "Split")]
    if [layer.kind for layer in end] not in (_END, [*_END, "Interp"]):
        return None
    if [layer.kind for layer in body] != ["Convolution", "PReLU"] * (len(body) // 2) + ["Convolution"]:
        return None
    tensors: dict[str, Tensor] = {}
    for number, layer in enumerate(body):
        tensors[f"body.{number}.weight"] = layer.weight  # type: ignore[assignment]
        if layer.bias is not None:
            tensors[f"body.{number}.bias"] = layer.bias
    imported = recognise_tensors(tensors)
    if imported is None or end[0].number("0") != imported.scale:
        return None
    return imported if len(end) == 3 else _shrunk(imported, end[3])


def recognise_tensors(tensors: Mapping[str, Tensor]) -> Imported | None:
    """Return tensors named as Real-ESRGAN names them with the settings of their net; None for another net."""
    if not all(re.fullmatch(r"body\.\d{1,4}\.(weight|bias)", name) for name in tensors):
        return None
    last = max((int(name.split(".")[1]) for name in tensors), default=0)
    first, final = tensors.get("body.0.weight"), tensors.get(f"body.{last}.bias")
    if first is None or final is None or first.ndim != 4 or first.shape[1] != 3 or last < 2 or last % 2:
        return None
    scale = math.isqrt(final.numel() // 3)
    if scale < 1 or final.numel() != 3 * scale * scale:
        return None
    settings = {"features": int(first.shape[0]), "convolutions": last // 2 - 1}
    return Imported(ARCHITECTURE, scale, tensors, settings)


def _shrunk(imported: Imported, interpolation: Layer) -> Imported | None:
    scale = imported.scale * interpolation.number("1", 1)
    whole = round(scale)
    if interpolation.number("0") != _BICUBIC or abs(scale - whole) > 1e-3 or not 1 <= whole < imported.scale:
        return None
    return Imported(ARCHITECTURE, whole, imported.tensors, {**imported.settings, "shuffle": imported.scale})
