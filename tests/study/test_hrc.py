"""HRCs as chains: renditions and upscalers in both orders, and what each is held against."""

import re
from pathlib import Path

import pytest

from qualab.errors import ConfigError
from qualab.study.config import Cross, Hrc, Rendition, Study, dump, load_study
from qualab.study.hrc import CODECS, ENCODE_FIRST, NO_UPSCALER, UPSCALE_FIRST

LOW = Rendition(id="low", height=360, bitrate_kbps=400)
FULL = Rendition(id="full", height=720, crf=27)


def _study(**fields):
    values = {"id": "t", "source_height": 360, "display_height": 720, "baseline": "bicubic", **fields}
    return Study.checked("study.toml", **values)


def _crossed(*renditions, order=ENCODE_FIRST, upscalers=("bicubic", "lanczos")):
    ids = tuple(rendition.id for rendition in renditions)
    return {"rendition": renditions, "cross": (Cross(renditions=ids, upscalers=upscalers, order=order),)}


def test_a_cross_makes_every_rendition_with_every_upscaler_and_one_at_display_height():
    study = _study(**_crossed(LOW, FULL))
    made = [(hrc.id, hrc.upscaler, hrc.rendition) for hrc in study.hrcs]
    assert made == [
        ("bicubic-low", "bicubic", "low"),
        ("lanczos-low", "lanczos", "low"),
        ("full", NO_UPSCALER, "full"),
    ]
    assert study.upscalers == {"bicubic", "lanczos"}


def test_an_upscaler_as_baseline_is_one_of_the_same_rendition_and_order():
    crosses = (
        Cross(renditions=("low", "full"), upscalers=("bicubic", "lanczos")),
        Cross(renditions=("full",), upscalers=("bicubic", "lanczos"), order=UPSCALE_FIRST),
    )
    study = _study(rendition=(LOW, FULL), cross=crosses)
    assert study.baselines() == {"lanczos-low": "bicubic-low", "pre-lanczos-full": "pre-bicubic-full"}
    assert study.pairs() == [("bicubic-low", "lanczos-low"), ("pre-bicubic-full", "pre-lanczos-full")]


def test_an_hrc_as_baseline_is_that_of_all_others():
    study = _study(**_crossed(LOW, FULL), baseline="full")
    assert study.baselines() == {"bicubic-low": "full", "lanczos-low": "full"}
    assert study.hrc_ids[0] == "full"


def test_a_study_that_is_not_voted_on_has_no_pairs():
    study = _study(**_crossed(LOW), voting={"enabled": False})
    assert study.pairs() == []
    assert study.baselines() != {}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"id": "r", "height": 360}, "needs a bitrate_kbps or a crf"),
        ({"id": "r", "height": 360, "crf": 20, "bitrate_kbps": 400}, "give one of the two"),
        ({"id": "r", "height": 360, "crf": 52}, "libx264 ends at 51"),
        ({"id": "r", "height": 360, "crf": 20, "codec": "libx263"}, "did you mean 'libx26"),
        ({"id": "r", "height": 360, "crf": 20, "preset": "13"}, "preset '13' is none of libx264's"),
        ({"id": "r", "height": 360, "crf": 20, "two_pass": True}, "a CRF needs one pass"),
        ({"id": "r", "height": 360, "bitrate_kbps": 400, "codec": "libsvtav1", "two_pass": True}, "has one pass"),
        ({"id": "r", "height": 360, "crf": 20.5, "codec": "libvpx-vp9"}, "takes whole numbers"),
        ({"id": "r", "height": 361, "crf": 20}, "heights are even"),
        ({"id": "../r", "height": 360, "crf": 20}, "id"),
        ({"id": "r", "height": 360, "crf": float("nan")}, "crf"),
    ],
)
def test_a_rendition_that_cannot_be_says_why(fields, said):
    with pytest.raises(ConfigError) as caught:
        Rendition.checked("study.toml", **fields)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (_crossed(Rendition(id="big", height=1080, crf=20)), "rendition 'big' is 1080 lines, the display 720"),
        (_crossed(LOW, order=UPSCALE_FIRST), "upscales before it encodes"),
        (
            {"rendition": (FULL,), "hrc": (Hrc(id="bicubic", upscaler="bicubic", rendition="full"),)},
            "nothing to upscale",
        ),
        ({"hrc": (Hrc(id="bicubic", upscaler=NO_UPSCALER),)}, "does nothing"),
        ({"hrc": (Hrc(id="bicubic", upscaler="bicubic", rendition="lwo"),), "rendition": (LOW,)}, "did you mean 'low'"),
        ({**_crossed(LOW), "baseline": "bicubik"}, "did you mean 'bicubic'"),
        ({}, "hrc is missing"),
        ({**_crossed(LOW), "metrics": ("vmaff",)}, "did you mean 'vmaf'"),
    ],
)
def test_a_chain_that_cannot_be_says_why(fields, said):
    with pytest.raises(ConfigError) as caught:
        _study(**fields)
    assert said in str(caught.value)


@pytest.mark.parametrize("codec", CODECS)
def test_what_is_written_says_only_what_differs_from_the_default_and_reads_back_equal(tmp_path, codec):
    rendition = Rendition(id="r", height=360, codec=codec, crf=30)
    study = _study(**_crossed(rendition))
    text = dump(study)
    assert ("codec" in text) == (codec != "libx264")
    assert "two_pass" not in text
    (tmp_path / "study.toml").write_text(text)
    assert load_study(tmp_path / "study.toml") == study


def test_the_example_of_the_studies_page_makes_the_hrcs_that_it_names(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "studies.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "study.toml").write_text(example)
    study = load_study(tmp_path / "study.toml")
    names = [hrc.id for hrc in study.hrcs]
    assert len(names) == 4
    assert all(f"`{name}`" in page for name in names)
