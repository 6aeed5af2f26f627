"""The shapes of networks by name: each entry takes a scale and gives a net with fresh weights."""

from collections.abc import Callable
from functools import partial

from qualab.upscalers.architectures.compact import Compact
from qualab.upscalers.architectures.luma import LumaNet
from qualab.upscalers.architectures.network import CODES, SCALES, Network
from qualab.upscalers.architectures.papers import Fsrcnn, Srcnn
from qualab.upscalers.architectures.waifu2x import Cunet, UpConv7

__all__ = ["ARCHITECTURES", "CODES", "SCALES", "Network"]

ARCHITECTURES: dict[str, Callable[..., Network]] = {
    # Dong et al. 2014, arXiv 1501.00092: the paper's nets; then the smaller one as a correction of its bicubic input.
    "srcnn-915": partial(Srcnn, kernels=(9, 1, 5)),
    "srcnn-955": partial(Srcnn, kernels=(9, 5, 5)),
    "srcnn-915-residual": partial(Srcnn, kernels=(9, 1, 5), residual=True),
    # Shi et al. 2016, arXiv 1609.05158: the paper's net; then its layers with ReLU over a bicubic base.
    "espcn": partial(LumaNet, kernels=(5, 3, 3), widths=(64, 32), tanh=True, residual=False),
    "espcn-relu": partial(LumaNet, kernels=(5, 3, 3), widths=(64, 32)),
    # Dong et al. 2016, arXiv 1608.00367, with d = 56, s = 12, m = 4.
    "fsrcnn": Fsrcnn,
    # Ours: small; small at half the resolution; and with skip connections, which let a deep stack learn.
    "lite": partial(LumaNet, kernels=(3, 3, 3, 3, 3, 3), widths=(32, 32, 32, 32, 32)),
    "swift": partial(LumaNet, kernels=(3, 3, 3, 3), widths=(32, 32, 32), fold=2),
    "quality": partial(LumaNet, kernels=(3, 3), widths=(64,), blocks=4),
    # Nets on RGB, whose weights come from elsewhere: Real-ESRGAN's SRVGGNetCompact, waifu2x' two.
    "srvggnet-compact": Compact,
    "upconv-7": UpConv7,
    "cunet": Cunet,
}
