"""TorchScript: a file that torch alone opens, in Python or C++."""

import json
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from qualab.errors import InputError
from qualab.study.files import storage
from qualab.upscalers.architectures.network import Network
from qualab.upscalers.card import Card
from qualab.upscalers.exports.standalone import Standalone, description, example

DESCRIPTION = "qualab.json"


def write_torchscript(net: Network, card: Card, path: Path) -> str:
    """Write the net as TorchScript for any batch, height and width; return how it is used.

    What the file says about itself lies in it as `qualab.json`: torch.jit.load(path, _extra_files={"qualab.json": ""}).

    Raises:
        InputError: the net does other things at other sizes, which a trace cannot hold.
    """
    standalone = Standalone(net).eval()
    with warnings.catch_warnings(), torch.no_grad():
        # torch.export has no file that C++, FFmpeg or an older torch opens; TorchScript is old, not gone.
        warnings.filterwarnings("ignore", r".torch\.jit\.\w+. is (deprecated|not supported)", DeprecationWarning)
        # Said of every size that Python sees; whether one was frozen is looked at below.
        warnings.simplefilter("ignore", torch.jit.TracerWarning)  # type: ignore[attr-defined]
        traced = torch.jit.trace(standalone, example(net), check_trace=False)  # type: ignore[no-untyped-call]
        if not _is_equal(traced, standalone, example(net)[:1, :, :-4, :-7]):
            raise InputError(f"upscaler '{card.id}'", "cannot be traced for every size", "try --format onnx")
        with storage(path):
            about = json.dumps(description(net, card), indent=2, ensure_ascii=False)
            torch.jit.save(traced, str(path), _extra_files={DESCRIPTION: about.encode()})
    return "net = torch.jit.load(FILE); y = net(x), x and y float32 (batch, channels, height, width) in 0..1"


def _is_equal(traced: torch.jit.ScriptModule, net: nn.Module, picture: Tensor) -> bool:
    try:
        output = traced(picture)
    except RuntimeError:
        return False
    wanted = net(picture)
    return output.shape == wanted.shape and bool(torch.allclose(output, wanted, rtol=0, atol=1e-5))
