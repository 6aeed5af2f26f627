"""TorchScript files: the same pixels as our net, in a torch that knows nothing of us."""

import json
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from qualab.errors import InputError
from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.architectures.network import Network
from qualab.upscalers.card import Card
from qualab.upscalers.exports import FORMATS

SIZES = ((16, 16), (40, 17), (63, 38))
LOAD = """
import sys, warnings
warnings.simplefilter("ignore")
import torch
net = torch.jit.load(sys.argv[1])
print(tuple(net(torch.rand(1, 1, 9, 14)).shape), [name for name in sys.modules if name.startswith("qualab")])
"""


def loaded(path: Path, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return torch.jit.load(str(path), **options)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_torchscript_equals_the_net_at_sizes_it_was_not_traced_with(
    name: str,
    tmp_path: Path,
    net: Callable[..., Network],
    card: Callable[..., Card],
    picture: Callable[..., Tensor],
    wanted_of: Callable[[Network, Tensor], Tensor],
) -> None:
    ours, path = net(name), tmp_path / "own.pt"
    FORMATS["torchscript"].write(ours, card(name), path)
    theirs = loaded(path)
    for width, height in SIZES:
        given = picture(width, height, channels=ours.channels, batch=2)
        # The unit of our nets is another one; float32 rounds both ways to about 1e-7.
        wanted = wanted_of(ours, given)
        made = theirs(given)
        assert made.shape == (2, ours.channels, height * ours.scale, width * ours.scale)
        assert float((made - wanted).abs().max()) <= 1e-6
        assert 0.015 < float(wanted.std()) < 0.45


def test_torchscript_loads_where_there_is_no_qualab(
    tmp_path: Path, net: Callable[..., Network], card: Callable[..., Card]
) -> None:
    FORMATS["torchscript"].write(net("lite"), card("lite"), tmp_path / "own.pt")
    done = subprocess.run(
        [sys.executable, "-I", "-c", LOAD, str(tmp_path / "own.pt")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "(1, 1, 18, 28) []"


def test_torchscript_says_whose_weights_it_holds(
    tmp_path: Path, net: Callable[..., Network], card: Callable[..., Card]
) -> None:
    FORMATS["torchscript"].write(net("lite", 3), card("lite", 3), tmp_path / "own.pt")
    files = {"qualab.json": ""}
    loaded(tmp_path / "own.pt", _extra_files=files)
    about = json.loads(files["qualab.json"])
    assert {key: about[key] for key in ("id", "scale", "sha256", "licence")} == {
        "id": "own",
        "scale": "3",
        "sha256": "ab" * 32,
        "licence": "MIT",
    }
    assert "8-bit code / 255" in about["input"]


class SizeMinded(torch.nn.Module):
    """A net whose Python looks at the size of the picture, as some foreign nets do."""

    channels, unit, scale = 1, 255.0, 1

    def forward(self, picture: Tensor) -> Tensor:
        return picture * (0.5 if picture.shape[-1] == 45 else 0.25)


def test_a_net_that_a_trace_cannot_hold_is_refused(tmp_path: Path, card: Callable[..., Card]) -> None:
    with pytest.raises(InputError, match="cannot be traced for every size"):
        FORMATS["torchscript"].write(SizeMinded(), card("lite"), tmp_path / "own.pt")  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())
