"""Any net on a CPU as the list of operations of a trace, its constants folded, its layers fused."""

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakTensorKeyDictionary

from qualab.upscalers.architectures.network import Network
from qualab.upscalers.engines.convolution import Convolution
from qualab.upscalers.engines.engine import Codes, Engine

_SIZES_KEPT = 4
_ATEN = torch.ops.aten
_ACTIVATIONS: dict[object, str] = {
    _ATEN.relu.default: "relu",
    _ATEN.relu_.default: "relu",
    _ATEN.leaky_relu.default: "leaky_relu",
    _ATEN.leaky_relu_.default: "leaky_relu",
    _ATEN._prelu_kernel.default: "prelu",
    _ATEN.tanh.default: "tanh",
}


@dataclass(frozen=True)
class _Slot:
    """The place of a value that depends on the picture."""

    number: int


@dataclass
class _Step:
    """One operation: `made` is the slot of its result, `dropped` the slots that nothing after it needs."""

    call: Callable[..., Tensor]
    args: tuple[Any, ...]
    options: dict[str, Any]
    made: int
    dropped: tuple[int, ...] = ()

    @property
    def needs(self) -> list[int]:
        return [slot.number for slot in _slots((self.args, tuple(self.options.values())))]


class TracedEngine(Engine):
    """Runs the operations of `net.enlarge`, traced once for each size of picture.

    A trace holds what depends on weights alone only once, so that nothing of it is left in the run: conversions
    of weights to the precision, kernels made to sum to zero.
    """

    def __init__(self, net: Network, *, bits: int) -> None:
        super().__init__(net, bits=bits)
        self._programs: dict[tuple[int, ...], list[_Step]] = {}
        side = 8 * net.step + 2 * net.margin
        tracer = _trace(net, (1, net.channels, side, side))
        self.sample_bytes = -(-tracer.largest_bytes // side**2)

    def values(self, codes: Codes) -> Tensor:
        """Return the enlarged picture in the net's unit, float32."""
        picture = torch.from_numpy(codes.astype(np.float32))[None].contiguous(memory_format=torch.channels_last)
        picture /= self.one
        shape = tuple(picture.shape)
        if shape not in self._programs:
            if len(self._programs) == _SIZES_KEPT:
                self._programs.clear()
            tracer = _trace(self.net, shape)
            # What cannot be repeated from a list is run as it is.
            plain = [_Step(self.net.enlarge, (_Slot(0),), {}, 1)]
            self._programs[shape] = _fused(tracer.steps) if tracer.is_whole else plain
        return _run(self._programs[shape], picture)

    def codes(self, values: Tensor, codes: Codes) -> Codes:
        """Return the values as codes."""
        rounded = values[0].mul(self.one).round_().clamp_(0, self.peak)
        return rounded.to(torch.uint8 if self.bits == 8 else torch.int16).numpy().view(codes.dtype)


class _Tracer(TorchDispatchMode):
    """Notes every operation that depends on `picture`.

    `is_whole` is False where something went on that a list of operations cannot repeat: a value taken out of a tensor,
    more than one result, a constant written into.
    """

    def __init__(self, picture: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.steps: list[_Step] = []
        self.largest_bytes = 0
        self.is_whole = True
        # Weak, because keeping all tensors of a deep net at once would fill the memory.
        self._numbers: MutableMapping[Tensor, int] = WeakTensorKeyDictionary()
        self._numbers[picture] = 0

    def __torch_dispatch__(
        self, func: Any, types: object, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        options = kwargs or {}
        slotted = self._slotted(args), self._slotted(options)
        output = func(*args, **options)
        if _slots(slotted):
            if not isinstance(output, Tensor) or (func._schema.is_mutable and not isinstance(slotted[0][0], _Slot)):
                self.is_whole = False
                return output
            # An operation in place gives back the tensor it was given, which keeps its number.
            number = self._numbers.setdefault(output, len(self.steps) + 1)
            self.steps.append(_Step(func, slotted[0], slotted[1], number))
            self.largest_bytes = max(self.largest_bytes, output.numel() * output.element_size())
        return output

    def _slotted(self, value: object) -> Any:
        if isinstance(value, Tensor):
            return _Slot(self._numbers[value]) if value in self._numbers else value
        if isinstance(value, (tuple, list)):
            return type(value)(self._slotted(item) for item in value)
        if isinstance(value, dict):
            return {key: self._slotted(item) for key, item in value.items()}
        return value


def _trace(net: Network, shape: tuple[int, ...]) -> _Tracer:
    """Return a trace of the net on one picture of the shape; the last step makes its result."""
    # Inference mode would show whole layers such as conv2d, without the conversions that autocast makes in them.
    with torch.inference_mode(False), torch.no_grad():
        picture = torch.zeros(shape).contiguous(memory_format=torch.channels_last)
        tracer = _Tracer(picture)
        with tracer:
            net.enlarge(picture)
    return tracer


def _fused(steps: list[_Step]) -> list[_Step]:
    """Return the steps with convolutions as `Convolution`s that apply the activation after them, if there is one."""
    result: list[_Step] = []
    rest = list(steps)
    while rest:
        step = rest.pop(0)
        if not _is_plain_convolution(step):
            result.append(step)
            continue
        after = rest[0] if rest else None
        activation: dict[str, Any] = {}
        if after is not None and after.call in _ACTIVATIONS and after.needs == [step.made]:
            is_sole = after.made == step.made or sum(step.made in later.needs for later in rest) == 1
            activation = _activation(after) if is_sole else {}
        if activation:
            step = _Step(step.call, step.args, step.options, rest.pop(0).made)
        picture, weight, bias, stride, padding = step.args[:5]
        convolution = Convolution(
            weight, bias, precision=weight.dtype, stride=tuple(stride), padding=tuple(padding), **activation
        )
        result.append(_Step(convolution, (picture,), {}, step.made))
    return _with_drops(result)


def _is_plain_convolution(step: _Step) -> bool:
    """Whether a step is a convolution with constant weights that is not transposed, dilated or grouped."""
    if step.call is not _ATEN.convolution.default or isinstance(step.args[1], _Slot):
        return False
    dilation, transposed, _, groups = step.args[5:9]
    return not transposed and groups == 1 and set(dilation) == {1}


def _activation(step: _Step) -> dict[str, Any]:
    kind = _ACTIVATIONS[step.call]
    if kind == "leaky_relu":
        return {"activation": kind, "slope": step.args[1] if len(step.args) > 1 else 0.01}
    return {"activation": kind, "slopes": step.args[1]} if kind == "prelu" else {"activation": kind}


def _with_drops(steps: list[_Step]) -> list[_Step]:
    """Return the steps, each with the slots that end with it, so that their memory is free for the next."""
    last = {number: index for index, step in enumerate(steps) for number in step.needs}
    for index, step in enumerate(steps):
        step.dropped = tuple(number for number in set(step.needs) if last[number] == index and number != step.made)
    return steps


def _run(steps: list[_Step], picture: Tensor) -> Tensor:
    values: dict[int, Tensor] = {0: picture}
    for step in steps:
        args = _filled(step.args, values)
        values[step.made] = step.call(*args, **_filled(step.options, values))
        del args
        for number in step.dropped:
            del values[number]
    return values[steps[-1].made]


def _filled(value: Any, values: dict[int, Tensor]) -> Any:
    if isinstance(value, _Slot):
        return values[value.number]
    if isinstance(value, (tuple, list)):
        return type(value)(_filled(item, values) for item in value)
    return {key: _filled(item, values) for key, item in value.items()} if isinstance(value, dict) else value


def _slots(value: object) -> list[_Slot]:
    if isinstance(value, _Slot):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, (tuple, list)) else ()
    return [slot for item in items for slot in _slots(item)]
