"""What a launch would mean: figures against docs/statistics.md and against brute force."""

import pytest

from qualab import lab
from qualab.errors import InputError
from qualab.lab.planning import RHO_CLIP, RHO_SUBJECT, plan_of
from qualab.stats.power.sample_size import viewers_for


def _weigh(viewers, clips, seen):
    n = viewers * seen
    return n / (1 + (seen - 1) * RHO_SUBJECT + (n / clips - 1) * RHO_CLIP)


@pytest.mark.parametrize(("clips", "seen"), [(12, 12), (12, 6), (30, 10), (100, 5)])
def test_the_viewers_for_a_power_are_the_fewest_whose_votes_weigh_enough(clips, seen):
    found = viewers_for(97, n_clips=clips, clips_seen=seen, rho_subject=RHO_SUBJECT, rho_clip=RHO_CLIP)
    assert _weigh(found, clips, seen) >= 97 - 1e-9
    assert _weigh(found - 1, clips, seen) < 97


def test_too_few_clips_have_no_number_of_viewers():
    assert viewers_for(97, n_clips=9, rho_subject=RHO_SUBJECT, rho_clip=RHO_CLIP) is None
    assert _weigh(10**9, 9, 9) < 97


def test_a_plan_counts_votes_and_tells_power_with_its_n(toy):
    plan = plan_of(toy, "toy", viewers=100)
    assert plan.counts["planned"].tolist() == [100] * 4
    assert (plan.comparisons, plan.n_clips, plan.one_clip.n, plan.all_clips.n) == (4, 2, 100, 200)
    # The exact power of a share of .65 at n = 100, and the n that has 80%: docs/statistics.md.
    assert plan.one_clip.power == pytest.approx(0.8275851, abs=1e-7)
    assert plan.sample_size == 97
    assert plan.viewers_for_power is None
    assert plan.clips_for_power == 10


def test_a_plan_writes_nothing(toy):
    plan_of(toy, "toy")
    assert lab.progress(toy, "toy")["launches"] == 0


def test_a_plan_of_a_study_without_pairs_says_what_to_do(toy):
    toy.folder("toy").manifest.unlink()
    with pytest.raises(InputError, match="qualab build toy"):
        plan_of(toy, "toy")
