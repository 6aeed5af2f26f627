"""FFmpeg's native .model: what the filter `sr` of FFmpeg 4.2 to 5.1 runs without any library.

The format is a list of layers between operands (libavfilter/dnn/dnn_backend_native*.c of FFmpeg 5.1). A layer's
convolution continues the borders of its own input, while our nets continue those of the picture: near the border,
within a net's `margin`, the two differ.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from qualab.errors import InputError
from qualab.study.files import storage
from qualab.upscalers.architectures.luma import Block, LumaNet
from qualab.upscalers.architectures.network import Network
from qualab.upscalers.architectures.papers import Fsrcnn, Srcnn
from qualab.upscalers.card import Card
from qualab.upscalers.exports.native import RELU, TANH, Native
from qualab.upscalers.exports.standalone import FULL


def write_ffmpeg(net: Network, card: Card, path: Path) -> str:
    """Write the net as FFmpeg's native .model; return how it is used.

    Raises:
        InputError: the net has layers that the format lacks, or works on RGB: `sr` hands luma over.
    """
    model = Native()
    if isinstance(net, LumaNet):
        _luma_net(net, model)
    elif isinstance(net, Srcnn):
        _srcnn(net, model)
    elif isinstance(net, Fsrcnn):
        _fsrcnn(net, model)
    else:
        kind = "works on RGB" if net.channels != 1 else "has layers that FFmpeg's native files lack"
        hint = "use --format onnx or torchscript; to ffmpeg go luma nets of convolutions"
        raise InputError(f"upscaler '{card.id}': {card.architecture}", kind, hint)
    with storage(path):
        path.write_bytes(model.to_bytes())
    return "ffmpeg -i IN -vf sr=dnn_backend=native:model=FILE OUT, with FFmpeg 4.2 to 5.1"


def _luma_net(net: LumaNet, model: Native) -> None:
    first, *hidden, last = net.layers
    assert isinstance(first, nn.Conv2d)
    assert isinstance(last, nn.Conv2d)
    down, up = _units(net)
    activation = TANH if net.tanh else RELU
    picture = model.unshuffle(model.input, net.fold) if net.fold > 1 else model.input
    weight = first.weight - first.weight.mean(dim=(1, 2, 3), keepdim=True) if net.residual else first.weight
    value = model.convolve(picture, weight * down, first.bias, activation)
    for layer in hidden:
        if isinstance(layer, Block):
            changed = model.convolve(value, layer.first.weight, layer.first.bias, RELU)
            value = model.add(value, model.convolve(changed, layer.second.weight, layer.second.bias))
        else:
            assert isinstance(layer, nn.Conv2d)
            value = model.convolve(value, layer.weight, layer.bias, activation)
    value = model.convolve(value, last.weight * up, None if last.bias is None else last.bias * up)
    if net.residual:
        value = model.add(model.convolve(picture, _folded(net.base, net.scale, net.fold), None), value)
    model.shuffle(value, net.fold * net.scale)


def _srcnn(net: Srcnn, model: Native) -> None:
    """Write the bicubic before the stack too: `sr` of FFmpeg 5.1 crashes with nets that do not enlarge."""
    first, second, last = (layer for layer in net.layers if isinstance(layer, nn.Conv2d))
    assert last.bias is not None
    down, up = _units(net)
    large = model.shuffle(model.convolve(model.input, net.base, None), net.scale)
    weight = first.weight - first.weight.mean(dim=(2, 3), keepdim=True) if net.residual else first.weight
    value = model.convolve(large, weight * down, first.bias, RELU)
    value = model.convolve(value, second.weight, second.bias, RELU)
    value = model.convolve(value, last.weight * up, last.bias * up)
    if net.residual:
        model.add(large, value)


def _fsrcnn(net: Fsrcnn, model: Native) -> None:
    """Write PReLU as two ReLUs, of a value and of its negative, that the next layer puts together."""
    down, up = _units(net)
    value, joined = model.input, torch.tensor([down])
    for layer, slope in zip(net.layers, net.slopes, strict=True):
        assert isinstance(layer, nn.Conv2d)
        assert layer.bias is not None
        weight = _joining(layer.weight, joined)
        value = model.convolve(value, torch.cat([weight, -weight]), torch.cat([layer.bias, -layer.bias]), RELU)
        joined = torch.cat([torch.ones_like(slope), -slope])
    bias = net.last.bias
    assert bias is not None
    weight = _joining(_phases(net.last.weight, net.scale), joined)
    value = model.convolve(value, weight * up, (bias * up).expand(net.scale**2))
    model.shuffle(value, net.scale)


def _joining(weight: Tensor, factors: Tensor) -> Tensor:
    """Return a kernel for `factors` times its input, which holds the kernel's input channels once or twice."""
    return torch.cat([weight] * (len(factors) // weight.shape[1]), dim=1) * factors[None, :, None, None]


def _phases(weight: Tensor, scale: int) -> Tensor:
    """Return the kernels that, before a pixel shuffle, are FSRCNN's 9x9 deconvolution of stride `scale`."""
    kernels = weight.new_zeros(scale, scale, weight.shape[0], 5, 5)
    taps = [(phase, reach, phase + 4 - scale * reach) for phase in range(scale) for reach in range(-2, 3)]
    taps = [tap for tap in taps if 0 <= tap[2] < 9]
    for p, dy, ky in taps:
        for q, dx, kx in taps:
            kernels[p, q, :, dy + 2, dx + 2] = weight[:, 0, ky, kx]
    return kernels.flatten(0, 1)


def _folded(base: Tensor, scale: int, fold: int) -> Tensor:
    """Return the bicubic's kernels for a picture whose every `fold` x `fold` samples are stacked as channels."""
    if fold == 1:
        return base
    reach = -(-(base.shape[-1] // 2) // fold)
    side = fold * (2 * reach + 1)
    kernels = []
    for row in range(fold):
        for column in range(fold):
            # The 5x5 taps around sample (row, column) of the middle one of the stacked samples.
            left, top = fold * reach + column - 2, fold * reach + row - 2
            placed = F.pad(base, (left, side - 5 - left, top, side - 5 - top))
            kernels.append(F.pixel_unshuffle(placed, fold))
    # (row, column, phase row, phase column) to (row, phase row, column, phase column): the order of one pixel shuffle.
    shape = (fold, fold, scale, scale, fold * fold, 2 * reach + 1, 2 * reach + 1)
    return torch.stack(kernels).reshape(shape).transpose(1, 2).reshape(-1, *shape[4:])


def _units(net: Network) -> tuple[float, float]:
    """Return what the first kernels and the last ones are multiplied by: `sr` hands over codes / 255."""
    return FULL / net.unit, net.unit / FULL
