"""Nets on CUDA: codes over PCIe, three slots on three streams, one graph for each shape of picture."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from qualab.errors import ToolMissing
from qualab.media.pixel_formats import PIXEL_FORMATS
from qualab.upscalers.architectures.network import Network
from qualab.upscalers.engines.engine import Codes
from qualab.upscalers.engines.planes import bicubic_matrix, enlarge_planes, net_values, resample_planes
from qualab.upscalers.engines.tiling import MIN_ROWS

SLOTS = 3
# Small pictures do not fill a GPU alone.
_BATCH_SAMPLES, _LARGEST_BATCH = 1 << 20, 4
_WARM_UP = 3

Arrays = list[Codes]
Work = Callable[[list[Tensor]], list[Tensor]]


@dataclass(frozen=True)
class Shape:
    """What pictures have in common that one graph serves: arrays, bits, and the size they are to have in the end.

    `arrays` are the shapes of (channels, rows, columns): the net's planes first, then chroma, which is scaled by the
    `ratio` across and down to `chroma` = (width, height).
    """

    arrays: tuple[tuple[int, ...], ...]
    bits: int
    target: tuple[int, int]
    ratio: tuple[float, float] = (1.0, 1.0)
    chroma: tuple[int, int] = (0, 0)


def picture_shape(width: int, height: int, pix_fmt: str, *, channels: int, target: tuple[int, int]) -> Shape:
    """Return the shape of pictures of a size and format for a net on `channels`: luma, or all of them as RGB."""
    layout = PIXEL_FORMATS[pix_fmt]
    if channels == 3:
        return Shape(((3, height, width),), layout.bits, target)
    across, down = layout.chroma_size(width, height)
    arrays = ((1, height, width), (1, down, across), (1, down, across))
    ratio = (target[0] / width, target[1] / height)
    return Shape(arrays, layout.bits, target, ratio=ratio, chroma=layout.chroma_size(*target))


class CudaRunner:
    """Enlarges arrays of codes by a net and, beside it, chroma by the bicubic; results come a few pictures late."""

    def __init__(self, net: Network) -> None:
        self.net = net

    def run(self, pictures: Iterable[Arrays], shape: Shape) -> Iterator[Arrays]:
        """Yield the enlarged arrays of each picture, all of which have the `shape`.

        Where memory is short, batches become smaller, then the net works in bands.

        Raises:
            FloatingPointError: the net makes values of the first picture that are not finite.
            ToolMissing: not even small bands of one picture fit the memory.
        """
        source = iter(pictures)
        first = next(source, None)
        if first is None:
            return
        pipeline = self._pipeline(shape, first[0])
        yield from pipeline.run(_chain(first, source))

    def _pipeline(self, shape: Shape, first: Codes) -> "Pipeline":
        height, width = shape.arrays[0][1:]
        batch = max(1, min(_LARGEST_BATCH, _BATCH_SAMPLES // (height * width)))
        rows: int | None = None
        while True:
            try:
                with torch.inference_mode():
                    self._check(first, shape.bits, rows)
                    return Pipeline(self._work(shape, rows), shape, batch=batch)
            except torch.OutOfMemoryError:
                torch.cuda.empty_cache()
                smaller = next_smaller(batch, rows, height, is_local=self.net.is_local)
            if smaller is None:
                hint = "use --device cpu, or make the picture smaller"
                raise ToolMissing("device 'cuda'", f"lacks memory for {width}x{height}", hint)
            batch, rows = smaller

    def _check(self, first: Codes, bits: int, rows: int | None) -> None:
        codes = torch.from_numpy(_signed(first)).cuda()[None]
        if not bool(torch.isfinite(net_values(self.net, codes, bits=bits, rows=rows)).all()):
            raise FloatingPointError

    def _work(self, shape: Shape, rows: int | None) -> Work:
        """Return what a graph is made of: tensors of codes in, tensors of codes out, nothing that waits for the CPU."""
        bits, matrices = shape.bits, chroma_matrices(shape)
        down, across = (matrix.cuda() for matrix in matrices) if matrices else (None, None)

        def work(tensors: list[Tensor]) -> list[Tensor]:
            planes, *chroma = tensors
            planes_out = [enlarge_planes(self.net, planes, bits=bits, target=shape.target, rows=rows)]
            if down is not None and across is not None:
                planes_out += [resample_planes(plane, down, across, bits=bits) for plane in chroma]
            return planes_out

        return work


class Pipeline:
    """One captured graph, fed and emptied over three slots: both directions of PCIe and the GPU work at once."""

    def __init__(self, work: Work, shape: Shape, *, batch: int) -> None:
        self._batch = batch
        kind = torch.uint8 if shape.bits == 8 else torch.int16
        self._inputs = [torch.zeros(batch, *array, dtype=kind, device="cuda") for array in shape.arrays]
        self._graph, self._outputs = _captured(work, self._inputs)
        self._upload, self._compute, self._download = (_stream() for _ in range(3))
        self._slots = [_Slot(self._inputs, self._outputs) for _ in range(SLOTS)]
        torch.cuda.synchronize()

    def run(self, pictures: Iterator[Arrays]) -> Iterator[Arrays]:
        """Yield the result of each picture, in order."""
        waiting: deque[_Slot] = deque()
        for number, batch in enumerate(_batches(pictures, self._batch)):
            if len(waiting) == SLOTS:
                yield from waiting.popleft().results()
            slot = self._slots[number % SLOTS]
            self._start(slot, batch)
            waiting.append(slot)
        while waiting:
            yield from waiting.popleft().results()

    def _start(self, slot: "_Slot", batch: list[Arrays]) -> None:
        slot.fill(batch)
        with torch.inference_mode():
            with torch.cuda.stream(self._upload):
                _copy(slot.host_inputs, slot.inputs)
            self._compute.wait_stream(self._upload)
            with torch.cuda.stream(self._compute):
                _copy(slot.inputs, self._inputs)
                self._graph.replay()
                _copy(self._outputs, slot.outputs)
            self._download.wait_stream(self._compute)
            with torch.cuda.stream(self._download):
                _copy(slot.outputs, slot.host_outputs)
                slot.done.record()


class _Slot:
    """Buffers of one batch on its way: pinned on the host, plain on the device."""

    def __init__(self, inputs: list[Tensor], outputs: list[Tensor]) -> None:
        self.inputs, self.outputs = ([torch.empty_like(t) for t in tensors] for tensors in (inputs, outputs))
        self.host_inputs, self.host_outputs = (
            [torch.empty(t.shape, dtype=t.dtype, pin_memory=True) for t in tensors] for tensors in (inputs, outputs)
        )
        self.done = torch.cuda.Event()  # type: ignore[no-untyped-call]
        self._count = 0
        self._kinds: list[np.dtype[np.unsignedinteger]] = []

    def fill(self, batch: list[Arrays]) -> None:
        self._count, self._kinds = len(batch), [array.dtype for array in batch[0]]
        for number, arrays in enumerate(batch):
            for buffer, array in zip(self.host_inputs, arrays, strict=True):
                buffer[number].numpy()[:] = _signed(array)

    def results(self) -> Iterator[Arrays]:
        self.done.synchronize()
        for number in range(self._count):
            # Copied, because the buffer is soon filled again while the caller may keep what it got.
            yield [buffer[number].numpy().view(self._kinds[0]).copy() for buffer in self.host_outputs]


def next_smaller(batch: int, rows: int | None, height: int, *, is_local: bool) -> tuple[int, int | None] | None:
    """Return batch and rows to try after these lacked memory: first half the batch, then half the rows, then None.

    >>> next_smaller(4, None, 100, is_local=True), next_smaller(1, None, 100, is_local=True)
    ((2, None), (1, 50))
    """
    if batch > 1:
        return batch // 2, rows
    high = rows or height
    # Even, so that nets which fold 2 x 2 samples get whole ones.
    return (1, (high // 2 + 1) // 2 * 2) if is_local and high > MIN_ROWS else None


def chroma_matrices(shape: Shape) -> tuple[Tensor, Tensor] | None:
    """Return the matrices that scale chroma down its columns and across its rows; None where a shape has none."""
    if len(shape.arrays) == 1:
        return None
    _, height, width = shape.arrays[1]
    across, down = shape.ratio
    return (
        bicubic_matrix(height, shape.chroma[1], ratio=down),
        bicubic_matrix(width, shape.chroma[0], ratio=across),
    )


def _captured(work: Work, inputs: list[Tensor]) -> tuple[torch.cuda.CUDAGraph, list[Tensor]]:
    """Return a graph of `work` on the inputs, and the tensors that each replay fills."""
    # Algorithms chosen by trial would differ from run to run, and with them the last bits of the result.
    with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
        side = _stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(_WARM_UP):
                work(inputs)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            outputs = work(inputs)
    return graph, outputs


def _stream() -> torch.cuda.Stream:
    return torch.cuda.Stream()  # type: ignore[no-untyped-call]


def _copy(sources: list[Tensor], targets: list[Tensor]) -> None:
    for source, target in zip(sources, targets, strict=True):
        target.copy_(source, non_blocking=True)


def _signed(array: Codes) -> NDArray[np.integer]:
    """Return an array as torch can hold it: uint16 codes, which are below 1024, as int16."""
    array = np.ascontiguousarray(array)
    return array.view(np.int16) if array.dtype == np.uint16 else array


def _chain(first: Arrays, rest: Iterator[Arrays]) -> Iterator[Arrays]:
    yield first
    yield from rest


def _batches(pictures: Iterator[Arrays], size: int) -> Iterator[list[Arrays]]:
    batch: list[Arrays] = []
    for picture in pictures:
        batch.append(picture)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
