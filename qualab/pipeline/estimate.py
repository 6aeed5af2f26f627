"""What a build will take, before it runs: steps, seconds and bytes, from what steps like these took before."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from qualab.media.pixel_formats import PIXEL_FORMATS
from qualab.pipeline.step import Step
from qualab.study.manifest import Record

# Bytes of lossless clips per raw byte, and of coded ones per luma sample where no bitrate is asked for.
_LOSSLESS, _CODED, _PAIRED = 0.5, 0.02, 0.06
_SCORE_BYTES_A_FRAME = 60


@dataclass(frozen=True)
class Share:
    """What one kind of step, or all together, will take: steps to make and kept, seconds of the build, bytes."""

    kind: str
    missing: int = 0
    kept: int = 0
    seconds: float = 0.0
    bytes: int = 0


@dataclass(frozen=True)
class Estimate:
    """The shares of the kinds of steps in the order of work, and their total."""

    shares: tuple[Share, ...]
    total: Share

    def records(self) -> list[dict[str, object]]:
        """Return one record a kind and one for the total, for NDJSON."""
        shares = ({**asdict(share), "seconds": round(share.seconds, 1)} for share in (*self.shares, self.total))
        return [{"type": "plan", **record} for record in shares]


def estimate(steps: Sequence[Step], kept: Container[str], history: Iterable[Record], *, workers: int) -> Estimate:
    """Return what making all steps takes but those in `kept` (by record).

    Seconds are those of one core divided among workers; `history` are records of former steps, whose times and sizes
    say how the next ones of the same work will be.
    """
    past = _Past(history)
    shares: dict[str, Share] = {}
    for step in steps:
        share = shares.get(step.kind, Share(step.kind))
        if step.record in kept:
            shares[step.kind] = replace(share, kept=share.kept + 1)
            continue
        shares[step.kind] = replace(
            share,
            missing=share.missing + 1,
            seconds=share.seconds + past.seconds(step) / workers,
            bytes=share.bytes + past.bytes(step),
        )
    total = Share("total", *(sum(getattr(share, name) for share in shares.values()) for name in _SUMMED))
    return Estimate(tuple(shares.values()), total)


_SUMMED = ("missing", "kept", "seconds", "bytes")


class _Past:
    """Seconds per cost and bytes per expected byte of former steps, by work, by kind, and by default."""

    def __init__(self, history: Iterable[Record]) -> None:
        self._seconds: dict[str, list[float]] = {}
        self._bytes: dict[str, list[float]] = {}
        for record in history:
            for name in (record.work, record.kind):
                _add(self._seconds, name, record.seconds, record.cost)
                _add(self._bytes, name, record.bytes * len(record.all_files), record.expected_bytes)

    def seconds(self, step: Step) -> float:
        return step.cost * _rate(self._seconds, step)

    def bytes(self, step: Step) -> int:
        return round(expected_bytes(step) * _rate(self._bytes, step))


def expected_bytes(step: Step) -> int:
    """Return how large a step's own file will be where nothing like it was made before."""
    if step.file in step.reads:
        return 0
    arguments = step.arguments
    if "metrics" in arguments or step.kind == "diagnostics":
        return _SCORE_BYTES_A_FRAME * int(arguments["count"])
    samples = step.megasamples * 1e6
    if step.kind == "pair":
        return round(2 * _PAIRED * samples)
    if step.kind == "rendition":
        kbps, fps = arguments["coding"]["bitrate_kbps"], _rate_of(arguments["fps"])
        return round(kbps * 125 * arguments["count"] / fps) if kbps else round(_CODED * samples)
    layout = PIXEL_FORMATS[arguments["pix_fmt"]]
    planes = 1 + 2 / (1 << (layout.dx + layout.dy))
    return round(_LOSSLESS * samples * planes * (2 if layout.bits > 8 else 1))


def _rate_of(fps: str) -> float:
    over, _, under = fps.partition("/")
    return float(over) / float(under or 1)


def _add(sums: dict[str, list[float]], name: str, actual: float, expected: float) -> None:
    if expected > 0:
        sum_ = sums.setdefault(name, [0.0, 0.0])
        sum_[0] += actual
        sum_[1] += expected


def _rate(sums: Mapping[str, list[float]], step: Step) -> float:
    totals = sums.get(step.work) or sums.get(step.kind)
    return totals[0] / totals[1] if totals else 1.0
