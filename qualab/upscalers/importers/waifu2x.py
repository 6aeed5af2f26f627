"""Recognises waifu2x' nets, upconv_7 and cunet, in ncnn's layers."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from qualab.upscalers.architectures.network import Network
from qualab.upscalers.architectures.waifu2x import SLOPE, Cunet, UpConv7
from qualab.upscalers.importers.importer import Imported
from qualab.upscalers.importers.ncnn_layers import Layer

_LEAKY = "2"
_CANDIDATES = {"upconv-7": (UpConv7, 2), "cunet": (Cunet, 2), "cunet x1": (Cunet, 1)}


def recognise(layers: Sequence[Layer]) -> Imported | None:
    """Return the weights of upconv_7 or cunet; None where the layers are those of another net."""
    weighted = [layer for layer in layers if layer.weight is not None]
    if not all(_activates_as_waifu2x(layer) for layer in weighted):
        return None
    for name, (shape, scale) in _CANDIDATES.items():
        # Shapes alone: no memory, and no draw from torch's generator.
        with torch.device("meta"):
            net = shape(scale)
        tensors = _matched(net, weighted)
        if tensors is not None:
            return Imported(name.split()[0], scale, tensors)
    return None


def _activates_as_waifu2x(layer: Layer) -> bool:
    """Say whether a convolution of several pictures is followed by leaky ReLU, and one that makes RGB by nothing."""
    if layer.kind not in ("Convolution", "Deconvolution"):
        return True
    if layer.number("0") == UpConv7.channels:
        return layer.settings.get("9", "0") == "0"
    slope = layer.settings.get("-23310", "").partition(",")[2]
    return layer.settings.get("9") == _LEAKY and abs(float(slope or 0) - SLOPE) < 1e-6


def _matched(net: Network, layers: Sequence[Layer]) -> dict[str, Tensor] | None:
    """Return the layers' weights under the net's names; None where kinds, strides or shapes differ."""
    modules = [
        (name, module) for name, module in net.named_modules() if isinstance(module, nn.Conv2d | nn.ConvTranspose2d)
    ]
    if len(modules) != len(layers):
        return None
    tensors: dict[str, Tensor] = {}
    for (name, module), layer in zip(modules, layers, strict=True):
        turned = isinstance(module, nn.ConvTranspose2d)
        is_same_kind = turned == (layer.kind == "Deconvolution") and module.stride[0] == layer.number("3", 1)
        if not is_same_kind or layer.weight is None or layer.bias is None or layer.weight.shape != module.weight.shape:
            return None
        tensors |= {f"{name}.weight": layer.weight, f"{name}.bias": layer.bias}
    return tensors
