import itertools

import pytest

from qualab.errors import InputError
from qualab.study.config import dump, load_study
from qualab.study.creation import make_study
from qualab.study.hrc import CODECS, UPSCALE_FIRST
from qualab.study.templates import TEMPLATES
from qualab.study.templates.ladder import ladder_heights, ladder_kbps
from qualab.study.templates.template import Choices

KNOWN = ["bicubic", "lanczos", "lite-x2"]


def _make(template, **choices):
    return make_study("t", template=template, choices=Choices(**choices), known=KNOWN)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("display", [None, 96, 240, 480, 720, 1080, 2160])
@pytest.mark.parametrize("codec", CODECS)
def test_every_template_makes_a_study_that_reads_back_equal(tmp_path, template, display, codec):
    codecs = () if template == "pair" else (codec,)
    study = _make(template, display_height=display, codecs=codecs)
    path = tmp_path / "t" / "study.toml"
    path.parent.mkdir()
    path.write_text(dump(study))
    assert load_study(path) == study
    assert study.baseline == "bicubic"
    assert study.voting.enabled == (template == "pair")


def test_the_pair_template_is_three_upscalers_at_720_lines():
    study = _make("pair")
    assert (study.source_height, study.display_height, study.hrc_ids) == (360, 720, ["bicubic", "lanczos", "lite-x2"])


def test_the_ladder_is_three_heights_of_four_bitrates_with_every_upscaler():
    study = _make("ladder", upscalers=["bicubic", "lite-x2"])
    assert sorted({rendition.height for rendition in study.rendition}) == [240, 360, 720]
    assert len(study.rendition) == 12
    # Two upscalers below the display's height, none at it.
    assert len(study.hrcs) == 2 * 8 + 4


def test_per_title_is_a_grid_of_constant_qualities_up_to_1080_lines():
    study = _make("per-title")
    assert study.display_height == 1080
    grid = {(rendition.height, rendition.crf) for rendition in study.rendition}
    assert grid == {(height, crf) for height in (360, 720, 1080) for crf in (19, 23, 27, 31, 35)}


def test_what_is_asked_for_takes_the_templates_place():
    study = _make(
        "per-title", display_height=720, heights=[360], bitrates_kbps=[400, 800.5], codecs=["libx265"], two_pass=True
    )
    assert [rendition.id for rendition in study.rendition] == ["360p-400", "360p-800_5"]
    assert {(r.codec, r.two_pass, r.crf) for r in study.rendition} == {("libx265", True, None)}
    assert [r.preset for r in _make("ladder", preset="veryfast").rendition] == ["veryfast"] * 12
    both = _make("ladder", heights=[360], bitrates_kbps=[400], crfs=[30])
    assert [rendition.id for rendition in both.rendition] == ["360p-400", "360p-crf30"]


def test_two_codecs_are_told_apart_by_name():
    study = _make("ladder", heights=[360], bitrates_kbps=[400], codecs=["libx264", "libx265"])
    assert [rendition.id for rendition in study.rendition] == ["x264-360p-400", "x265-360p-400"]


def test_a_pre_processor_codes_at_display_height():
    study = _make("ladder", heights=[360], bitrates_kbps=[400], upscalers=["bicubic"], orders=[UPSCALE_FIRST])
    assert [(hrc.id, hrc.order) for hrc in study.hrcs] == [("pre-bicubic-720p-400", UPSCALE_FIRST)]


def test_a_pair_study_with_renditions_stays_one_for_viewers():
    study = _make("pair", heights=[360], bitrates_kbps=[400])
    assert study.voting.enabled
    assert study.pairs() == [("bicubic-360p-400", "lanczos-360p-400"), ("bicubic-360p-400", "lite-x2-360p-400")]


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"codecs": ["libx246"]}, "--codec: is 'libx246' — did you mean 'libx26"),
        ({"upscalers": ["bicubik"]}, "upscaler 'bicubik': does not exist — did you mean 'bicubic'"),
        ({"heights": [361]}, "heights are even"),
        ({"heights": [1080]}, "is 1080 lines, the display 720"),
        ({"bitrates_kbps": [-5]}, "bitrate_kbps"),
        ({"crfs": [70]}, "crf"),
        ({"crfs": [23.5], "codecs": ["libsvtav1"]}, "libsvtav1 takes whole numbers"),
        ({"orders": ["encode"]}, "order is 'encode'"),
        ({"preset": "hasty"}, "preset 'hasty' is none of libx264's"),
        ({"two_pass": True, "codecs": ["libsvtav1"]}, "its FFmpeg encoder has one pass"),
    ],
)
def test_an_impossible_choice_is_one_line_that_names_it(choices, said):
    with pytest.raises(InputError) as caught:
        _make("ladder", **choices)
    assert said in str(caught.value)


def test_an_unknown_template_is_told_with_the_nearest():
    with pytest.raises(InputError, match="did you mean 'ladder'"):
        make_study("t", template="lader", known=KNOWN)


@pytest.mark.parametrize("display", range(96, 4321, 48))
def test_a_ladder_has_three_even_heights_below_and_at_the_display(display):
    heights = ladder_heights(display)
    assert len(heights) == 3
    assert heights[-1] == display
    assert all(height % 2 == 0 for height in heights)


@pytest.mark.parametrize("codec", CODECS)
def test_bitrates_rise_with_height_and_within_a_height(codec):
    rows = [ladder_kbps(codec, height) for height in (240, 360, 720, 1080)]
    for row in rows:
        assert list(row) == sorted(row)
    for small, large in itertools.pairwise(rows):
        assert all(a < b for a, b in zip(small, large, strict=True))
