"""swscale's scalers as upscalers: the baselines that every network must beat."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.metadata import version

from qualab.media.frames import SWS_FLAGS, Picture, Scaler
from qualab.upscalers.upscaler import Upscaler, check_target


class ClassicUpscaler(Upscaler):
    """One swscale method for luma and chroma, any size to any size, in any pixel format."""

    def __init__(self, method: str) -> None:
        self.id = method

    def identity(self) -> dict[str, str | int]:
        """Return the method with all its flags, and the PyAV release that carries swscale."""
        return {"kind": "classic", "flags": f"{self.id}+{SWS_FLAGS}", "pyav": version("av")}

    def upscale(self, pictures: Iterable[Picture], *, target: tuple[int, int]) -> Iterator[Picture]:
        """Yield each picture scaled to `target`."""
        check_target(target)
        return self._scaled(pictures, target)

    def _scaled(self, pictures: Iterable[Picture], target: tuple[int, int]) -> Iterator[Picture]:
        scaler = lru_cache(maxsize=1)(Scaler)
        for picture in pictures:
            yield scaler((picture.width, picture.height), target, self.id, pix_fmt=picture.pix_fmt)(picture)
