"""The shapes of networks by name: each entry takes a scale and gives a net with fresh weights."""

from collections.abc import Mapping

from qualab.upscalers.architectures.architecture import Architecture

_LUMA = "qualab.upscalers.architectures.luma:LumaNet"
_SRCNN = "qualab.upscalers.architectures.papers:Srcnn"
_WAIFU2X = "qualab.upscalers.architectures.waifu2x"

ARCHITECTURES: Mapping[str, Architecture] = {
    # Dong et al. 2014, arXiv 1501.00092: the paper's nets; then the smaller one as a correction of its bicubic input.
    "srcnn-915": Architecture(_SRCNN, {"kernels": (9, 1, 5)}),
    "srcnn-955": Architecture(_SRCNN, {"kernels": (9, 5, 5)}),
    "srcnn-915-residual": Architecture(_SRCNN, {"kernels": (9, 1, 5), "residual": True}),
    # Shi et al. 2016, arXiv 1609.05158: the paper's net; then its layers with ReLU over a bicubic base.
    "espcn": Architecture(_LUMA, {"kernels": (5, 3, 3), "widths": (64, 32), "tanh": True, "residual": False}),
    "espcn-relu": Architecture(_LUMA, {"kernels": (5, 3, 3), "widths": (64, 32)}),
    # Dong et al. 2016, arXiv 1608.00367, with d = 56, s = 12, m = 4.
    "fsrcnn": Architecture("qualab.upscalers.architectures.papers:Fsrcnn"),
    # Ours: small; small at half the resolution; and with skip connections, which let a deep stack learn.
    "lite": Architecture(_LUMA, {"kernels": (3, 3, 3, 3, 3, 3), "widths": (32, 32, 32, 32, 32)}),
    "swift": Architecture(_LUMA, {"kernels": (3, 3, 3, 3), "widths": (32, 32, 32), "fold": 2}),
    "quality": Architecture(_LUMA, {"kernels": (3, 3), "widths": (64,), "blocks": 4}),
    # Nets on RGB, whose weights come from elsewhere: Real-ESRGAN's SRVGGNetCompact, waifu2x' two.
    "srvggnet-compact": Architecture("qualab.upscalers.architectures.compact:Compact", is_trainable=False),
    "upconv-7": Architecture(f"{_WAIFU2X}:UpConv7", is_trainable=False),
    "cunet": Architecture(f"{_WAIFU2X}:Cunet", is_trainable=False),
}
