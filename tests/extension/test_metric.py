"""A metric and a diagnostic, each added as one file and one row, and every place that shows them."""

import json
from pathlib import Path

import pandas as pd
import pytest

from qualab.study.workspace import Workspace

_DIAGNOSE = """
from pathlib import Path
from qualab.metrics.no_reference import diagnose
print(diagnose(Path({clip!r}), name="clip", frames=6)["light"].tolist())
"""


@pytest.fixture
def extended(project):
    project.extend("Metric")
    project.extend("Diagnostic")
    return project


def test_score_measures_it_beside_the_others(extended, make_clip):
    reference = make_clip("reference.mkv", "-c:v", "ffv1")
    coded = make_clip("coded.mp4", "-crf", "40")
    out = extended.run("score", str(reference), str(coded), "--metric", "plain", "--metric", "psnr", "--json")
    metrics = json.loads(out.splitlines()[0])["metrics"]
    # FFmpeg prints two decimals of dB.
    assert metrics["plain"]["mean"] == pytest.approx(metrics["psnr"]["mean"], abs=0.006)
    assert "Plain PSNR" in extended.run("score", str(reference), str(coded), "--metric", "plain")


def test_a_clip_alone_is_measured_by_the_diagnostic(extended, make_clip):
    clip = make_clip("grey.mkv", "-c:v", "ffv1", source="color=gray:s=320x180:r=25,format=yuv420p")
    values = json.loads(extended.python("-c", _DIAGNOSE.format(clip=str(clip))))
    assert values == pytest.approx([126.0] * 6, abs=2)


def test_a_study_asks_for_it_and_scores_page_and_report_show_it(extended, toy: Workspace, tmp_path: Path):
    folder = toy.folder("toy")
    config = folder.path / "study.toml"
    config.write_text('metrics = ["plain", "psnr_y"]\n' + config.read_text(encoding="utf-8"), encoding="utf-8")
    for path in folder.path.rglob("*.parquet"):
        _with_plain(path)
    rows = [json.loads(line) for line in extended.run("scores", "toy", "--json").splitlines()]
    assert {row["unit"] for row in rows if row["metric"] == "plain"} == {"dB"}
    page = extended.page("scores")
    assert "Plain PSNR" in page
    assert "As FFmpeg has it." in page
    report = tmp_path / "report.html"
    extended.run("report", "toy", "-o", str(report))
    assert "Plain PSNR" in report.read_text(encoding="utf-8")


def _with_plain(path: Path) -> None:
    table = pd.read_parquet(path)
    if "psnr" in table:
        table["plain"] = table["psnr"]
    elif "metric" in table:
        copied = table[table["metric"] == "psnr"].assign(metric="plain")
        table = pd.concat([table, copied], ignore_index=True)
    table.to_parquet(path)


def test_a_metric_without_documentation_is_named(extended):
    assert "plain" in extended.undocumented("test_every_metric_stands_in_the_scores_page")
    assert "light" in extended.undocumented("test_every_diagnostic_stands_in_the_scores_page")
