"""An importer added as one file and one row, and every place that shows it."""

import json
from pathlib import Path

import pytest
from safetensors.torch import load_file

ROOT = Path(__file__).parents[2]
_PACK = """
import sys
import numpy as np
from safetensors.numpy import load_file
np.savez(sys.argv[2], **load_file(sys.argv[1]))
"""


@pytest.fixture
def extended(project):
    project.extend("Importer")
    return project


def test_help_lists_it_and_a_file_becomes_an_upscaler(extended, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert "NAME.npz" in extended.run("import", "--help")
    weights, archive = ROOT / "models" / "lite-x2" / "weights.safetensors", tmp_path / "lite.npz"
    extended.python("-c", _PACK, str(weights), str(archive))
    monkeypatch.setenv("QUALAB_MODELS", str(tmp_path / "models"))
    card = json.loads(extended.run("import", str(archive), "--id", "again-x2", "--scale", "2", "--json"))
    assert (card["architecture"], card["source"]["importer"]) == ("lite", "npz")
    imported = load_file(tmp_path / "models" / "again-x2" / "weights.safetensors")
    assert all(imported[name].equal(value) for name, value in load_file(weights).items())
    assert "again-x2" in extended.run("upscalers", "--json")
    wrong = extended.run("import", str(tmp_path / "lite.xyz"), "--id", "other-x2", exit_code=2)
    assert "is not a file" in wrong


def test_an_unknown_ending_is_refused_with_the_known_ones(extended, tmp_path: Path):
    (tmp_path / "lite.xyz").write_bytes(b"")
    assert ".bin, .npz, .safetensors" in extended.run("import", str(tmp_path / "lite.xyz"), "--id", "o-x2", exit_code=2)


def test_without_documentation_it_is_named(extended):
    assert ".npz" in extended.undocumented("test_every_row_of_a_family_stands_in_its_page[importing.md]")
