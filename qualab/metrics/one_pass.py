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
    qualab's do; and the checks of filters and inputs are left out, because those of qualab came before.
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
        self._requests: Mapping[Measurement, Request] = {}
        self._measurements: Mapping[str, Measurement] = {}

    def measure(self, requests: Mapping[Measurement, Request]) -> dict[Measurement, list[dict[str, float]]]:
        """Return the rows of each measurement, one a frame; it writes to the log of its request."""
        self._requests = requests
        self._measurements = {measurement.name: measurement for measurement in requests}
        names = list(self._measurements)
        self.METRIC_TO_FILTER_MAP = dict(zip(names, names, strict=True))
        self.POSSIBLE_FILTERS = self.available_filters = names
        self.data: dict[str, list[dict[str, float]]] = {name: [] for name in names}
        rows: dict[str, list[dict[str, float]]] = self.calculate(names)
        return {measurement: rows[name] for name, measurement in self._measurements.items()}

    def command(self, names: tuple[str, str]) -> str:
        """Return what was run as a shell would take it; the clips have `names`, its logs no folder."""
        inputs = dict(zip((f"file:{self.ref}", f"file:{self.dist}"), (f"file:{name}" for name in names), strict=True))
        bare = (inputs.get(word, word.replace(f"{self._folder}/", "")) for word in self.arguments)
        return shlex.join(["ffmpeg", *bare])

    def check_inputs(self) -> None:
        """Do nothing: the gate has looked at both."""

    def _check_available_filters(self) -> None:
        """Do nothing: a filter that is missing is named after a pass that failed."""

    def _get_metric_filter_chains(self, metric_name: str, dist_label: str, ref_label: str) -> list[str]:
        measurement = self._measurements[metric_name]
        if not measurement.bits:
            chains: list[str] = super()._get_metric_filter_chains(metric_name, dist_label, ref_label)
            return chains
        # As its option `ten_bit` has it, which holds for all models of a run.
        pix_fmt = f"yuv420p{measurement.bits}le"
        deep = [f"[{label}]format={pix_fmt}[{label}{measurement.bits}b]" for label in (dist_label, ref_label)]
        inputs = f"[{dist_label}{measurement.bits}b][{ref_label}{measurement.bits}b]"
        return [*deep, f"{inputs}{self._get_filter_opts(metric_name)}"]

    def _get_filter_opts(self, filter_name: str) -> str:
        measurement = self._measurements[filter_name]
        return measurement.filters(self._requests[measurement])

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

    def _read_temp_files(self, metrics: list[str]) -> None:
        for name in metrics:
            measurement = self._measurements[name]
            self.data[name] = measurement.read(Path(self._requests[measurement].log).read_text(encoding="utf-8"))

    def _read_ffmpeg_output(self, *_: object) -> None:
        """Do nothing: every filter here writes to a file."""
