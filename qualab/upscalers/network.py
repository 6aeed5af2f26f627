"""Networks as upscalers: device and precision, luma through the net, chroma through swscale."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from qualab.errors import ConfigError, InputError, ToolMissing
from qualab.media.frames import SWS_FLAGS, Picture, Plane, Scaler
from qualab.terms import nearest
from qualab.upscalers.architectures import CODES
from qualab.upscalers.tiling import MIN_ROWS, enlarge_in_bands
from qualab.upscalers.upscaler import Upscaler, check_target
from qualab.upscalers.weights import FILE, load_net

DEVICES = ("auto", "cpu", "cuda")
_RESAMPLE = "lanczos"
_CHROMA = "bicubic"
# On a CPU half a 640x360 picture at a time is as fast as all of it or faster, and memory stays small at any size.
_BAND_SAMPLES = 120_000


def choose_device(name: str) -> tuple[str, torch.dtype]:
    """Return the torch device and the precision of hidden layers for auto, cpu or cuda.

    float16 on CUDA; bfloat16 on a CPU with instructions for it, else float32, which is faster there.

    Raises:
        ToolMissing: cuda is asked for and not there.
        InputError: another name.
    """
    if name not in DEVICES:
        raise InputError(f"device '{name[:80]}'", "is not known", nearest(name[:80], DEVICES))
    has_cuda = torch.cuda.is_available()
    if name == "cuda" and not has_cuda:
        raise ToolMissing("device 'cuda'", "is not there", "use --device cpu, or install a CUDA build of torch")
    if has_cuda and name != "cpu":
        return "cuda", torch.float16
    able = torch.cpu.get_capabilities()
    return "cpu", torch.bfloat16 if able.get("avx512_bf16") or able.get("amx_bf16") else torch.float32


def device_label(name: str) -> str:
    """Return the device and precision that `choose_device(name)` gives, as in 'cpu bfloat16'."""
    kind, precision = choose_device(name)
    return f"{kind} {str(precision).removeprefix('torch.')}"


class NetworkUpscaler(Upscaler):
    """A luma network with its weights; chroma is swscale's bicubic.

    Below the target the net is applied again to its own 8-bit result; a size that is no power of its scale is then
    reached with swscale's lanczos.
    """

    def __init__(self, folder: Path, *, device: str = "auto", precision: torch.dtype | None = None) -> None:
        self._device, chosen = choose_device(device)
        self._card, self._net = load_net(folder)
        self._net.precision = precision or chosen
        self._net.to(self._device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.id = self._card.id

    def identity(self) -> dict[str, str | int]:
        """Return architecture, weights, precision, device and the scalers beside the net."""
        return {
            "kind": "network",
            "architecture": self._card.architecture,
            "scale": self._card.scale,
            "weights": self._card.sha256,
            "chroma": f"{_CHROMA}+{SWS_FLAGS}",
            "resample": f"{_RESAMPLE}+{SWS_FLAGS}",
            "device": self._device,
            "precision": str(self._net.precision).removeprefix("torch."),
            "torch": torch.__version__,
            "pyav": version("av"),
        }

    def upscale(self, pictures: Iterable[Picture], *, target: tuple[int, int]) -> Iterator[Picture]:
        """Yield each picture at `target`; ConfigError where the net's first result is not finite."""
        check_target(target)
        return self._upscaled(pictures, target)

    def _upscaled(self, pictures: Iterable[Picture], target: tuple[int, int]) -> Iterator[Picture]:
        scaler = lru_cache(maxsize=4)(Scaler)
        for number, picture in enumerate(pictures):
            scaled = scaler((picture.width, picture.height), target, _CHROMA)(picture)
            y = self._enlarged(picture.y, target, check=number == 0)
            size = (int(y.shape[1]), int(y.shape[0]))
            if size != target:
                y = scaler(size, target, _RESAMPLE)(Picture.grey(y)).y
            yield Picture(y, scaled.u, scaled.v)

    def _enlarged(self, luma: Plane, target: tuple[int, int], *, check: bool) -> Plane:
        """Return luma enlarged by the net until it is `target` or larger; `check` looks for values not finite."""
        with torch.inference_mode():
            codes = torch.from_numpy(np.array(luma))[None, None].to(self._device)
            while codes.shape[-1] < target[0] or codes.shape[-2] < target[1]:
                enlarged = self._run(codes)
                if check and not bool(torch.isfinite(enlarged).all()):
                    where = f"{self.id}/{FILE}"
                    raise ConfigError(where, "gives pixels that are not finite", "restore or train it again")
                codes = enlarged.mul_(CODES).round_().clamp_(0, 255).to(torch.uint8)
            result: Plane = codes[0, 0].cpu().numpy()
        return result

    def _run(self, codes: torch.Tensor) -> torch.Tensor:
        """Run the net in bands of rows, ever smaller ones where the device lacks memory."""
        luma = codes.to(torch.float32, memory_format=torch.channels_last).div_(CODES)
        height, width = luma.shape[-2:]
        count = -(-height * width // _BAND_SAMPLES) if self._device == "cpu" else 1
        rows = max(MIN_ROWS, -(-height // count))
        while True:
            try:
                return enlarge_in_bands(self._net, luma, rows=rows)
            except torch.OutOfMemoryError:
                if rows <= MIN_ROWS:
                    what = f"lacks memory for {width}x{height}"
                    raise ToolMissing(f"device '{self._device}'", what, "use --device cpu") from None
                rows = -(-rows // 2)
