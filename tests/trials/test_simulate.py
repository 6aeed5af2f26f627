"""Synthetic viewers prefer what they were told to, and can be called back."""

import pandas as pd
import pytest

from qualab.errors import InputError
from qualab.trials.design import make_trials
from qualab.trials.simulate import simulate_choices

PAIRS = [(f"clip-{clip}", "bicubic", "sr") for clip in range(10)]


def trials(viewers: int = 400) -> pd.DataFrame:
    return make_trials(PAIRS, subjects=range(1, viewers + 1), seed=5)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.8, 1.0])
def test_the_share_is_met_when_viewers_are_alike(share: float) -> None:
    answered = simulate_choices(trials(), share=share, seed=1, subject_sd=0.0)
    # 4,000 votes: 4 standard errors are at most 0.032, and 0 where the share is 0 or 1.
    assert (answered["choice"] == "b").mean() == pytest.approx(share, abs=4 * (share * (1 - share) / 4000) ** 0.5)


def test_no_side_is_preferred() -> None:
    answered = simulate_choices(trials(), share=0.5, seed=2)
    assert (answered["side"] == "left").mean() == pytest.approx(0.5, abs=0.032)


def test_the_side_is_where_the_preferred_one_was() -> None:
    answered = simulate_choices(trials(20), share=0.7, seed=3)
    is_left = answered["choice"] == answered["left"]
    assert (answered["side"] == is_left.map({True: "left", False: "right"})).all()
    assert set(answered["choice"]) == {"a", "b"}


def test_the_same_seed_gives_the_same_answers_whoever_else_is_asked() -> None:
    few, many = (simulate_choices(trials(viewers), share=0.6, seed=4, clip_sd=0.5) for viewers in (5, 50))
    pd.testing.assert_frame_equal(few, many[many["subject"] <= 5])
    other = simulate_choices(trials(5), share=0.6, seed=5, clip_sd=0.5)
    assert not other["choice"].equals(few["choice"])


@pytest.mark.parametrize(("spread", "by"), [("subject_sd", "subject"), ("clip_sd", "src")])
def test_spread_makes_subjects_or_clips_differ_more_than_chance(spread: str, by: str) -> None:
    flat, spreading = (
        simulate_choices(trials(), share=0.5, seed=6, **{"subject_sd": 0.0, spread: sd}) for sd in (0.0, 1.5)
    )
    variances = [
        table.groupby(by)["choice"].apply(lambda own: (own == "b").mean()).var() for table in (flat, spreading)
    ]
    assert variances[1] > 2 * variances[0]


def test_response_times_are_whole_positive_and_about_2500_ms() -> None:
    times = simulate_choices(trials(), share=0.5, seed=7)["response_ms"]
    assert times.dtype.kind == "i"
    assert times.min() > 0
    assert times.median() == pytest.approx(2500, rel=0.05)


def test_the_trials_stay_as_they_were_and_in_their_order() -> None:
    given = trials(6).sample(frac=1, random_state=1)
    answered = simulate_choices(given, share=0.5, seed=8)
    pd.testing.assert_frame_equal(answered[list(given.columns)], given)
    assert simulate_choices(given.iloc[:0], share=0.5, seed=8).empty


@pytest.mark.parametrize("wrong", [{"share": 1.2}, {"share": float("nan")}, {"share": 0.5, "subject_sd": -1.0}])
def test_impossible_numbers_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError):
        simulate_choices(trials(2), seed=1, **wrong)
