"""Nets with their weights as upscalers: luma or RGB through the net, everything beside it through swscale."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

import torch

from qualab.errors import ConfigError
from qualab.media.frames import SWS_FLAGS, Picture, Scaler
from qualab.media.rgb import RgbConverter, known_matrix
from qualab.upscalers.bundled import Packaged
from qualab.upscalers.engines.cuda import CudaRunner, picture_shape
from qualab.upscalers.engines.device import choose_device
from qualab.upscalers.engines.engine import Codes
from qualab.upscalers.engines.runner import Runner
from qualab.upscalers.nets import load_net
from qualab.upscalers.upscaler import Upscaler, check_target
from qualab.upscalers.weights_file import FILE

RESAMPLE = "lanczos"
CHROMA = "bicubic"

Size = tuple[int, int]


class NetworkUpscaler(Upscaler):
    """A net with its weights: one on luma leaves chroma to swscale's bicubic, one on RGB gets all of the picture.

    Below the target the net is applied again to its own result, rounded to codes; a size that is no power of its
    scale is then reached with swscale's lanczos.
    """

    def __init__(self, source: Path | Packaged, *, device: str = "auto", precision: torch.dtype | None = None) -> None:
        self._device, chosen = choose_device(device)
        self._card, self._net = load_net(source)
        self._net.precision = precision or chosen
        self._net.to(self._device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._path = _RgbPath() if self._net.channels == 3 else LumaPath()
        self._runner = Runner(self._net)
        self.id = self._card.id

    def identity(self) -> dict[str, str | int]:
        """Return architecture, weights, precision, device and the scalers beside the net."""
        on_gpu = self._device == "cuda"
        beside = f"{CHROMA}+{SWS_FLAGS}"
        return {
            "kind": "network",
            "architecture": self._card.architecture,
            "scale": self._card.scale,
            "weights": self._card.sha256,
            **({"rgb": beside} if self._net.channels == 3 else {"chroma": "bicubic float32" if on_gpu else beside}),
            "resample": f"{RESAMPLE}+{SWS_FLAGS}",
            # Other GPUs round sums differently.
            "device": f"cuda {torch.cuda.get_device_name()}" if on_gpu else self._device,
            "precision": str(self._net.precision).removeprefix("torch."),
            "torch": torch.__version__,
            "pyav": version("av"),
        }

    def upscale(self, pictures: Iterable[Picture], *, target: Size) -> Iterator[Picture]:
        """Yield each picture at `target`; ConfigError where the net's first result is not finite.

        On CUDA, results come a few pictures late.
        """
        check_target(target)
        run = self._on_cuda if self._device == "cuda" else self._on_cpu
        return self._finite(run(pictures, target))

    def _on_cpu(self, pictures: Iterable[Picture], target: Size) -> Iterator[Picture]:
        for number, picture in enumerate(pictures):
            planes = self._path.planes(picture)
            codes = self._runner.enlarge(planes, bits=picture.bits, target=target, check=number == 0)
            yield self._path.finished(codes, None, picture, target)

    def _on_cuda(self, pictures: Iterable[Picture], target: Size) -> Iterator[Picture]:
        runner = CudaRunner(self._net)
        for key, group in groupby(pictures, key=lambda picture: (picture.width, picture.height, picture.pix_fmt)):
            waiting: deque[Picture] = deque()
            arrays = self._arrays(group, waiting)
            for codes, *chroma in runner.run(arrays, picture_shape(*key, channels=self._net.channels, target=target)):
                beside = [plane[0] for plane in chroma] if chroma else None
                yield self._path.finished(codes, beside, waiting.popleft(), target)

    def _arrays(self, pictures: Iterable[Picture], waiting: deque[Picture]) -> Iterator[list[Codes]]:
        """Yield what a GPU needs of each picture; append the picture to `waiting`."""
        for picture in pictures:
            waiting.append(picture)
            planes = self._path.planes(picture)
            yield [planes] if len(planes) == 3 else [planes, picture.u[None], picture.v[None]]

    def _finite(self, pictures: Iterator[Picture]) -> Iterator[Picture]:
        try:
            yield from pictures
        except FloatingPointError:
            where = f"{self.id}/{FILE}"
            raise ConfigError(where, "gives pixels that are not finite", "restore or train it again") from None


class LumaPath:
    """Luma goes through the net; chroma is scaled straight to the target."""

    def __init__(self) -> None:
        self._scaler = lru_cache(maxsize=4)(Scaler)

    def planes(self, picture: Picture) -> Codes:
        """Return the planes that go through the net, (1, height, width) codes."""
        return picture.y[None]

    def finished(self, codes: Codes, chroma: list[Codes] | None, like: Picture, target: Size) -> Picture:
        """Return the picture of enlarged luma, and of chroma at the target where that is made already."""
        luma = codes[0]
        size = (luma.shape[1], luma.shape[0])
        if size != target:
            grey = Picture.grey(luma)
            luma = self._scaler(size, target, RESAMPLE, pix_fmt=grey.pix_fmt)(grey).y
        if chroma is not None:
            return replace(like, y=luma, u=chroma[0], v=chroma[1])
        source = (like.width, like.height)
        return replace(self._scaler(source, target, CHROMA, pix_fmt=like.pix_fmt)(like), y=luma)


class _RgbPath:
    """All of the picture goes through the net as RGB, and comes back in its own format."""

    def __init__(self) -> None:
        self._scaler, self._converter = lru_cache(maxsize=2)(Scaler), lru_cache(maxsize=4)(RgbConverter)

    def planes(self, picture: Picture) -> Codes:
        return self._converter(picture.width, picture.height, *_colours(picture)).to_rgb(picture)

    def finished(self, codes: Codes, chroma: list[Codes] | None, like: Picture, target: Size) -> Picture:
        """Return the picture of enlarged RGB."""
        size = (int(codes.shape[2]), int(codes.shape[1]))
        large = self._converter(*size, *_colours(like)).from_rgb(codes, like)
        return large if size == target else self._scaler(size, target, RESAMPLE, pix_fmt=like.pix_fmt)(large)


def _colours(picture: Picture) -> tuple[str, int, bool]:
    """Return pixel format, matrix and range; for an unspecified matrix what players take the picture for.

    The same both ways, though the result may have so many lines that a player would take it for the other.
    """
    return picture.pix_fmt, known_matrix(picture.matrix, picture.height), picture.full_range
