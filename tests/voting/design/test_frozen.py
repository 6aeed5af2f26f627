"""What is frozen at launch: the pairs that were built, what is asked, how it is shown."""

import json
from typing import Any

import pytest

from qualab.errors import InputError
from qualab.study.config import Hrc, Src, Study, Voting
from qualab.study.manifest import Manifest, Record
from qualab.study.protocol import Checks, Screening, Stopping
from qualab.voting.design.frozen import Design, frozen_design, parse_design, refuse_other
from qualab.voting.store.records import canonical

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


def compared(design: Design) -> list[tuple[str, str, str]]:
    return [pair.key for pair in design.pairs]


def voting(**asked: Any) -> Study:
    return STUDY.model_copy(update={"voting": Voting(**asked)})


def built(src: str, hrc_b: str, **more: Any) -> Record:
    shown = {"file": f"pairs/{src}-{hrc_b}.mp4", "sha256": "0" * 64, "top": "b", "width": 1280, "height": 720}
    named = {"kind": "pair", "src": src, "hrc_a": "bicubic", "hrc_b": hrc_b, "fps": "25/1", "frames": 50}
    return Record.model_validate({**named, **shown, **more})


def manifest_of(*records: Record) -> Manifest:
    return Manifest(objects=records)


MANIFEST = manifest_of(
    built("tram", "sr"),
    Record(kind="pvs", src="tram", hrc="sr"),
    built("tram", "gone"),
    built("deleted", "sr"),
    built("cups", "sr"),
    built("cups", "lanczos"),
)


def test_only_built_pairs_of_the_study_as_it_is_are_frozen_in_one_order() -> None:
    design = frozen_design(STUDY, MANIFEST)
    assert compared(design) == [("cups", "bicubic", "lanczos"), ("cups", "bicubic", "sr"), ("tram", "bicubic", "sr")]
    assert frozen_design(STUDY, manifest_of(*MANIFEST.objects[::-1])) == design
    assert design.pairs[0].src_title == "The cups"
    assert (design.seed, design.presentation, design.method) == (7, "toggle", "forced-choice")


CHECKED = [
    built("tram", "bicubic", hrc_a="gold", role="gold", files=["pairs/gold.mp4"], packing="packed"),
    built("cups", "sr", hrc_a="sr", role="identical", files=["top.mp4", "other.mp4"], packing="two"),
    built("trap", "trap-this", hrc_a="trap-other", role="trap"),
    built("deleted", "bicubic", hrc_a="gold", role="gold"),
]


def test_checks_are_frozen_where_they_are_asked_for_after_the_pairs_of_the_study() -> None:
    manifest = manifest_of(*CHECKED, *MANIFEST.objects)
    assert {pair.role for pair in frozen_design(STUDY, manifest).pairs} == {"test"}
    design = frozen_design(voting(checks={"training": 1, "identical": 1, "traps": 2}), manifest)
    assert [pair.role for pair in design.pairs] == ["test", "test", "test", "gold", "identical", "trap"]
    assert compared(design)[3:] == [
        ("tram", "gold", "bicubic"),
        ("cups", "sr", "sr"),
        ("trap", "trap-other", "trap-this"),
    ]
    assert design.pairs[4].files == ("top.mp4", "other.mp4")
    assert design.pairs[4].packing == "two"
    assert design.pairs[5].src_title == ""
    assert design.checks.traps == 2
    assert len(design.pairs_of("test")) == 3


@pytest.mark.parametrize(
    ("check", "named"), [("gold", "gold"), ("training", "gold"), ("identical", "identical"), ("traps", "trap")]
)
def test_a_check_that_was_not_built_is_told(check: str, named: str) -> None:
    with pytest.raises(InputError, match=f"asks for {named} pairs and none are built — build again: qualab build demo"):
        frozen_design(voting(checks={check: 1}), MANIFEST)


def test_everything_that_is_asked_is_frozen_and_nothing_of_how_viewers_are_invited() -> None:
    asked = {"question": "Sharper?", "language": "de", "max_trials": 2, "votes_per_pair": 30, "break_every": 7}
    asked |= {"planned_share": 0.7, "reasons": ("blur",), "comments": True, "consent": "Yes?", "completion_code": "C"}
    asked |= {"questionnaire": ("age",), "rules": {"min_width": 800}, "compare": "baseline", "method": "ccr-7"}
    design = frozen_design(voting(**asked), MANIFEST)
    plain = Voting(**asked).model_dump(mode="json")
    apart = {"enabled", "viewers", "packing", "match_brightness"}
    stored = design.dump()
    assert {name: stored[name] for name in plain if name not in apart} == {
        name: value for name, value in plain.items() if name not in apart
    }
    assert set(stored) == set(plain) - apart | {"study", "seed", "pairs"}
    assert frozen_design(voting(**asked, viewers=99), MANIFEST) == design
    json.dumps(stored, allow_nan=False)


