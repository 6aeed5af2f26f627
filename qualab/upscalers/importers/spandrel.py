"""Nets that spandrel knows (ESRGAN, SPAN, SwinIR, HAT, ...), run by spandrel on the whole picture."""

import importlib.util
import warnings
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from qualab.errors import ConfigError, ToolMissing
from qualab.upscalers.architectures.network import Network
from qualab.upscalers.importers.importer import unreadable

if TYPE_CHECKING:
    from spandrel import ImageModelDescriptor


class SpandrelNet(Network):
    """A net of spandrel's; spandrel pads the picture to the sizes that the net takes, and cuts to black and white.

    It runs in float32 or, where spandrel says that the net can and the hardware does, in float16: in bfloat16 the
    8 bits of the last layer would be steps in the picture.
    """

    unit = 255.0
    is_local = False
    is_traceable = False

    def __init__(self, descriptor: "ImageModelDescriptor") -> None:
        self._half = bool(descriptor.supports_half)
        super().__init__(descriptor.scale, margin=0)
        self.channels = descriptor.input_channels
        self.net = descriptor.model
        self._descriptor = descriptor

    @property
    def precision(self) -> torch.dtype:
        """What the net computes in: float16 or float32."""
        return self._precision

    @precision.setter
    def precision(self, wanted: torch.dtype) -> None:
        self._precision = wanted if wanted == torch.float16 and self._half else torch.float32

    def enlarge(self, picture: Tensor) -> Tensor:
        """Return the enlarged picture, to its borders."""
        with self.lowered(picture):
            enlarged: Tensor = self._descriptor(picture)
        return enlarged.float()


def spandrel_net(tensors: Mapping[str, Tensor], *, where: str) -> SpandrelNet:
    """Return the net that spandrel finds in named tensors, filled with them, on the CPU.

    Raises:
        ToolMissing: spandrel is not installed.
        ConfigError: spandrel knows no such net, or it is none from one picture of luma or RGB to another.
    """
    spandrel = _library()
    try:
        # Some architectures warn of what torch will change one day; all draw weights before they are given some.
        with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
            warnings.simplefilter("ignore")
            descriptor = spandrel.ModelLoader().load_from_state_dict(dict(tensors))
    except spandrel.UnsupportedModelError:
        hint = f"spandrel {spandrel.__version__} and qualab know none with such tensors; look for another file of it"
        raise ConfigError(where, "is a net that is not known", hint) from None
    except Exception as error:
        # Nets are told apart by few of their tensors; what the others lack shows itself in any way.
        raise unreadable(where, error, kind="a complete net") from None
    if not isinstance(descriptor, spandrel.ImageModelDescriptor):
        raise ConfigError(where, "is a net that fills in what a mask hides", "give a net that enlarges pictures")
    channels = (descriptor.input_channels, descriptor.output_channels)
    if channels not in ((1, 1), (3, 3)):
        what = f"takes {channels[0]} channels and gives {channels[1]}"
        raise ConfigError(where, what, "give a net from luma to luma or from RGB to RGB")
    return SpandrelNet(descriptor.eval())


@cache
def _library() -> ModuleType:
    if importlib.util.find_spec("spandrel") is None:
        raise ToolMissing("weights of this kind", "need spandrel", "install it: pip install 'qualab[spandrel]'")
    _complete_torchvision()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_module("spandrel")


def _complete_torchvision() -> None:
    """Let torchvision be imported beside a build of torch that its compiled operators are not for.

    spandrel imports torchvision for two functions in Python. The torchvision of PyPI beside a CPU build of torch
    fails at import, because it describes two operators that its library, which could not be loaded, should have
    declared (`operator torchvision::nms does not exist`). Where the library cannot be loaded they are declared here,
    without a body.
    """
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return
    for library in Path(spec.origin).parent.glob("_C.*"):
        try:
            torch.ops.load_library(str(library))  # type: ignore[no-untyped-call]
        except OSError:
            continue
        return
    _declared()


@cache
def _declared() -> torch.library.Library:
    """Declare the operators for as long as the process lives."""
    declared = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for name in ("nms", "qnms"):
        schema = f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
        declared.define(schema)  # type: ignore[no-untyped-call]
    return declared
