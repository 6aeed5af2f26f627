from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualab.errors import ConfigError
from qualab.pipeline.demo import DEMO
from qualab.study.config import Hrc, Src, Study, Voting, dump, load_study
from qualab.study.families import METHODS
from qualab.study.presentations import PRESENTATIONS
from qualab.study.protocol import LANGUAGES, QUESTIONS, Checks, Rules

GOOD = """
id = "t"
source_height = 360
display_height = 720
baseline = "bicubic"

[[hrc]]
id = "bicubic"
upscaler = "bicubic"
"""


def _load(tmp_path, text):
    path = tmp_path / "t" / "study.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_study(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            GOOD.replace("source_height", "sorce_height"),
            "t/study.toml: sorce_height: unknown key — did you mean 'source_he",
        ),
        (
            GOOD.replace("upscaler =", "upscaller ="),
            "study.toml: hrc[0].upscaller: unknown key — did you mean 'upscaler'",
        ),
        (GOOD.replace("720", "-720"), "study.toml: display_height: is '-720'"),
        (GOOD.replace("720", '"tall"'), "study.toml: display_height: is 'tall'"),
        (GOOD.replace("720", "721"), "heights are even"),
        (GOOD.replace("720", "360"), "display_height 360 is not above source_height 360"),
        (GOOD.replace('"bicubic"\n\n', '"lanczos"\n\n'), "baseline is 'lanczos' — known: bicubic"),
        (GOOD + '[[hrc]]\nid = "bicubic"\nupscaler = "lanczos"\n', "hrc 'bicubic' stands twice"),
        (GOOD.replace('id = "t"', 'id = "../t"'), "study.toml: id: is '../t'"),
        (GOOD + '\nid = "again"\nid = "twice"', "is not TOML"),
        (GOOD + "[voting]\nmethod = 'forced choice'\n", "did you mean 'forced-choice'"),
        (GOOD + "[voting]\npresentation = 'wip'\n", "did you mean 'wipe'"),
        (GOOD + "[voting]\nlanguage = 'fr'\n", "language is 'fr' — known: de, en"),
        (GOOD + "[voting]\nquestionnaire = ['age', 'visions']\n", "did you mean 'vision'"),
        (GOOD + "[voting.checks]\ngolds = 1\n", "voting.checks.golds: unknown key — did you mean 'gold'"),
        (GOOD + "[voting.checks]\ngold = 21\n", "voting.checks.gold: is '21'"),
        (GOOD + "[voting.rules]\nmax_dropped_percent = 101\n", "voting.rules.max_dropped_percent: is '101'"),
        (GOOD + "[voting]\ncompare = 'some'\n", "voting.compare: is 'some'"),
        (
            GOOD + f'[[src]]\nid = "s"\ntitle = ""\nfile = "{"a" * 64}.mp4"\nreference = true\nstart_s = inf\n',
            "src[0].start_s",
        ),
        ("x = " + "[" * 5000, "is nested too deeply"),
        (b"id = '\xff'", "line 1: is not UTF-8"),
        ("#" * 1_000_001, "is larger than"),
    ],
)
def test_a_wrong_study_toml_is_one_line_with_file_field_and_mend(tmp_path, text, said):
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_good_study_is_read(tmp_path):
    study = _load(tmp_path, GOOD)
    assert (study.factor, study.pairs(), study.voting.method) == (2.0, [], "forced-choice")


def test_pairs_set_the_baseline_against_each_other_hrc():
    assert DEMO.pairs() == [("bicubic", "lanczos"), ("bicubic", "lite-x2")]


@pytest.mark.parametrize("compare", ["all", "balanced"])
def test_all_two_hrcs_are_packed_where_more_than_the_baseline_is_compared(compare):
    study = Study(**DEMO.model_dump() | {"voting": {"compare": compare}})
    assert study.pairs() == [("bicubic", "lanczos"), ("bicubic", "lite-x2"), ("lanczos", "lite-x2")]


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(
    title=_TEXT,
    tags=st.lists(_TEXT, max_size=3),
    start=st.floats(0, 1e6),
    duration=st.none() | st.floats(0.01, 1e6),
    reference=st.booleans(),
    viewers=st.integers(1, 1000),
)
@settings(max_examples=50, deadline=None)
def test_what_is_dumped_reads_back_equal(tmp_path_factory, title, tags, start, duration, reference, viewers):
    src = Src(
        id="s",
        title=title,
        file="a" * 64 + ".mp4",
        reference=reference,
        start_s=start,
        duration_s=duration,
        tags=tuple(tags),
        attribution=title,
    )
    study = Study(
        id="t",
        title=title,
        source_height=360,
        display_height=720,
        baseline="b",
        voting=Voting(viewers=viewers),
        hrc=(Hrc(id="b", upscaler="bicubic"),),
        src=(src,),
    )
    assert _load(tmp_path_factory.mktemp("dump"), dump(study)) == study


FEW = st.integers(0, 20)
VOTINGS = st.builds(
    Voting,
    method=st.sampled_from(tuple(METHODS)),
    presentation=st.sampled_from(tuple(PRESENTATIONS)),
    language=st.sampled_from(LANGUAGES),
    compare=st.sampled_from(("baseline", "all", "balanced")),
    max_trials=st.integers(0, 1000),
    votes_per_pair=st.integers(0, 100_000),
    planned_share=st.floats(0.01, 0.99),
    reasons=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40), max_size=3).map(tuple),
    comments=st.booleans(),
    consent=_TEXT,
    questionnaire=st.lists(st.sampled_from(QUESTIONS), max_size=4).map(tuple),
    packing=st.sampled_from(("auto", "packed", "two")),
    rules=st.builds(
        Rules, min_width=st.integers(0, 20_000), allow_rescaling=st.booleans(), most_repeats=st.integers(0, 10)
    ),
    checks=st.builds(Checks, training=FEW, gold=FEW, identical=FEW, repeats=FEW, traps=FEW),
)


@given(voting=VOTINGS)
@settings(max_examples=30, deadline=None)
def test_the_settings_of_voting_read_back_equal(tmp_path_factory, voting):
    study = Study(
        id="t",
        source_height=360,
        display_height=720,
        baseline="b",
        voting=voting,
        hrc=(Hrc(id="b", upscaler="bicubic"),),
    )
    assert _load(tmp_path_factory.mktemp("voting"), dump(study)) == study


def test_every_setting_of_voting_stands_in_the_design_page():
    page = (Path(__file__).parents[2] / "docs" / "voting-design.md").read_text(encoding="utf-8")
    names = [name for name in Voting.model_fields if name not in ("rules", "checks")]
    names += [f"rules.{name}" for name in Rules.model_fields] + [f"checks.{name}" for name in Checks.model_fields]
    assert [name for name in names if f"`{name}`" not in page] == []
