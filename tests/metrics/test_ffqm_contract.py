"""What qualab takes from ffmpeg-quality-metrics beside its results: each part fails by its name where it changes."""

import inspect

import pytest
from ffmpeg_quality_metrics import FfmpegQualityMetrics

from qualab.media.process import ffmpeg_path
from qualab.metrics.one_pass import OnePass

PRIVATE = {
    "_get_metric_filter_chains": ["self", "metric_name", "dist_label", "ref_label"],
    "_run_ffmpeg_command": ["self", "filter_chains", "desc"],
}
PUBLIC = {"calculate": ["self", "metrics", "vmaf_options"], "check_inputs": ["self"]}


@pytest.mark.parametrize("name", PRIVATE | PUBLIC)
def test_it_has_the_method_with_these_parameters(name):
    assert hasattr(FfmpegQualityMetrics, name), f"ffmpeg-quality-metrics has no {name} any more"
    assert list(inspect.signature(getattr(FfmpegQualityMetrics, name)).parameters) == (PRIVATE | PUBLIC)[name]


def test_no_other_private_method_is_overridden():
    inherited = {name for name in vars(OnePass) if name.startswith("_") and not name.startswith("__")}
    assert {name for name in inherited if hasattr(FfmpegQualityMetrics, name)} == set(PRIVATE)


@pytest.mark.parametrize("name", ["ref", "dist", "framerate", "tmp_dir", "ffmpeg_path"])
def test_its_constructor_takes_what_is_given(name):
    assert name in inspect.signature(FfmpegQualityMetrics).parameters


class _Recorder(FfmpegQualityMetrics):
    """Two filters that it does not know, and a run that only notes the graph."""

    def __init__(self, folder):
        for name in ("reference", "distorted"):
            (folder / name).write_bytes(b"")
        super().__init__(
            str(folder / "reference"),
            str(folder / "distorted"),
            framerate=25,
            tmp_dir=str(folder),
            ffmpeg_path=ffmpeg_path(),
        )
        self.calls, self.checks = [], 0

    def check_inputs(self):
        self.checks += 1

    def _get_metric_filter_chains(self, metric_name, dist_label, ref_label):
        self.calls.append((metric_name, dist_label, ref_label))
        return [f"[{dist_label}][{ref_label}]{metric_name}"]

    def _run_ffmpeg_command(self, filter_chains, desc=""):
        self.graph = filter_chains
        return "done"


@pytest.fixture
def recorder(tmp_path):
    """Return a recorder of two filters of qualab's own names."""
    recorder = _Recorder(tmp_path)
    recorder.METRIC_TO_FILTER_MAP = {"qualab a": "qualab a", "qualab b": "qualab b"}
    recorder.POSSIBLE_FILTERS = recorder.available_filters = ["qualab a", "qualab b"]
    return recorder


def test_calculate_checks_the_inputs_by_check_inputs_alone_and_reads_no_log_of_a_name_it_does_not_know(recorder):
    assert recorder.calculate(["qualab a", "qualab b"]) == {}
    assert recorder.checks == 1


def test_calculate_pairs_the_frames_by_their_index_and_gives_every_filter_its_own_copy(recorder):
    recorder.calculate(["qualab a", "qualab b"])
    assert recorder.calls == [("qualab a", "dist1", "ref1"), ("qualab b", "dist2", "ref2")]
    assert recorder.graph == [
        "[0]settb=AVTB,setpts=PTS-STARTPTS[refaligned]",
        "[refaligned]split=2[refscale][refpts]",
        "[1]settb=AVTB,setpts=PTS-STARTPTS[distaligned]",
        "[distaligned][refscale]scale=rw:rh:flags=bicubic[distpts]",
        "[distpts]split=2[dist1][dist2]",
        "[refpts]split=2[ref1][ref2]",
        "[dist1][ref1]qualab a",
        "[dist2][ref2]qualab b",
    ]


def test_calculate_gives_the_only_filter_the_pictures_without_a_copy(recorder):
    recorder.calculate(["qualab a"])
    assert recorder.calls == [("qualab a", "distpts", "refpts")]
