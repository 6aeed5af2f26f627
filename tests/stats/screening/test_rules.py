"""Screening: each rule on viewers made for it, by worked numbers; what is left out, and what is never looked at."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from qualab.stats.pairwise.preference import sign_flip
from qualab.stats.screening.checks import chance_of, run_p, side_p
from qualab.stats.screening.person_fit import leave_one_out
from qualab.stats.screening.rules import RULES, check, excluded, screening
from qualab.study.protocol import Screening
from qualab.study.tables import CHECK_COLUMNS, FOREIGN_VOTE_COLUMNS, VOTE_COLUMNS, empty


def answers_of(*viewers, n=8, **columns):
    """Return answers: for each viewer a list of trials, each (kind, choice) or (kind, choice, more)."""
    rows = []
    for number, trials in enumerate(viewers):
        for place, (kind, choice, *more) in enumerate(trials):
            hrc_a = {"gold": "gold", "identical": "sr", "trap": "trap-other"}.get(kind, "bicubic")
            row = {
                "subject": f"v{number}",
                "src": f"clip-{place}",
                "hrc_a": hrc_a,
                "hrc_b": "trap-this" if kind == "trap" else "sr",
                "choice": choice,
                "left_hrc": hrc_a if place % 2 else "sr",
                "response_ms": 2000 + 10 * place,
                "simulated": 0,
                "launch": 1,
                "position": place + 1,
                "kind": kind,
                "valid": True,
                "voided": False,
            }
            rows.append(row | (more[0] if more else {}))
    return pd.DataFrame(rows).reindex(columns=list(VOTE_COLUMNS)).assign(**columns)


def seen(answers, rule, rules=Screening()):  # noqa: B008 - rules do not change
    """Return passed and value of a rule, viewer by viewer."""
    found = check(answers, rules)
    return [tuple(row) for row in found[found["rule"] == rule][["passed", "value"]].to_numpy()]


@pytest.mark.parametrize(
    ("found", "n", "passed"), [(5, 5, True), (4, 5, False), (6, 6, True), (5, 6, True), (4, 6, False), (0, 1, False)]
)
def test_gold_five_of_five_or_one_miss_in_six(found, n, passed):
    answers = answers_of([("gold", "b")] * found + [("gold", "a")] * (n - found))
    assert seen(answers, "gold") == [(passed, f"{found} of {n} found")]
    assert excluded(check(answers)) == ([] if passed else ["v0"])


def test_gold_misses_can_be_set_and_a_tie_misses():
    answers = answers_of([("gold", "b"), ("gold", "tie"), ("gold", "a")])
    assert [seen(answers, "gold", Screening(gold_misses=most))[0][0] for most in (0, 1, 2)] == [False, False, True]


def test_a_missed_trap_excludes_unless_the_rules_say_no():
    answers = answers_of([("trap", "b"), ("trap", "a")], [("trap", "b")])
    assert [passed for passed, _ in seen(answers, "traps")] == [False, True]
    assert excluded(check(answers)) == ["v0"]
    assert excluded(check(answers, Screening(traps=False))) == []
    assert excluded(check(answers, Screening(enabled=False))) == []


def test_trials_invalid_for_playback_do_not_count_against_a_viewer():
    answers = answers_of([("gold", "a", {"valid": False}), ("gold", "b"), ("trap", "a", {"valid": False})])
    assert seen(answers, "gold") == [(True, "1 of 1 found")]
    assert seen(answers, "traps") == [(None, "")]
    assert excluded(check(answers)) == []


def test_viewers_who_withdrew_are_not_judged():
    assert check(answers_of([("gold", "a")], voided=True)).empty


def test_identical_pairs_are_judged_where_ties_can_be_chosen_and_exclude_nobody():
    answers = answers_of([("identical", "tie"), ("identical", "tie")], [("identical", "a"), ("identical", "tie")])
    assert seen(answers, "identical") == [(True, "2 of 2 called a tie"), (False, "1 of 2 called a tie")]
    assert excluded(check(answers)) == []
    assert seen(answers_of([("identical", "a")]), "identical") == [(None, "1 seen, no tie to choose")]


def test_seven_of_eight_repeats_agree_by_chance_with_p_035():
    assert chance_of(7, 8) == 0.03515625
    tests = [("test", "b") for _ in range(8)]
    again = [("repeat", "b" if place else "a", {"src": f"clip-{place}"}) for place in range(8)]
    answers = answers_of(tests + again)
    assert seen(answers, "repeats") == [(True, "7 of 8 the same (by chance p = 0.035)")]
    strict = Screening(least_repeats_agreed=8)
    assert seen(answers, "repeats", strict)[0][0] is False
    assert (excluded(check(answers)), excluded(check(answers, strict))) == ([], ["v0"])
    # Of seven there cannot be eight: nobody is left out for repeats that were not shown.
    assert seen(answers.drop(index=answers.index[-1]), "repeats", strict)[0][0] is None


def test_sixty_of_a_hundred_left_is_p_0569():
    assert side_p(60, 100) == pytest.approx(0.0568879, abs=5e-8)
    # Left is sr at even places: choosing it there and bicubic elsewhere is always left.
    choices = ["b" if (place % 2 == 0) == (place < 60) else "a" for place in range(100)]
    answers = answers_of([("test", choice) for choice in choices])
    assert seen(answers, "side") == [(True, "60 of 100 left (p = 0.057)")]
    assert excluded(check(answers, Screening(side_alpha=0.06))) == ["v0"]
    assert excluded(check(answers, Screening(side_alpha=0.05))) == []


@pytest.mark.parametrize("n", [1, 2, 5, 9])
def test_chances_of_runs_are_those_of_all_sequences(n):
    sequences = [[(number >> bit) & 1 for bit in range(n)] for number in range(2**n)]
    for run in range(1, n + 2):
        longest = [max(len(part) for one in "01" for part in "".join(map(str, bits)).split("10"[int(one)]))
                   for bits in sequences]  # fmt: skip
        assert run_p(run, n) == pytest.approx(np.mean([length >= run for length in longest]))


def test_one_side_all_the_time_is_a_run_in_the_order_of_answering():
    always = [("test", "b" if place % 2 == 0 else "a") for place in range(12)]
    answers = answers_of(always, [("test", "b")] * 12)
    told = [(False, "12 of 12 in a row on one side"), (True, "1 of 12 in a row on one side")]
    assert seen(answers, "runs") == told
    assert seen(answers.sample(frac=1, random_state=1), "runs") == told


def test_too_fast_and_unusual_times():
    crowd = [[("test", "b", {"response_ms": 2000 + 100 * viewer})] * 4 for viewer in range(7)]
    hasty, slow = [[("test", "b", {"response_ms": ms})] * 4 for ms in (299, 90_000)]
    answers = answers_of(*crowd, hasty, slow)
    assert [passed for passed, _ in seen(answers, "too-fast")] == [True] * 7 + [False, True]
    assert [passed for passed, _ in seen(answers, "usual-time")] == [True] * 7 + [False, False]
    assert excluded(check(answers)) == []
    assert excluded(check(answers, Screening(most_too_fast_percent=50))) == ["v7"]
    assert seen(answers, "too-fast", Screening(too_fast_ms=200))[7] == (True, "0 of 4 under 200 ms")


def test_with_two_hrcs_the_fit_is_the_share_of_the_others():
    votes = answers_of([("test", "b")] * 3, [("test", "a")] * 2, [("test", "b"), ("test", "tie")])
    codes = np.repeat([0, 1, 2], [3, 2, 2])
    fit = leave_one_out(votes, codes, 3)
    others = [(1.5 + 0.5) / 5, (4.5 + 0.5) / 6, (3 + 0.5) / 6]
    expected = [np.log(others[0]), np.log(1 - others[1]), (1.5 * np.log(others[2]) + 0.5 * np.log(1 - others[2])) / 2]
    assert fit.log_likelihood == pytest.approx(expected)


def test_with_more_hrcs_the_fit_is_bradley_terrys():
    rng = np.random.default_rng(4)
    names = np.array(["bicubic", "lanczos", "sr"])
    first, second = np.array([(0, 1), (0, 2), (1, 2)])[rng.integers(0, 3, 300)].T
    votes = pd.DataFrame({"hrc_a": names[first], "hrc_b": names[second]})
    votes["choice"] = np.where(rng.random(300) < np.where(second == 2, 0.8, 0.6), "b", "a")
    subjects = np.repeat(np.arange(10), 30)
    fit = leave_one_out(votes, subjects, 10)
    # The original: a binomial GLM on win counts of the others, half a win more on either side of each pair.
    others, own = votes[subjects != 3], votes[subjects == 3]
    counts = others.groupby(["hrc_a", "hrc_b"])["choice"].agg(lambda one: (one == "b").sum()).reset_index()
    asked = others.groupby(["hrc_a", "hrc_b"]).size().to_numpy()
    design = np.array([[(b == name) - (a == name) for name in names[1:]] for a, b in counts[["hrc_a", "hrc_b"]].values])
    wins = counts["choice"].to_numpy() + 0.5
    glm = sm.GLM(np.c_[wins, asked + 1 - wins], design.astype(float), family=sm.families.Binomial()).fit(tol=1e-12)
    chances = dict(zip(map(tuple, counts[["hrc_a", "hrc_b"]].values), glm.fittedvalues, strict=True))
    told = [np.log(chances[a, b] if choice == "b" else 1 - chances[a, b]) for a, b, choice in own.to_numpy()]
    assert fit.log_likelihood[3] == pytest.approx(np.mean(told), abs=1e-8)


def test_one_who_answers_against_the_others_is_seen_and_not_left_out():
    crowd = [[("test", "b")] * 18 + [("test", "a")] * 2] * 8
    answers = answers_of(*crowd, [("test", "a")] * 20)
    told = seen(answers, "likelihood")
    assert [passed for passed, _ in told] == [True] * 8 + [False]
    assert excluded(check(answers, Screening(side_alpha=0.001))) == []


@pytest.mark.parametrize("rule", [name for name in RULES if name != "likelihood"])
def test_no_rule_but_likelihood_looks_at_what_was_preferred(rule):
    rng = np.random.default_rng(6)
    trials = [[(kind, "b") for kind in ("test",) * 9 + ("gold", "trap", "identical")] for _ in range(6)]
    answers = answers_of(*trials)
    answers["choice"] = np.where(rng.random(len(answers)) < 0.7, "b", "a")
    # The same clicks, had the HRCs of the study's pairs stood the other way round.
    turned = answers["kind"].eq("test")
    other = answers.assign(
        choice=answers["choice"].where(~turned, answers["choice"].map({"a": "b", "b": "a"})),
        left_hrc=answers["left_hrc"].where(~turned, answers["left_hrc"].map({"sr": "bicubic", "bicubic": "sr"})),
    )
    assert seen(answers, rule) == seen(other, rule)


def test_results_with_and_without_those_left_out():
    crowd = [[("test", "b"), ("test", "b"), ("gold", "b")]] * 8
    careless = [[("test", "a"), ("test", "a"), ("gold", "a")]] * 2
    answers = answers_of(*crowd, *careless)
    result, kept = screening(answers), answers[answers["subject"].lt("v8") & answers["kind"].eq("test")]
    assert (result.analysis, result.estimate, result.p_value) == ("screening", 1.0, sign_flip(kept).p_value)
    assert result.effects["n_excluded"] == 2
    assert result.effects["n_subjects_all"] == 10
    assert result.effects["estimate_all"] == pytest.approx(0.8)
    assert result.effects["p_all"] == sign_flip(answers[answers["kind"].eq("test")]).p_value
    assert "2 of 10 viewers left out" in result.note
    nobody = screening(answers, rules=Screening(enabled=False))
    assert (nobody.estimate, nobody.effects["n_excluded"]) == (nobody.effects["estimate_all"], 0)


@pytest.mark.parametrize("columns", [VOTE_COLUMNS, FOREIGN_VOTE_COLUMNS])
def test_no_answers_and_votes_from_elsewhere_are_judged_as_far_as_they_go(columns):
    nothing = check(empty(columns))
    assert tuple(nothing.columns) == CHECK_COLUMNS
    assert nothing.empty
    assert screening(empty(columns)).note
    some = answers_of([("test", "b")], [("test", "tie")])[list(columns)]
    found = check(some)
    assert found["rule"].tolist() == list(RULES) * 2
    assert excluded(found) == []
    assert screening(some).estimate == 0.75


def test_all_left_out_is_a_result_with_a_note():
    result = screening(answers_of([("test", "b"), ("gold", "a")]))
    assert (result.estimate, result.n_subjects, result.pair) == (None, 0, ("bicubic", "sr"))
    assert "1 of 1 viewers left out" in result.note


def test_viewers_come_in_order_of_names_whatever_the_rows():
    answers = answers_of(*[[("test", "b"), ("gold", "b"), ("test", "a")]] * 12)
    pd.testing.assert_frame_equal(check(answers), check(answers.sample(frac=1, random_state=3)))
