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
        """Yield each picture at exactly `target` = (width, height) in luma samples, both even.

        Pictures are taken from the input as they are needed and not kept, so memory does not grow with the clip.

        Raises:
            InputError: `target` is odd or not positive.
        """


def check_target(target: tuple[int, int]) -> None:
    """Raise InputError where no 4:2:0 picture can have the size `target`."""
    if min(target) < 2 or any(side % 2 for side in target):
        size = "x".join(map(str, target))
        raise InputError(f"target {size}", "is no size of a 4:2:0 picture", "use even width and height")
