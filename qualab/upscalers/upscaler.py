"""The contract of upscalers: what makes pictures bigger."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

from qualab.errors import InputError
from qualab.media.frames import Picture


class Upscaler(ABC):
    """Makes pictures bigger; one object serves clips of any size, one after the other."""

    id: str

    @abstractmethod
    def identity(self) -> dict[str, str | int]:
        """Return everything that changes the pixels, for cache keys and provenance."""

    @abstractmethod
    def upscale(self, pictures: Iterable[Picture], *, target: tuple[int, int]) -> Iterator[Picture]:
        """Yield each picture at exactly `target` = (width, height) in luma samples, in its own pixel format.

        Of an odd side the subsampled chroma planes have the larger half.
        A picture that was yielded is not changed any more: it may wait to be encoded.
        Pictures are taken from the input as they are needed and not kept, so memory does not grow with the clip.

        Raises:
            InputError: a side of `target` is below 2.
        """


def check_target(target: tuple[int, int]) -> None:
    """Raise InputError for a size that no upscaler makes."""
    if min(target) < 2:
        size = "x".join(map(str, target))
        raise InputError(f"target {size}", "is no size of a picture", "use a width and height of 2 or more")
