"""Convolutions as a CPU likes them: weights in oneDNN's own order, the activation applied before a result leaves."""

import torch
import torch.nn.functional as F
from torch import Tensor

# What oneDNN applies within a convolution at no cost; its tanh costs more than torch's own.
_FUSED = ("none", "relu", "leaky_relu")
_SIZES_KEPT = 8
_UNIT = [1, 1]


class Convolution:
    """A convolution over channels-last pictures with constant weights, then an activation.

    `activation` is none, relu, leaky_relu (with `slope`), prelu (with the tensor `slopes`) or tanh. torch.jit, which
    could fuse the same, is deprecated and warns since torch 2.12; this calls what torch.compile's code calls.
    """

    def __init__(
        self,
        weight: Tensor,
        bias: Tensor | None,
        *,
        precision: torch.dtype,
        activation: str = "none",
        slope: float = 0.0,
        slopes: Tensor | None = None,
        stride: tuple[int, ...] = (1, 1),
        padding: tuple[int, ...] = (0, 0),
    ) -> None:
        self._weight = weight.detach().to(precision).contiguous(memory_format=torch.channels_last)
        self._bias = None if bias is None else bias.detach().to(precision)
        self._activation, self._slope = activation, slope
        self._slopes = None if slopes is None else slopes.detach().flatten().to(precision)
        self._stride, self._padding = list(stride), list(padding)
        self._packed: dict[tuple[int, ...], Tensor] = {}
        self._is_packed = can_pack(precision) and weight.device.type == "cpu"

    def __call__(self, value: Tensor, add: Tensor | None = None) -> Tensor:
        """Return the activated result; `add` is added instead of an activation."""
        if not self._is_packed:
            output = F.conv2d(value, self._weight, self._bias, self._stride, self._padding)
            return self._activated(output) if add is None else output.add_(add)
        shape = (self._weights_for(value), self._bias, self._padding, self._stride, _UNIT, 1)
        if add is not None:
            binary = torch.ops.mkldnn._convolution_pointwise.binary
            return binary(value, add, *shape, "add", 1.0, None, [], None)  # type: ignore[no-any-return]
        fused = self._activation if self._activation in _FUSED else "none"
        scalars = [self._slope] if fused == "leaky_relu" else []
        output = torch.ops.mkldnn._convolution_pointwise(value, *shape, fused, scalars, "")
        return output if fused == self._activation else self._activated(output)

    def _weights_for(self, value: Tensor) -> Tensor:
        """Return the weights in the order that oneDNN wants for inputs of this size."""
        size = tuple(value.shape)
        if size not in self._packed:
            if len(self._packed) == _SIZES_KEPT:
                self._packed.clear()
            self._packed[size] = torch.ops.mkldnn._reorder_convolution_weight(
                self._weight, self._padding, self._stride, _UNIT, 1, list(size)
            )
        return self._packed[size]

    def _activated(self, value: Tensor) -> Tensor:
        if self._activation == "relu":
            return value.relu_()
        if self._activation == "leaky_relu":
            return F.leaky_relu(value, self._slope, inplace=True)
        if self._activation == "prelu":
            assert self._slopes is not None
            return F.prelu(value, self._slopes)
        # torch's tanh is four times as fast in float32 as in bfloat16.
        return value.float().tanh_().to(value.dtype) if self._activation == "tanh" else value


def can_pack(precision: torch.dtype) -> bool:
    """Return whether this torch has oneDNN's convolutions for the precision on the CPU."""
    has_onednn = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if not has_onednn or not hasattr(torch.ops.mkldnn, "_convolution_pointwise"):
        return False
    return precision == torch.float32 or (
        precision == torch.bfloat16 and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    )


def exact_pair(weight: Tensor, precision: torch.dtype) -> list[Tensor]:
    """Return tensors of the precision that sum to `weight` within float32's rounding: one, or a rounded one and a rest.

    Convolving the same input with both keeps sums of kernels that must be zero at zero.
    """
    if precision == torch.float32:
        return [weight]
    rounded = weight.to(precision).float()
    return [rounded, weight - rounded]
