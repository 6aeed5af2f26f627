"""Upscalers: swscale's scalers, and networks with weights of their own in models/."""

from qualab.upscalers.classic import ClassicUpscaler
from qualab.upscalers.upscaler import Upscaler

UPSCALERS: dict[str, Upscaler] = {
    "bilinear": ClassicUpscaler("bilinear"),
    "bicubic": ClassicUpscaler("bicubic"),
    "lanczos": ClassicUpscaler("lanczos"),
}
