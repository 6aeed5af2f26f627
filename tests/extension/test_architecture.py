"""An architecture added as one file and one row, and every place that shows it."""

import json
from pathlib import Path

import pytest


@pytest.fixture
def extended(project):
    project.extend("Upscaler architecture")
    return project


def test_help_lists_it_and_a_training_makes_an_upscaler_that_runs(
    extended, make_clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert "tiny" in extended.run("train", "--help")
    clip = make_clip("clip.mkv", "-c:v", "ffv1", source="testsrc2=s=256x256:r=5", frames=8)
    models = tmp_path / "models"
    models.mkdir()
    monkeypatch.setenv("QUALAB_MODELS", str(models))
    options = ("--architecture", "tiny", "--output", str(models / "tiny-x2"), "--steps", "2", "--device", "cpu")
    extended.run("train", str(clip), *options)
    rows = [json.loads(line) for line in extended.run("upscalers", "tiny-x2", "--json").splitlines()]
    # 4 kernels of 3x3 with a bias each.
    assert [(row["architecture"], row["scale"], row["parameters"]) for row in rows] == [("tiny", 2, 40)]
    made = extended.run("upscale", str(clip), str(tmp_path / "large.mkv"), "--upscaler", "tiny-x2", "--device", "cpu")
    assert "512x512" in made


def test_without_documentation_it_is_named(extended):
    assert "tiny" in extended.undocumented("test_every_row_of_a_family_stands_in_its_page[training.md]")
