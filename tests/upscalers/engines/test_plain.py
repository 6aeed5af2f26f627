import numpy as np
import pytest
import torch

from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.architectures.network import Network
from qualab.upscalers.engines.plain import PlainEngine
from qualab.upscalers.engines.runner import Runner


class Chunked(Network):
    """A net that cuts its channels apart, of which only one kind is the picture's: an operation with two results."""

    channels = 3
    unit = 255.0
    is_local = False
    is_traceable = False

    def __init__(self) -> None:
        super().__init__(2, margin=0)
        self.weight = torch.nn.Parameter(torch.ones(1))

    def enlarge(self, picture: torch.Tensor) -> torch.Tensor:
        """Return each sample four times, every second column brighter."""
        dark, light = torch.cat([picture, picture + 0.2], dim=1).chunk(2, dim=1)
        columns = torch.stack([dark, light], dim=-1).flatten(-2)
        return columns.repeat_interleave(2, dim=-2) * self.weight


@pytest.mark.parametrize(("bits", "kind"), [(8, np.uint8), (10, np.uint16)])
def test_codes_in_are_codes_out(bits: int, kind: type[np.unsignedinteger]) -> None:
    engine = PlainEngine(Chunked(), bits=bits)
    codes = np.array([[[0, 100], [(1 << bits) - 1, 7]]] * 3, kind)
    with torch.inference_mode():
        made = engine.codes(engine.values(codes), codes)
    # By hand: a fifth of the code of 1, which is 255 or 1020.
    light = 51 if bits == 8 else 204
    assert (made.shape, made.dtype) == ((3, 4, 4), kind)
    assert made[0, 0].tolist() == [0, light, 100, 100 + light]
    assert made[1, 2].tolist()[:2] == [(1 << bits) - 1] * 2


def test_a_net_that_cannot_be_traced_runs() -> None:
    codes = np.full((3, 4, 6), 100, np.uint8)
    with torch.inference_mode():
        made = Runner(Chunked()).enlarge(codes, bits=8, target=(12, 8))
    assert made.shape == (3, 8, 12)
    assert set(made.ravel().tolist()) == {100, 151}


@pytest.mark.parametrize(
    ("scale", "size", "target", "count"),
    [(2, (64, 48), (128, 96), 1), (2, (64, 48), (130, 96), 2), (3, (10, 10), (90, 90), 2), (2, (64, 48), (64, 48), 0)],
)
def test_a_net_is_applied_until_the_target_is_reached(
    scale: int, size: tuple[int, int], target: tuple[int, int], count: int
) -> None:
    assert ARCHITECTURES["lite"](scale).passes(size, target) == count


def test_a_net_that_keeps_the_size_is_applied_once() -> None:
    assert ARCHITECTURES["cunet"](1).passes((64, 48), (128, 96)) == 1
