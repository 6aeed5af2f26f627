"""What a plan of viewers and clips could find: the planner's known answers, and when more clips help more."""

import pytest

from qualab.errors import InputError
from qualab.stats.power.sample_size import effective_n
from qualab.stats.power.study_plan import plan_study


def test_24_viewers_on_12_clips_want_more_clips_not_more_viewers() -> None:
    plan = plan_study(0.65, clips=12, viewers=24)
    assert plan.design_effect == pytest.approx(3.85)
    assert plan.n_effective == pytest.approx(74.805, abs=5e-4)
    assert (plan.size, plan.viewers_needed, plan.clips_needed, plan.step) == (97, 62, 17, "more clips")
    assert plan.most_effective == pytest.approx(120)
    assert plan.viewer_minutes == 144


@pytest.mark.parametrize(("share", "size"), [(0.60, 210), (0.65, 97), (0.70, 54), (0.75, 35), (0.83, 20), (0.17, 20)])
def test_without_viewers_and_clips_votes_are_independent(share: float, size: int) -> None:
    plan = plan_study(share)
    assert (plan.size, plan.n_votes, plan.n_effective, plan.step) == (size, size, size, "nothing")


def test_what_is_not_asked_for_is_found_and_is_enough() -> None:
    for plan in (plan_study(0.65, clips=12), plan_study(0.65, viewers=24)):
        assert effective_n(plan.n_viewers or 0, plan.n_clips or 0, 0.05, 0.1) >= 97
        assert plan.step == "nothing"


def test_nine_clips_are_never_enough_whoever_comes() -> None:
    plan = plan_study(0.65, clips=9)
    assert (plan.n_viewers, plan.n_votes, plan.step) == (None, None, "more clips")
    assert "9 clips are worth 90 independent votes at most" in plan.why
    assert plan_study(0.65, viewers=4).step == "more viewers"


def test_a_large_share_still_takes_six_viewers_and_five_clips() -> None:
    assert plan_study(0.95, clips=12).n_viewers == 6
    assert plan_study(0.95, viewers=60).n_clips == 5
    assert "With fewer than 6 viewers" in plan_study(0.95, clips=12, viewers=5).why
    assert plan_study(0.95, clips=4, viewers=60).step == "more clips"


def test_more_than_half_an_hour_a_viewer_is_noted() -> None:
    assert "half an hour" in plan_study(0.65, clips=61, viewers=20).notes[0]
    assert plan_study(0.65, clips=60, viewers=20).notes == ()


@pytest.mark.parametrize(
    "wrong", [{"clips": 0}, {"viewers": 0}, {"minutes_per_vote": 0.0}, {"rho_clip": 1.5, "clips": 9}]
)
def test_what_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError):
        plan_study(0.65, **wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="farther from one half"):
        plan_study(0.5)
