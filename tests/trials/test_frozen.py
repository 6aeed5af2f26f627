"""What is frozen at launch: the pairs that were built, what is asked, how it is shown."""

from typing import Any

import pytest

from qualab.config import Hrc, Src, Study, Voting
from qualab.errors import InputError
from qualab.trials.frozen import compared, extend, frozen_design

STUDY = Study(
    id="demo",
    source_height=360,
    display_height=720,
    baseline="bicubic",
    seed=7,
    voting=Voting(presentation="toggle"),
    hrc=tuple(Hrc(id=name, upscaler=name) for name in ("bicubic", "lanczos", "sr")),
    src=tuple(Src(id=name, title=f"The {name}", file=f"{'0' * 64}.mp4", reference=False) for name in ("tram", "cups")),
)


def built(src: str, hrc_b: str) -> dict[str, Any]:
    shown = {"file": f"pairs/{src}-{hrc_b}.mp4", "sha256": "0" * 64, "top": "b", "width": 1280, "height": 720}
    return {"kind": "pair", "src": src, "hrc_a": "bicubic", "hrc_b": hrc_b, "fps": "25/1", "frames": 50, **shown}


MANIFEST = {
    "objects": [
        built("tram", "sr"),
        {"kind": "pvs", "src": "tram", "hrc": "sr"},
        built("tram", "gone"),
        built("deleted", "sr"),
        built("cups", "sr"),
        built("cups", "lanczos"),
    ]
}


def test_only_built_pairs_of_the_study_as_it_is_are_frozen_in_one_order() -> None:
    design = frozen_design(STUDY, MANIFEST)
    assert compared(design) == [("cups", "bicubic", "lanczos"), ("cups", "bicubic", "sr"), ("tram", "bicubic", "sr")]
    assert frozen_design(STUDY, {"objects": MANIFEST["objects"][::-1]}) == design
    assert design["pairs"][0]["src_title"] == "The cups"
    assert (design["seed"], design["presentation"], design["method"]) == (7, "toggle", "forced-choice")


def test_nothing_built_cannot_be_frozen() -> None:
    with pytest.raises(InputError, match="qualab build demo"):
        frozen_design(STUDY, {"objects": []})


def test_a_study_that_is_not_voted_on_says_which_key_to_change() -> None:
    quiet = STUDY.model_copy(update={"voting": STUDY.voting.model_copy(update={"enabled": False})})
    with pytest.raises(InputError, match=r"voting.enabled is false — set enabled = true under \[voting\]"):
        frozen_design(quiet, MANIFEST)


def test_an_unknown_presentation_or_method_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="did you mean 'side-by-side'"):
        frozen_design(STUDY, MANIFEST, presentation="side-by-sid")
    with pytest.raises(InputError, match="forced-choice"):
        frozen_design(STUDY, MANIFEST, method="rating")


def test_a_frozen_design_is_extended_only_as_it_is() -> None:
    design = frozen_design(STUDY, MANIFEST)
    assert extend(design) == extend(design, presentation="toggle", method="forced-choice") == design
    with pytest.raises(InputError, match="close it first"):
        extend(design, presentation="side-by-side")
