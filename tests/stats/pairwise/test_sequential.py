"""E-values and confidence sequences: worked examples, what holds however often one looks, and awkward tables."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq

from qualab.stats.findings.conclusion import conclusion
from qualab.stats.pairwise.sequential import advice, confidence_set, e_value, log_e, may_stop, path, verdict
from qualab.study.protocol import Stopping

# STATISTICS, table a.
KNOWN = [
    (5, 6, 0.277579, 0.998802, 1.52381),
    (10, 12, 0.420694, 0.992056, 4.77389),
    (83, 100, 0.686314, 0.928146, 1.88733e9),
    (60, 100, 0.440774, 0.746036, 0.91305),
    (24, 24, 0.771868, 1.0, 671089),
    (0, 10, 0.0, 0.416880, 93.0909),
]


def votes_of(answers, *, timed=True, **columns):
    """Return votes of viewers in the order in which they finished: each a word of a, b and t (tie)."""
    rows = [
        (
            f"v{(7919 * who) % 100_003:06d}",
            f"clip-{clip}",
            "bicubic",
            "sr",
            {"t": "tie"}.get(vote, vote),
            f"{who:05d} {clip}",
        )
        for who, answer in enumerate(answers)
        for clip, vote in enumerate(answer)
    ]
    table = pd.DataFrame(rows, columns=["subject", "src", "hrc_a", "hrc_b", "choice", "voted_at"])
    return (table if timed else table.drop(columns="voted_at")).assign(**columns)


@pytest.mark.parametrize(("k", "n", "low", "high", "e"), KNOWN)
def test_worked_examples(k, n, low, high, e):
    result = e_value(votes_of(["b"] * k + ["a"] * (n - k), timed=False))
    assert result.effects["e_value"] == pytest.approx(e, rel=1e-5)
    assert result.ci == pytest.approx((low, high), abs=1e-6)
    assert result.p_value == pytest.approx(min(1.0, 1 / e), rel=1e-5)
    assert (result.estimate, result.n_subjects, result.estimand) == (pytest.approx(k / n), n, "E1")


def test_a_sum_of_preferences_need_not_be_whole():
    assert math.exp(log_e(17.5, 24)) == pytest.approx(3.033167, abs=1e-6)
    result = e_value(votes_of(["b"] * 17 + ["ab"] + ["a"] * 6))
    assert result.effects["e_value"] == pytest.approx(3.033167, abs=1e-6)


def test_the_e_value_is_the_mean_likelihood_ratio_over_all_shares():
    whole, _ = quad(lambda p: p**17.5 * (1 - p) ** 6.5, 0, 1)
    assert math.exp(log_e(17.5, 24)) == pytest.approx(whole / 0.5**24, rel=1e-8)


@pytest.mark.parametrize(("k", "n"), [(17.5, 24), (0.5, 1), (612.25, 1000)])
def test_ends_of_a_confidence_set_solve_its_equation(k, n):
    def ratio(p):
        return log_e(k, n) - n * math.log(2) - k * math.log(p) - (n - k) * math.log1p(-p) - math.log(20)

    expected = brentq(ratio, 1e-12, k / n), brentq(ratio, k / n, 1 - 1e-12)
    assert tuple(float(end) for end in confidence_set(k, n)) == pytest.approx(expected, abs=1e-9)


def test_the_most_so_far_decides_p_and_intervals_are_intersected():
    # Nine for sr: E = 2^9/10. Three against it: E = 2^12 9! 3! / 13!
    result = e_value(votes_of(["b"] * 9 + ["a"] * 3))
    assert result.effects["most_e_value"] == pytest.approx(51.2)
    assert result.effects["e_value"] == pytest.approx(4096 / 2860)
    assert result.p_value == pytest.approx(1 / 51.2)
    assert result.ci == pytest.approx((float(confidence_set(9, 9)[0]), float(confidence_set(9, 12)[1])))
    assert result.ci[0] > confidence_set(9, 12)[0]


def test_where_viewers_change_the_interval_of_the_moment_is_given_and_said():
    result = e_value(votes_of(["b"] * 30 + ["a"] * 30))
    low, high = confidence_set(30, 60)
    assert result.ci == pytest.approx((float(low), float(high)))
    assert "came later answered otherwise" in result.note


def test_viewers_stand_in_the_order_of_their_last_vote():
    votes = votes_of(["bb"] * 9 + ["aa"] * 3)
    late = votes["subject"].eq("v000000") & votes["src"].eq("clip-1")
    votes.loc[late, "voted_at"] = "99999"
    assert e_value(votes).effects["most_e_value"] == pytest.approx(2**8 / 9)
    assert path(votes)["estimate"].tolist()[-2:] == pytest.approx([8 / 11, 9 / 12])


def test_a_viewer_counts_once_finished():
    votes = votes_of(["bb"] * 9 + ["aa"] * 2)
    open_ones = votes["subject"].isin(votes["subject"].tail(4))
    result = e_value(votes.assign(finished=~open_ones))
    assert (result.n_subjects, result.n_votes, result.estimate) == (9, 18, 1.0)
    assert "2 viewers have not answered everything: not counted" in result.note
    nobody = e_value(votes.assign(finished=False))
    assert (nobody.estimate, nobody.ci, nobody.p_value, nobody.n_subjects) == (None, None, None, 0)
    assert nobody.pair == result.pair
    assert conclusion(nobody) == "Not enough votes: 11 viewers have not answered everything: not counted."
    assert verdict(nobody, Stopping()) == "not enough yet: 0 of 6 viewers"


def test_a_viewers_mean_weighs_the_same_over_many_clips_and_few():
    assert e_value(votes_of(["bbbb", "a", "t"])).estimate == pytest.approx(0.5)


@pytest.mark.parametrize("n", [2000, 50_000])
def test_overwhelming_evidence_stays_finite(n):
    result = e_value(votes_of(["b"] * n))
    assert result.effects["most_e_value"] == pytest.approx(1e300)
    assert result.effects["log10_most_e_value"] == pytest.approx(n * math.log10(2) - math.log10(n + 1))
    assert 0 < result.p_value <= 1.01e-300
    assert "10^" in verdict(result, Stopping(enabled=True))


@pytest.mark.parametrize("answers", [[], ["b"], ["ttt", "tt"], ["ababab"]])
def test_next_to_no_votes_give_a_result(answers):
    result, steps = e_value(votes_of(answers)), path(votes_of(answers))
    assert result.note
    assert not result.is_reachable
    assert len(steps) == result.n_subjects
    assert not steps.isna().any(axis=None)


def test_seven_of_one_mind_cannot_reach_20_and_eight_do():
    seven, eight = (e_value(votes_of(["b"] * n)) for n in (7, 8))
    assert "E >= 20 cannot be reached" in seven.note
    assert (seven.is_reachable, eight.is_reachable) == (False, True)
    assert eight.effects["e_value"] == pytest.approx(256 / 9)


@given(st.lists(st.text("abt", min_size=1, max_size=4), max_size=30), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_rows_in_any_order_and_sides_swapped_tell_the_same(answers, order):
    votes = votes_of(answers)
    places = list(range(len(votes)))
    order.shuffle(places)
    swapped = votes.iloc[places].assign(choice=votes["choice"].map({"a": "b", "b": "a", "tie": "tie"}))
    one, other = path(votes), path(swapped)
    assert np.allclose(one["e_value"], other["e_value"])
    assert np.allclose(one[["estimate", "low", "high"]], 1 - other[["estimate", "high", "low"]].to_numpy(), atol=1e-9)
    assert e_value(votes).p_value == pytest.approx(e_value(swapped).p_value, rel=1e-9) if answers else True


def test_looking_after_every_viewer_claims_too_often_with_an_exact_test_and_not_with_e():
    rng = np.random.default_rng(5)
    n = np.arange(1, 201)
    # Viewers with preferences of their own, a mean of one half over all of them.
    k = np.cumsum(rng.beta(2, 2, (1500, 200)), axis=1)
    claims = (log_e(k, n).max(axis=1) >= math.log(20)).mean()
    assert claims <= 0.05
    coins = np.cumsum(rng.random((1500, 200)) < 0.5, axis=1)
    assert 0.015 <= (log_e(coins, n)[:, 9:].max(axis=1) >= math.log(20)).mean() <= 0.05
    # The same looks with a normal approximation of the usual test: the trap (STATISTICS has 26.8% for the exact one).
    assert (np.abs(coins - n / 2)[:, 9:] >= 1.96 * np.sqrt(n / 4)[9:] + 0.5).any(axis=1).mean() > 0.2


@pytest.mark.parametrize("share", [0.5, 0.7])
def test_the_interval_holds_the_truth_at_every_moment_of_95_in_100_studies(share):
    coins = np.cumsum(np.random.default_rng(8).random((800, 120)) < share, axis=1)
    low, high = confidence_set(coins, np.arange(1, 121))
    missed = ((low > share) | (high < share)).any(axis=1).mean()
    assert missed <= 0.05


def test_the_rule_asks_for_evidence_and_viewers():
    strong, weak = e_value(votes_of(["b"] * 8)), e_value(votes_of(["b"] * 5 + ["a"] * 3))
    rule = Stopping(enabled=True, least_viewers=8)
    assert verdict(strong, rule) == "may stop: sr preferred, E = 28.4"
    assert verdict(e_value(votes_of(["a"] * 8)), rule) == "may stop: bicubic preferred, E = 28.4"
    assert verdict(strong, Stopping()) == "enough: sr preferred, E = 28.4"
    assert verdict(weak, rule) == "not enough yet: E = 5.33 of 20"
    assert verdict(strong, rule.model_copy(update={"least_viewers": 9})) == "not enough yet: 8 of 9 viewers"
    assert not may_stop(strong, rule.model_copy(update={"alpha": 0.01}))
    assert "may be closed." in advice([strong, strong], rule)
    assert "1 of 2 pairs" in advice([strong, weak], rule)
    assert advice([], rule).startswith("Go on")
    assert "No stopping rule was frozen" in advice([strong], Stopping())