def all_pairs(*srcs: str) -> Manifest:
    couples = [("bicubic", "lanczos"), ("bicubic", "sr"), ("lanczos", "sr"), ("bicubic", "net"), ("lanczos", "net")]
    return manifest_of(*(built(src, b, hrc_a=a) for src in srcs for a, b in [*couples, ("sr", "net")]))


def test_all_pairs_or_a_balanced_set_of_them_are_compared() -> None:
    four = STUDY.model_copy(update={"hrc": (*STUDY.hrc, Hrc(id="net", upscaler="net"))})
    sizes = {}
    for compare in ("baseline", "all", "balanced"):
        study = Study(**four.model_dump() | {"voting": Voting(compare=compare)})
        sizes[compare] = len(frozen_design(study, all_pairs("tram", "cups")).pairs)
    # Four HRCs: three against the baseline, six pairs, chains of three.
    assert sizes == {"baseline": 6, "all": 12, "balanced": 6}
    design = frozen_design(study, manifest_of(*all_pairs("tram").objects[:5]))
    # Where a pair of the chain is missing all that were built are compared, so that none is cut off.
    assert len(design.pairs) in (3, 5)


def test_a_build_of_before_roles_gives_test_pairs_in_one_file() -> None:
    pair = frozen_design(STUDY, MANIFEST).pairs[0]
    assert (pair.role, pair.packing, pair.files) == ("test", "packed", (pair.file,))


def test_nothing_built_cannot_be_frozen() -> None:
    with pytest.raises(InputError, match="qualab build demo"):
        frozen_design(STUDY, manifest_of())


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
    refuse_other(design)
    refuse_other(design, presentation="toggle", method="forced-choice")
    with pytest.raises(InputError, match="close it first"):
        refuse_other(design, presentation="side-by-side")


def test_screening_and_stopping_are_frozen_and_older_designs_leave_nobody_out() -> None:
    rules, stopping = Screening(gold_misses=2, side_alpha=0.01), Stopping(enabled=True, alpha=0.01)
    stored = frozen_design(voting(screening=rules, stopping=stopping), MANIFEST).dump()
    design = parse_design(json.dumps(stored))
    assert (design.screening, design.stopping) == (rules, stopping)
    older = Design.model_validate({name: stored[name] for name in stored if name not in ("screening", "stopping")})
    assert (older.screening.enabled, older.stopping.enabled) == (False, False)


# As version 0.1 stored it before roles, checks, rules, reasons and packing came: its digest is in votes databases.
OLDEST = """{"method":"forced-choice","pairs":[{"file":"pairs/1.mp4","fps":"30000/1001","frames":90,"height":720,\
"hrc_a":"bicubic","hrc_b":"sr","sha256":"00","src":"tram","src_title":"The tram","top":"b","width":1280}],\
"presentation":"toggle","question":"Which one looks better?","seed":7,"study":"demo"}"""


def test_an_older_design_has_the_defaults_of_today_and_is_stored_again_byte_for_byte() -> None:
    design = parse_design(OLDEST)
    assert (design.pairs_of("test"), design.pair("tram", "bicubic", "sr")) == ([design.pairs[0]], design.pairs[0])
    assert (design.pairs[0].is_packed, design.pairs[0].all_files) == (True, ("pairs/1.mp4",))
    assert (design.checks, design.rules.most_repeats, design.break_every) == (Checks(), 2, 20)
    assert (design.screening.enabled, design.must_consent, design.language) == (False, False, "en")
    assert canonical(design.dump()) == OLDEST


def test_what_a_newer_version_freezes_is_kept() -> None:
    newer = {**json.loads(OLDEST), "colour": "P3", "rules": {"min_width": 800, "max_dropped_percent": 2.5}}
    assert Design.model_validate(newer).dump() == newer
    assert parse_design(json.dumps(newer)) is parse_design(json.dumps(newer))


def test_hrcs_that_are_compared_stand_once_whatever_the_clips() -> None:
    found = frozen_design(STUDY, MANIFEST).compared_hrcs()
    assert sorted(found) == sorted({(a, b) for _, a, b in compared(frozen_design(STUDY, MANIFEST))})
