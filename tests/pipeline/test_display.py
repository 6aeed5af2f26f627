"""Which pairs are planned for viewers: pure, from a study."""

from collections import Counter
from fractions import Fraction

import pytest

from qualab.media.probe import ClipInfo
from qualab.pipeline.display import checks_of, display_files
from qualab.pipeline.plan import plan
from qualab.study.config import Hrc, Src, Study, Voting
from qualab.study.protocol import Checks

HRCS = ("bicubic", "lanczos", "lite-x2")


def _srcs(number):
    return tuple(Src(id=f"s{one}", title=f"s{one}", file="a" * 64 + ".mp4", reference=False) for one in range(number))


def _study(number=6, *, seed=1, hrcs=HRCS, display=720, **voting):
    hrc = tuple(Hrc(id=name, upscaler=name) for name in hrcs)
    heights = {"source_height": display // 2, "display_height": display}
    values = {"baseline": hrcs[0], "hrc": hrc, "src": _srcs(number), "voting": Voting(**voting)}
    return Study(id="t", seed=seed, **heights, **values)


def _info(height=360):
    return ClipInfo("h264", 2 * height, height, Fraction(25), 200, 0, "yuv420p", Fraction(1), 0, 1, 1, 1, False)


def _steps(study, **info):
    identities = {name: {"id": name} for name in study.upscalers}
    found = {}
    for src in study.src:
        for step in plan(study, src, _info(**info), identities=identities, tools={"ffmpeg": "9"}):
            found.setdefault((step.src, step.record), step)
    return list(found.values())


def _pairs(study, **info):
    return [step for step in _steps(study, **info) if step.kind == "pair"]


def _all_checks(study):
    return [(src.id, check) for src in study.src for check in checks_of(study, src.id)]


def test_a_study_without_checks_has_test_pairs_only():
    assert {step.labels["role"] for step in _pairs(_study())} == {"test"}


@pytest.mark.parametrize(
    ("checks", "counts"),
    [
        ({"gold": 2, "training": 3}, {"gold": 3}),
        ({"gold": 4}, {"gold": 4}),
        ({"training": 20}, {"gold": 6}),
        ({"identical": 8}, {"identical": 8}),
        ({"identical": 20}, {"identical": 18}),
        ({"traps": 3}, {"trap": 1}),
        ({"repeats": 5}, {}),
    ],
)
def test_each_kind_of_check_has_its_number_of_pairs(checks, counts):
    found = [check for _, check in _all_checks(_study(checks=Checks(**checks)))]
    assert Counter(check.role for check in found) == counts


def test_gold_pairs_are_of_different_clips_and_identical_ones_never_the_same_twice():
    study = _study(checks=Checks(gold=6, identical=18))
    found = _all_checks(study)
    golds = [src for src, check in found if check.role == "gold"]
    assert len(set(golds)) == 6
    same = [(src, check.hrc_a) for src, check in found if check.role == "identical"]
    assert len(set(same)) == 18
    assert all(check.hrc_a == check.hrc_b for _, check in found if check.role == "identical")
    first = [check.hrc_a for _, check in _all_checks(_study(checks=Checks(identical=3)))]
    assert sorted(first) == sorted(HRCS)


def test_the_right_answer_is_hrc_b_and_the_seed_chooses_the_clips():
    checks = Checks(gold=2, traps=1)
    chosen = [_all_checks(_study(seed=seed, checks=checks)) for seed in range(20)]
    assert {(c.hrc_a, c.hrc_b) for found in chosen for _, c in found} == {
        ("gold", "bicubic"),
        ("trap-other", "trap-this"),
    }
    assert len({tuple(src for src, _ in found) for found in chosen}) > 5
    assert chosen[3] == _all_checks(_study(seed=3, checks=checks))


def test_checks_change_no_other_step():
    plain, checked = (
        {step.key for step in _steps(_study(checks=checks))} for checks in (Checks(), Checks(gold=2, identical=2))
    )
    assert plain < checked


def test_a_trap_belongs_to_no_clip_of_the_study():
    (trap,) = [step for step in _pairs(_study(checks=Checks(traps=1))) if step.labels["role"] == "trap"]
    assert trap.src == "trap"
    assert trap.arguments["count"] == 100  # four seconds


def test_a_study_that_is_not_voted_on_has_no_pairs():
    assert _pairs(_study(enabled=False, checks=Checks(gold=2, identical=2, traps=1))) == []


def test_files_are_named_without_src_or_hrc():
    for packing in ("packed", "two"):
        for step in _pairs(_study(packing=packing, checks=Checks(gold=2, identical=2, traps=1))):
            names = display_files(step)
            assert len(set(names)) == (2 if packing == "two" else 1)
            for name in names:
                assert not any(word in name for word in ("s0", "bicubic", "lanczos", "lite", "gold", "trap"))


def test_top_and_bottom_fall_both_ways():
    study = _study(40, checks=Checks(gold=20, identical=20))
    tops = {
        role: [step.labels["top"] for step in _pairs(study) if step.labels["role"] == role]
        for role in ("test", "gold", "identical")
    }
    # 80 and 20 fair coins: 4.6 and 3.6 standard deviations to either side
    for role, least in (("test", 0.25), ("gold", 0.1), ("identical", 0.1)):
        assert least < tops[role].count("a") / len(tops[role]) < 1 - least


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_of_every_two_clips_each_hrc_is_on_top_once(seed):
    tops = {}
    for step in _pairs(_study(6, seed=seed)):
        tops.setdefault((step.labels["hrc_a"], step.labels["hrc_b"]), []).append(step.labels["top"])
    assert all(sorted(found[at : at + 2]) == ["a", "b"] for found in tops.values() for at in (0, 2, 4))


@pytest.mark.parametrize(("height", "packing"), [(540, "packed"), (600, "packed"), (602, "two"), (1080, "two")])
def test_pairs_too_tall_to_decode_are_two_files(height, packing):
    """A clip without reference is shown at twice its own height."""
    (step,) = _pairs(_study(1, hrcs=HRCS[:2]), height=height)
    assert step.labels["packing"] == packing
    assert _pairs(_study(1, hrcs=HRCS[:2], packing="two"))[0].labels["packing"] == "two"
    assert _pairs(_study(1, hrcs=HRCS[:2], packing="packed"), height=1080)[0].labels["packing"] == "packed"


def test_brightness_is_matched_of_the_pairs_of_the_study_alone():
    study = _study(checks=Checks(gold=2, identical=2, traps=1))
    matched = {step.labels["role"]: step.arguments["match_brightness"] for step in _pairs(study)}
    assert matched == {"test": True, "gold": False, "identical": False, "trap": False}
    assert not any(step.arguments["match_brightness"] for step in _pairs(_study(match_brightness=False)))


def test_all_display_files_of_a_study_are_coded_alike():
    found = [step.arguments for step in _pairs(_study(checks=Checks(gold=2, identical=2, traps=1)))]
    names = ("encoder", "preset", "pix_fmt", "crfs", "packing", "matrix")
    assert len({str([arguments[name] for name in names]) for arguments in found}) == 1
