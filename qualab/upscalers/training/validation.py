"""The gain of a net in training on the examples that are held back."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from qualab.media.picture import Picture, Plane
from qualab.upscalers.architectures.network import CODES, Network
from qualab.upscalers.training.gain import BASELINES, baseline_errors, gain_table, mean_square_error
from qualab.upscalers.training.material import Example


def gain_of_net(net: Network, examples: Sequence[Example]) -> dict[str, object]:
    """Return the gain of a net over swscale on held-back examples, as a card's gain entry."""
    return gain_over(net, examples, baselines_of(examples))


def baselines_of(examples: Sequence[Example]) -> dict[str, list[float]]:
    """Return the mean squared errors of swscale's scalers on the examples, by their names."""
    errors_of_each = [baseline_errors(Picture.grey(example.large), Picture.grey(example.small)) for example in examples]
    return {method: [errors[method] for errors in errors_of_each] for method in BASELINES}


def gain_over(net: Network, examples: Sequence[Example], baselines: dict[str, list[float]]) -> dict[str, object]:
    """Return the gain of a net over errors that baselines_of gave."""
    net_errors = [mean_square_error(_enlarged(net, example), example.large) for example in examples]
    held_out = "every eighth picture and the last frames of each clip"
    return gain_table("held-back frames", {"upscaler": net_errors, **baselines}, held_out=held_out)


def _enlarged(net: Network, example: Example) -> Plane:
    with torch.inference_mode():
        luma = net(to_tensor(example.small[None, None], net))
        codes: Plane = luma.mul(CODES).round_().clamp_(0, 255).to(torch.uint8)[0, 0].cpu().numpy()
    return codes


def to_tensor(codes: Plane, net: Network) -> Tensor:
    """Return codes as the net takes them, on its device."""
    tensor = torch.from_numpy(np.ascontiguousarray(codes)).to(net.device)
    return tensor.to(torch.float32, memory_format=torch.channels_last) / CODES
