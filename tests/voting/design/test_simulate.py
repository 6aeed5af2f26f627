"""Synthetic viewers prefer what they were told to, and can be called back."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from qualab.errors import InputError
from qualab.study.tables import TRIAL_COLUMNS
from qualab.study.terms import TRIAL_KINDS
from qualab.voting.design.frozen import Design
from qualab.voting.design.simulate import simulate_choices
from qualab.voting.design.trial_lists import make_trials

PAIRS = [{"src": f"clip-{clip}", "hrc_a": "bicubic", "hrc_b": "sr"} for clip in range(10)]


@cache
def trials(viewers: int = 400) -> pd.DataFrame:
    return make_trials(Design.model_validate({"seed": 5, "pairs": PAIRS}), subjects=range(1, viewers + 1))


def checked(viewers: int = 400) -> pd.DataFrame:
    """Return trials of every kind, on one pair for simplicity."""
    rows = [
        (viewer, place, "clip", "x", "y", "ab"[(viewer + place) % 2], kind)
        for viewer in range(1, viewers + 1)
        for place, kind in enumerate(TRIAL_KINDS, start=1)
    ]
    return pd.DataFrame(rows, columns=list(TRIAL_COLUMNS))


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


def test_ties_come_as_often_as_asked_and_leave_the_share_among_the_rest() -> None:
    for share in (0.5, 0.8):
        given = simulate_choices(trials(), share=share, seed=9, subject_sd=0.0, method="with-tie", tie_share=0.3)
        ties = given["choice"] == "tie"
        assert (given["side"].eq("tie") == ties).all()
        # At one half 30% tie; Davidson's chances at 0.8: nu = 6/7, so 6/7 * 0.8 / (1 + 6/7 * 0.8). 4 SE are 0.03.
        assert ties.mean() == pytest.approx(0.3 if share == 0.5 else 0.2553, abs=0.03)
        assert (given["choice"][~ties] == "b").mean() == pytest.approx(share, abs=0.04)
    assert "tie" not in set(simulate_choices(trials(), share=0.5, seed=9)["choice"])


def test_scores_have_the_sign_of_the_chosen_side_and_come_with_ccr_alone() -> None:
    given = simulate_choices(trials(), share=0.6, seed=10, method="ccr-7")
    signs = given["side"].map({"left": -1, "right": 1, "tie": 0})
    assert (np.sign(given["score"]) == signs).all()
    assert set(given["score"]) == {-3, -2, -1, 0, 1, 2, 3}
    assert simulate_choices(trials(2), share=0.6, seed=10)["score"].isna().all()


def test_the_surer_viewers_are_the_larger_are_their_scores() -> None:
    weak, strong = (
        simulate_choices(trials(), share=share, seed=11, subject_sd=0.0, method="ccr-7")["score"].abs().mean()
        for share in (0.5, 0.95)
    )
    assert strong > weak + 0.5


@pytest.mark.parametrize("bias", [-1.0, 1.0])
def test_a_side_bias_pulls_to_its_side_and_not_to_an_hrc(bias: float) -> None:
    given = simulate_choices(trials(), share=0.5, seed=12, subject_sd=0.0, side_bias=bias)
    # expit(1) = 0.731; 4,000 votes: 4 standard errors are 0.028.
    assert (given["side"] == "left").mean() == pytest.approx(0.731 if bias > 0 else 0.269, abs=0.03)
    assert (given["choice"] == "b").mean() == pytest.approx(0.5, abs=0.032)


def test_viewers_find_what_is_plain_to_see_whatever_they_prefer() -> None:
    given = simulate_choices(checked(), share=0.1, seed=13)
    found = given.groupby("kind")["choice"].apply(lambda choices: (choices == "b").mean())
    assert found[["training", "gold", "trap"]].min() > 0.9
    assert found["identical"] == pytest.approx(0.5, abs=0.1)
    assert found[["test", "repeat"]].max() < 0.25


def test_inattentive_viewers_answer_by_chance_and_quickly() -> None:
    given = simulate_choices(checked(), share=0.9, seed=14, inattentive=0.25)
    careless = given[~given["attentive"]]
    # 400 viewers: 4 standard errors of one quarter are 0.087.
    assert careless["subject"].nunique() / 400 == pytest.approx(0.25, abs=0.09)
    assert (careless["choice"] == "b").mean() == pytest.approx(0.5, abs=0.09)
    assert careless["response_ms"].median() < 1000 < given[given["attentive"]]["response_ms"].median()
    assert given.groupby("subject")["attentive"].nunique().max() == 1


def test_reasons_are_tags_of_the_study_and_the_same_whoever_else_is_asked() -> None:
    few, many = (simulate_choices(trials(n), share=0.6, seed=15, reasons=("blur", "noise")) for n in (5, 50))
    assert {tag for tags in many["reasons"] for tag in tags} == {"blur", "noise"}
    assert few["reasons"].tolist() == many["reasons"].tolist()[: len(few)]
    assert set(simulate_choices(trials(2), share=0.6, seed=15)["reasons"]) == {()}


def test_an_unknown_method_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="did you mean 'with-tie'"):
        simulate_choices(trials(2), share=0.5, seed=1, method="with-ties")


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


@pytest.mark.parametrize(
    "wrong",
    [
        {"share": 1.2},
        {"share": float("nan")},
        {"share": 0.5, "subject_sd": -1.0},
        {"share": 0.5, "tie_share": 1.0},
        {"share": 0.5, "inattentive": 2.0},
        {"share": 0.5, "side_bias": float("inf")},
    ],
)
def test_impossible_numbers_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError):
        simulate_choices(trials(2), seed=1, **wrong)
