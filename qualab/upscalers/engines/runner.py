"""A net on one picture after the other on the CPU: the right engine, and bands that fit the memory."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from qualab.errors import ToolMissing
from qualab.upscalers.architectures.luma import LumaNet
from qualab.upscalers.architectures.network import Network
from qualab.upscalers.engines.engine import Codes, Engine
from qualab.upscalers.engines.luma import LumaEngine
from qualab.upscalers.engines.plain import PlainEngine
from qualab.upscalers.engines.tiling import enlarge_in_bands, rows_per_band, smaller
from qualab.upscalers.engines.traced import TracedEngine

_LARGEST_KEPT = 31 << 20


class Runner:
    """Enlarges arrays of codes by a net; one engine for each number of bits."""

    def __init__(self, net: Network) -> None:
        self.net = net
        self._engines: dict[int, Engine] = {}
        # Freed at once: from then on glibc keeps freed blocks of up to this size instead of giving them back.
        torch.empty(_LARGEST_KEPT, dtype=torch.uint8)

    def enlarge(self, codes: Codes, *, bits: int, target: tuple[int, int], check: bool = False) -> Codes:
        """Return (channels, height, width) enlarged, by the net again and again, to `target` or more.

        Raises:
            FloatingPointError: `check` is set, and the net makes values that are not finite.
            ToolMissing: not even the smallest bands fit the memory.
        """
        engine = self._engine(bits)
        for _ in range(self.net.passes((codes.shape[2], codes.shape[1]), target)):
            codes = self._once(engine, codes, check)
        return codes

    def _once(self, engine: Engine, codes: Codes, check: bool) -> Codes:
        _, height, width = codes.shape
        rows: int | None = rows_per_band(engine, width=width, height=height)
        while rows is not None:
            try:
                with torch.inference_mode(), _memory_errors():
                    return enlarge_in_bands(engine, codes, rows=rows, check=check)
            except MemoryError:
                rows = smaller(rows, self.net)
        hint = "free memory, or make the picture smaller" + ("" if self.net.is_local else ": this net needs all of it")
        raise ToolMissing("device 'cpu'", f"lacks memory for {width}x{height}", hint)

    def _engine(self, bits: int) -> Engine:
        if bits not in self._engines:
            general = TracedEngine if self.net.is_traceable else PlainEngine
            kind = LumaEngine if isinstance(self.net, LumaNet) else general
            self._engines[bits] = kind(self.net, bits=bits)  # type: ignore[arg-type]
        return self._engines[bits]


@contextmanager
def _memory_errors() -> Iterator[None]:
    """Turn torch's ways of saying that memory is short into MemoryError."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise MemoryError from error
    except RuntimeError as error:
        # What torch's CPU allocator raises has no class of its own.
        if "can't allocate memory" not in str(error):
            raise
        raise MemoryError from error
