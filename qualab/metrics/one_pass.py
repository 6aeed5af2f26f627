"""All that is measured of a pair in one decode: ffmpeg-quality-metrics' graph, with more models and filters in it."""

import json
import re
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ffmpeg_quality_metrics import FfmpegQualityMetrics

from qualab.media.probe import FORMATS
from qualab.media.process import ffmpeg_path, input_arguments, run_ffmpeg
from qualab.metrics.metadata import metadata_rows

# libvmaf computes a feature once, with the options of whoever asks first: a model's VIF would hide ours.
MEASUREMENTS = ("libvmaf", "libvmaf_10_bit", "libvmaf_vif", "ssim", "msad", "xpsnr")
# What the graph of ffmpeg-quality-metrics gives its own filters: pairs end with the shorter clip.
_PAIRED = "shortest=1:repeatlast=0"


# Its types allow the names of its own filters only.
_Base: Any = FfmpegQualityMetrics


class OnePass(_Base):  # type: ignore[misc]
    """One pair's measurements; ffmpeg-quality-metrics alone takes one VMAF model a decode.

    Its graph, which pairs frames by their index, is kept. What differs: one libvmaf has all models and features that
    can be together; XPSNR is there; all printed digits are read, where it keeps three; FFmpeg runs as all of
    qualab's do; and the checks of filters and inputs are left out, because those of qualab came before.
    """

    METRIC_TO_FILTER_MAP = {name: name for name in MEASUREMENTS}  # noqa: RUF012
    POSSIBLE_FILTERS = list(MEASUREMENTS)  # noqa: RUF012

    def __init__(self, folder: Path, *, fps: float, trims: tuple[str, str], about: str, threads: int) -> None:
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
        self._folder, self._trims, self._about, self._threads = folder, trims, about, threads
        self._models: dict[str, list[str]] = {}
        self._features: dict[str, list[str]] = {}
        self.temp_files = {name: str(folder / name) for name in MEASUREMENTS}
        self.data: dict[str, list[dict[str, float]]] = {name: [] for name in MEASUREMENTS}

    def measure(
        self, names: Sequence[str], *, models: Iterable[tuple[str, str, str]], features: Iterable[tuple[str, str]]
    ) -> dict[str, list[dict[str, float]]]:
        """Return each measurement's rows, one a frame.

        `models` are (measurement, model, name of its score), `features` (measurement, feature).
        """
        for measurement, model, name in models:
            self._models.setdefault(measurement, []).append(f"version={model}:name={name}")
        for measurement, feature in features:
            self._features.setdefault(measurement, []).append(f"name={feature}")
        found: dict[str, list[dict[str, float]]] = self.calculate(list(names))
        return found

    def command(self, names: tuple[str, str]) -> str:
        """Return what was run as a shell would take it; the clips have `names`, its logs no folder."""
        inputs = dict(zip((f"file:{self.ref}", f"file:{self.dist}"), (f"file:{name}" for name in names), strict=True))
        bare = (inputs.get(word, word.replace(f"{self._folder}/", "")) for word in self.arguments)
        return shlex.join(["ffmpeg", *bare])

    def check_inputs(self) -> None:
        """Do nothing: the gate has looked at both."""

    def _check_available_filters(self) -> None:
        self.available_filters = list(MEASUREMENTS)

    def _get_metric_filter_chains(self, metric_name: str, dist_label: str, ref_label: str) -> list[str]:
        if metric_name != "libvmaf_10_bit":
            chains: list[str] = super()._get_metric_filter_chains(metric_name, dist_label, ref_label)
            return chains
        # As its option `ten_bit` has it, which holds for all models of a run.
        deep = [f"[{label}]format=yuv420p10le[{label}10b]" for label in (dist_label, ref_label)]
        return [*deep, f"[{dist_label}10b][{ref_label}10b]{self._get_filter_opts(metric_name)}"]

    def _get_filter_opts(self, filter_name: str) -> str:
        log = self.temp_files[filter_name]
        if filter_name == "ssim":
            return str(super()._get_filter_opts(filter_name))
        if filter_name == "xpsnr":
            return f"xpsnr=stats_file='{log}':{_PAIRED}"
        if filter_name == "msad":
            return f"msad={_PAIRED},metadata=mode=print:file='{log}'"
        # An empty model keeps libvmaf from computing its default one.
        options = f"model={_listed(self._models.get(filter_name, []))}"
        if filter_name in self._features:
            options += f":feature={_listed(self._features[filter_name])}"
        return f"libvmaf='{options}:log_path={log}:log_fmt=json:n_threads={self._threads}:{_PAIRED}'"

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
            text = Path(self.temp_files[name]).read_text(encoding="utf-8")
            self.data[name] = _READERS[name](text)

    def _read_ffmpeg_output(self, *_: Any) -> None:
        """Do nothing: every filter here writes to a file."""


def _listed(values: Iterable[str]) -> str:
    return "|".join(value.replace(":", r"\:") for value in dict.fromkeys(values))


def _libvmaf_rows(text: str) -> list[dict[str, float]]:
    return [frame["metrics"] for frame in json.loads(text)["frames"]]


def _ssim_rows(text: str) -> list[dict[str, float]]:
    """Read lines such as `n:1 Y:0.937213 U:0.961733 V:0.945788 All:0.948245 (12.860441)`."""
    return [{"ssim_avg": float(value)} for value in re.findall(r"All:(\S+)", text)]


def _xpsnr_rows(text: str) -> list[dict[str, float]]:
    """Read lines such as `n:    1  XPSNR y: 51.5108  XPSNR u: 54.7219  XPSNR v: 60.4820`."""
    lines = [line for line in text.splitlines() if line.startswith("n:")]
    return [{plane: float(value) for plane, value in re.findall(r"XPSNR (\w): *(\S+)", line)} for line in lines]


_READERS = {
    "libvmaf": _libvmaf_rows,
    "libvmaf_10_bit": _libvmaf_rows,
    "libvmaf_vif": _libvmaf_rows,
    "ssim": _ssim_rows,
    "msad": metadata_rows,
    "xpsnr": _xpsnr_rows,
}
