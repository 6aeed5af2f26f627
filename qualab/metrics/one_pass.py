"""All that is measured of a pair in one decode: ffmpeg-quality-metrics' graph, with more models and filters in it."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ffmpeg_quality_metrics import FfmpegQualityMetrics

from qualab.media.probe import FORMATS
from qualab.media.process import ffmpeg_path, input_arguments, run_ffmpeg
from qualab.metrics.metric import Measurement, Request

# Its types allow the names of its own filters only.
_Base: Any = FfmpegQualityMetrics


class OnePass(_Base):  # type: ignore[misc]
    """One pair's measurements; ffmpeg-quality-metrics alone takes one VMAF model a decode.

    Its graph, which pairs frames by their index, is kept. What differs: one libvmaf has all models and features that
    can be together; XPSNR is there; all printed digits are read, where it keeps three; FFmpeg runs as all of
    qualab's do; and inputs are not checked, because the gate did. tests/metrics/test_ffqm_contract.py guards what is
    overridden.
    """

    def __init__(self, folder: Path, *, fps: float, trims: tuple[str, str], about: str) -> None:
        """Take the clips named reference and distorted in `folder`, which is for files of this pass alone.

        `trims` are filters that leave of each what is to be compared, "" or with a comma at the end.
        """
        super().__init__(
            str(folder / "reference"),
            str(folder / "distorted"),
            framerate=fps,
            tmp_dir=str(folder),
            ffmpeg_path=ffmpeg_path(),
        )
        self.arguments: list[str] = []
        self._folder, self._trims, self._about = folder, trims, about
        self._requests: dict[str, tuple[Measurement, Request]] = {}

    def measure(self, requests: Mapping[Measurement, Request]) -> dict[Measurement, list[dict[str, float]]]:
        """Return the rows of each measurement, one a frame; it writes to the log of its request."""
        # Of names that it does not know ffmpeg-quality-metrics reads no logs, and rounds nothing.
        self._requests = {f"qualab {measurement.name}": (measurement, to) for measurement, to in requests.items()}
        names = list(self._requests)
        self.METRIC_TO_FILTER_MAP = dict(zip(names, names, strict=True))
        self.POSSIBLE_FILTERS = self.available_filters = names
        self.calculate(names)
        return {
            measurement: measurement.read(Path(request.log).read_text(encoding="utf-8"))
            for measurement, request in requests.items()
        }

    def command(self, names: tuple[str, str]) -> str:
        """Return what was run as a shell would take it; the clips have `names`, its logs no folder."""
        inputs = dict(zip((f"file:{self.ref}", f"file:{self.dist}"), (f"file:{name}" for name in names), strict=True))
        bare = (inputs.get(word, word.replace(f"{self._folder}/", "")) for word in self.arguments)
        return shlex.join(["ffmpeg", *bare])

    def check_inputs(self) -> None:
        """Do nothing: the gate has looked at both."""

    def _get_metric_filter_chains(self, metric_name: str, dist_label: str, ref_label: str) -> list[str]:
        measurement, request = self._requests[metric_name]
        filters = measurement.filters(request)
        if not measurement.bits:
            return [f"[{dist_label}][{ref_label}]{filters}"]
        # As its option `ten_bit` has it, which holds for all models of a run.
        labels = [f"{label}{measurement.bits}b" for label in (dist_label, ref_label)]
        deep = f"format=yuv420p{measurement.bits}le"
        return [
            *(f"[{label}]{deep}[{to}]" for label, to in zip((dist_label, ref_label), labels, strict=True)),
            f"[{labels[0]}][{labels[1]}]{filters}",
        ]

    def _run_ffmpeg_command(self, filter_chains: list[str], desc: str = "") -> str:
        rate = ["-r", str(self.framerate)]
        inputs = {f"[{number}]": f"[{number}]{trim}" for number, trim in enumerate(self._trims)}
        chains = [inputs.get(chain[:3], chain[:3]) + chain[3:] for chain in filter_chains]
        arguments = [
            *(*rate, *input_arguments(Path(self.ref), formats=FORMATS)),
            *(*rate, *input_arguments(Path(self.dist), formats=FORMATS)),
            *("-filter_complex", ";".join(chains), "-an", "-f", "null", "-"),
        ]
        run_ffmpeg(arguments, about=self._about)
        self.arguments = arguments
        return desc
