from itertools import pairwise

import pytest
import torch

from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.cost import gflop, parameters


def test_gflop_of_lite_is_that_of_its_layers() -> None:
    """By hand: 3x3 convolutions 1-32, 4 x 32-32, 32-4 on pictures that lose a sample a side each, and the 5x5 base."""
    width, height = 64, 36
    channels = [1, 32, 32, 32, 32, 32, 4]
    count = sum(
        2 * 9 * before * after * (width + 2 * (5 - number)) * (height + 2 * (5 - number))
        for number, (before, after) in enumerate(pairwise(channels))
    )
    base = 2 * 25 * 4 * width * height
    assert gflop(ARCHITECTURES["lite"](2), width=width, height=height) == pytest.approx((count + base) / 1e9)


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_counting_takes_no_picture_and_leaves_the_net_as_it_was(name: str) -> None:
    net = ARCHITECTURES[name](2)
    net.precision = torch.bfloat16
    before = {key: value.clone() for key, value in net.state_dict().items()}
    # A picture of this size would take more memory than any machine has.
    assert gflop(net, width=100_000, height=100_000) > 100 * gflop(net, width=1_000, height=1_000)
    assert net.precision == torch.bfloat16
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())


def test_parameters_are_counted_once() -> None:
    assert parameters(ARCHITECTURES["lite"](2)) == 38_468
