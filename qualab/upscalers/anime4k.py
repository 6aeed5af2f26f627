"""ACNet and ARNet of Anime4KCPP, run on luma by pyanime4k on the CPU."""

from collections.abc import Iterable, Iterator
from importlib.metadata import version

import numpy as np

from qualab.errors import ToolMissing
from qualab.media.picture import Picture, Plane
from qualab.media.scaler import SWS_FLAGS
from qualab.upscalers.bundled import Packaged
from qualab.upscalers.network import CHROMA, RESAMPLE, LumaPath
from qualab.upscalers.upscaler import Upscaler, check_target

# pyanime4k takes 16-bit samples as shares of 65535; 10-bit codes are their upper bits.
_SHIFT = 6


class Anime4kUpscaler(Upscaler):
    """Luma through pyanime4k as its code values are, chroma through swscale's bicubic.

    As with every net, the x2 is applied again to its own result below the target, and a size between is reached with
    swscale's lanczos.
    """

    def __init__(self, entry: Packaged) -> None:
        self.id, self._variant, self._card = entry.id, entry.variant, entry.card()
        from pyanime4k import pyac

        self._processor = pyac.core.Processor("cpu", 0, entry.variant)
        if not self._processor.ok():
            raise ToolMissing(f"upscaler '{entry.id}'", f"does not start ({self._processor.error()})", "reinstall it")

    def identity(self) -> dict[str, str | int]:
        """Return the net's name in pyanime4k, its release and its compiled file, and the scalers beside it."""
        return {
            "kind": "anime4k",
            "architecture": self._variant,
            "scale": self._card.scale,
            "weights": self._card.sha256,
            "pyanime4k": self._card.source["version"],
            "chroma": f"{CHROMA}+{SWS_FLAGS}",
            "resample": f"{RESAMPLE}+{SWS_FLAGS}",
            "pyav": version("av"),
        }

    def upscale(self, pictures: Iterable[Picture], *, target: tuple[int, int]) -> Iterator[Picture]:
        """Yield each picture at `target`."""
        check_target(target)
        return self._upscaled(pictures, target)

    def _upscaled(self, pictures: Iterable[Picture], target: tuple[int, int]) -> Iterator[Picture]:
        path = LumaPath()
        for picture in pictures:
            yield path.finished(self._enlarged(picture.y, target)[None], None, picture, target)

    def _enlarged(self, luma: Plane, target: tuple[int, int]) -> Plane:
        while luma.shape[1] < target[0] or luma.shape[0] < target[1]:
            if luma.dtype == np.uint8:
                luma = self._processor(np.ascontiguousarray(luma), 2.0)
            else:
                # Rounded to the nearest code; the highest has no room above it.
                wide = self._processor(np.ascontiguousarray(luma << _SHIFT), 2.0).astype(np.uint32)
                luma = np.minimum((wide + (1 << _SHIFT >> 1)) >> _SHIFT, 1023).astype(np.uint16)
        return luma
