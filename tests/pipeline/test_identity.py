"""Upscalers known again without loading them, and never by mistake."""

import shutil
import subprocess
import sys

import pytest

from qualab.errors import ConfigError
from qualab.pipeline import identity
from qualab.pipeline.identity import identify
from qualab.study.config import Hrc, Study
from qualab.study.files import shipped
from qualab.study.manifest import Identities


def _study(*names):
    hrcs = tuple(Hrc(id=name, upscaler=name) for name in names)
    return Study(id="t", source_height=90, display_height=180, baseline=names[0], hrc=hrcs)


@pytest.fixture
def nets(tmp_path, monkeypatch):
    """Return a folder with a copy of lite-x2 that tests may change; no GPU, so that the situation is known."""
    shutil.copytree(shipped("models") / "lite-x2", tmp_path / "models" / "lite-x2")
    monkeypatch.setenv("QUALAB_MODELS", str(tmp_path / "models"))
    return tmp_path / "models" / "lite-x2"


def test_remembered_identities_are_those_that_loading_gives(nets):
    study = _study("bicubic", "lite-x2")
    first = identify(study, "cpu", Identities())
    again = identify(study, "cpu", first)
    assert again == first
    assert first.upscalers["lite-x2"]["architecture"] == "lite"


def test_a_remembered_net_is_not_loaded_and_torch_not_imported(nets, tmp_path):
    code = f"""
import json, sys
from pathlib import Path
from qualab.study.config import Hrc, Study
from qualab.pipeline.identity import identify
from qualab.study.manifest import Identities
study = Study(id="t", source_height=90, display_height=180, baseline="lite-x2", hrc=(Hrc(id="l", upscaler="lite-x2"),))
place = Path({str(tmp_path / "known.json")!r})
known = Identities.read(place) if place.exists() else Identities()
place.write_text(json.dumps(identify(study, "cpu", known).dump()))
print("torch" in sys.modules)
"""
    said = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(2)]
    assert [done.stdout.strip() for done in said] == ["True", "False"]


@pytest.mark.parametrize("change", ["weights", "card", "torch", "device", "code", "processor flags"])
def test_anything_that_may_change_pixels_is_looked_at_again(nets, monkeypatch, change):
    study = _study("lite-x2")
    known = identify(study, "cpu", Identities())
    device = "cpu"
    if change == "weights":
        path = nets / "weights.safetensors"
        path.write_bytes(path.read_bytes()[:-1] + b"\1")
    elif change == "card":
        (nets / "card.toml").write_text((nets / "card.toml").read_text() + "\n# changed\n")
    elif change == "torch":
        monkeypatch.setattr(identity, "_version", lambda name: "another")
    elif change == "device":
        device = "auto"
    elif change == "code":
        monkeypatch.setattr(identity, "_code", lambda: "another")
    else:
        monkeypatch.setenv("ATEN_CPU_CAPABILITY", "default")
    assert identity._situation(["lite-x2"], device) != known.situation
    if change == "weights":
        with pytest.raises(ConfigError, match="SHA-256"):
            identify(study, device, known)


def test_where_a_gpu_may_be_nothing_is_remembered(monkeypatch, tmp_path):
    (tmp_path / "gpu").touch()
    monkeypatch.setattr(identity, "_GPUS", (str(tmp_path / "gpu"),))
    assert identity._situation(["bicubic"], "auto") == ""
    assert identity._situation(["bicubic"], "cuda") == ""
    assert identity._situation(["bicubic"], "cpu") != ""
