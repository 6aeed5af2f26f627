"""binomial, sign and sign_flip against published and worked examples, and on tables that hold next to nothing."""

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, permutation_test

from qualab.errors import InputError
from qualab.stats import ANALYSES
from qualab.stats.analysis import Role
from qualab.stats.pairwise.preference import binomial, sign, sign_flip
from qualab.stats.result import Result
from qualab.study.tables import FOREIGN_VOTE_COLUMNS, VOTE_COLUMNS, empty

OF_VOTES = [row.run for row in ANALYSES.values() if row.role is not Role.AGREEMENT]
CROSSED = [[1, 1, 1], [1, 1, 0], [1, 0, 1], [1, 1, 1]]


def votes_of(rows: list[list[int | None]]) -> pd.DataFrame:
    """Rows are subjects, columns clips; 1 prefers the test HRC, 0 the baseline, None is a tie."""
    words = {1: "b", 0: "a", None: "tie"}
    return pd.DataFrame(
        [
            (f"viewer {i}", f"clip-{j}", "bicubic", "sr", words[vote])
            for i, row in enumerate(rows)
            for j, vote in enumerate(row)
        ],
        columns=list(FOREIGN_VOTE_COLUMNS),
    )


def one_each(n_b: int, n_a: int, n_tie: int = 0) -> pd.DataFrame:
    return votes_of([[1]] * n_b + [[0]] * n_a + [[None]] * n_tie)


# p-values and Clopper-Pearson intervals as R's binom.test prints them, to the digits given.
BINOMIAL = [
    (5, 6, 0.21875, 0.358765, 0.995789),
    (10, 12, 0.0385742, 0.515862, 0.979137),
    (83, 100, 1.30980e-11, 0.741825, 0.897735),
    (60, 100, 0.0568879, 0.497209, 0.696705),
    (24, 24, 1.19209e-7, 0.857526, 1.0),
    (0, 10, 0.00195312, 0.0, 0.308497),
]


@pytest.mark.parametrize("analysis", ["binomial", "sign", "sign_flip"])
@pytest.mark.parametrize(("k", "n", "p_value", "low", "high"), BINOMIAL)
def test_one_vote_per_subject_gives_the_exact_binomial(
    analysis: str, k: int, n: int, p_value: float, low: float, high: float
) -> None:
    result = ANALYSES[analysis].run(one_each(k, n - k))
    assert result.p_value == pytest.approx(p_value, rel=1e-5)
    assert result.ci == pytest.approx((low, high), abs=1e-6)
    assert result.estimate == k / n
    assert (result.n_votes, result.n_subjects, result.n_srcs) == (n, n, 1)
    assert result.counts == {"n_a": n - k, "n_b": k, "n_tie": 0}


@pytest.mark.parametrize(("n", "p_value"), [(6, 0.22), (12, 0.039), (24, 0.0015)])
def test_the_famous_83_percent_depends_on_how_many_were_asked(n: int, p_value: float) -> None:
    assert binomial(one_each(round(0.83 * n), n - round(0.83 * n))).p_value == pytest.approx(p_value, rel=0.03)


def test_sixty_of_a_hundred_is_not_significant_and_its_interval_says_so() -> None:
    result = binomial(one_each(60, 40))
    assert result.p_value is not None
    assert result.ci is not None
    assert result.p_value > 0.05
    assert result.ci[0] < 0.5


@pytest.mark.parametrize("analysis", [binomial, sign, sign_flip])
def test_below_six_voters_the_note_says_that_p_cannot_be_reached(analysis: Callable[..., Result]) -> None:
    five, six = analysis(one_each(5, 0)), analysis(one_each(6, 0))
    assert "p <= 0.05 cannot be reached" in five.note
    assert not five.is_reachable
    assert six.p_value == 0.03125
    assert six.is_reachable
    assert six.note == ""


def test_ties_are_counted_and_left_out_of_the_sign_test() -> None:
    result = sign(one_each(50, 20, 30))
    assert result.p_value == pytest.approx(4.40285e-4, rel=1e-5)
    assert result.p_value == binomtest(50, 70).pvalue
    assert result.counts == {"n_a": 20, "n_b": 50, "n_tie": 30}
    assert result.estimate == 50 / 70
    assert result.effects == pytest.approx(
        {
            "net_preference": 0.30,
            "net_preference_se": 0.0781025,
            "tie_rate": 0.30,
            "davidson_log_ratio": 0.916291,
            "davidson_log_ratio_se": 0.264575,
            "davidson_nu": 0.948683,
        },
        rel=1e-6,
    )


def test_nothing_but_ties_is_p_1_and_no_share() -> None:
    result = sign(one_each(0, 0, 20))
    assert (result.p_value, result.estimate, result.ci) == (1.0, None, (0.0, 1.0))
    assert result.effects["davidson_nu"] is None
    assert sign_flip(one_each(0, 0, 20)).estimate == 0.5


def test_crossed_votes_are_flipped_by_subject() -> None:
    result = sign_flip(votes_of(CROSSED))
    assert result.estimate == pytest.approx(0.833333, abs=1e-6)
    assert result.p_value == 0.125
    assert (result.n_votes, result.n_subjects, result.n_srcs) == (12, 4, 3)
    assert result.estimand == "E1"
    assert "4 viewers" in result.note


def test_flipping_by_clip_and_the_pooled_trap_are_as_worked_by_hand() -> None:
    by_clip = votes_of(CROSSED).rename(columns={"subject": "src", "src": "subject"})
    assert sign_flip(by_clip).p_value == 0.25
    pooled = binomial(votes_of(CROSSED))
    assert pooled.p_value == pytest.approx(0.0385742, abs=1e-7)
    assert "ignores dependence" in pooled.note


def test_the_interval_is_the_t_interval_of_subject_means() -> None:
    # Subject means 1, 2/3, 2/3, 1: mean 5/6, standard error 1/sqrt(108), t(3; .975) = 3.182446.
    result = sign_flip(votes_of(CROSSED))
    assert result.ci == pytest.approx((5 / 6 - 3.182446 / 108**0.5, 1.0), abs=1e-6)


def test_the_flip_test_equals_scipys_exact_permutation_test() -> None:
    rows = [[1, 1, 0, 1], [1, None, 0, 1], [0, 0, 1, 0], [1, 1, 1, 1], [1, 1, None, 1], [0, 1, 1, 1], [1, 1, 1, None]]
    totals = [sum(0 if vote is None else 2 * vote - 1 for vote in row) for row in rows]
    peer = permutation_test((totals,), lambda x, axis: x.sum(axis=axis), permutation_type="samples", vectorized=True)
    assert sign_flip(votes_of(rows)).p_value == pytest.approx(peer.pvalue, rel=1e-12)


def test_viewers_of_one_mind_do_not_get_an_interval_of_no_width() -> None:
    result = sign_flip(votes_of([[1, 1, 1]] * 8))
    assert result.ci == pytest.approx(binomtest(8, 8).proportion_ci(), abs=1e-9)


def test_a_disagreement_between_interval_and_test_is_said() -> None:
    result = sign_flip(votes_of(CROSSED))
    assert "disagrees with the exact test" in result.note


def test_many_votes_of_one_viewer_prove_nothing() -> None:
    result = sign_flip(votes_of([[1] * 50]))
    assert result.p_value == 1.0
    assert result.ci is not None
    assert result.ci[0] < 0.05
    assert not result.is_reachable


DEGENERATE = {
    "empty": empty(VOTE_COLUMNS),
    "empty foreign": empty(FOREIGN_VOTE_COLUMNS),
    "one vote": one_each(1, 0),
    "one tie": one_each(0, 0, 1),
    "all ties": votes_of([[None, None]] * 9),
    "one subject": votes_of([[1, 0, 1, 1]]),
    "one subject of ties": votes_of([[None, None]]),
    "all the same": votes_of([[1, 1]] * 30),
    "all the same on six clips": votes_of([[0] * 6] * 30),
    "all ties on six clips": votes_of([[None] * 6] * 9),
    "one subject, six clips": votes_of([[1, 0, None, 1, 1, 1]]),
    "one clip": votes_of([[1], [0], [1], [None]] * 5),
    "viewers and clips that cancel": votes_of([[1, 0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1]]),
}


@pytest.mark.parametrize("analysis", OF_VOTES)
@pytest.mark.parametrize("case", DEGENERATE)
def test_next_to_nothing_gives_a_result_that_json_can_hold(analysis: Callable[..., Result], case: str) -> None:
    result = analysis(DEGENERATE[case])
    text = json.dumps(result.to_dict(), allow_nan=False)
    assert json.loads(text)["n_votes"] == len(DEGENERATE[case])
    if len(DEGENERATE[case]) < 6 or case == "one subject, six clips":
        assert result.note


@pytest.mark.parametrize("analysis", OF_VOTES)
def test_no_votes_say_so(analysis: Callable[..., Result]) -> None:
    result = analysis(empty(VOTE_COLUMNS))
    assert (result.estimate, result.ci, result.p_value, result.pair, result.scale) == (None, None, None, None, ())
    assert "no votes" in result.note


@pytest.mark.parametrize("name", ["binomial", "sign", "sign_flip", "two_way", "pigeonhole", "gee", "e_value"])
def test_more_than_one_pair_is_refused_where_one_is_asked_for(name: str) -> None:
    table = one_each(3, 3)
    with pytest.raises(InputError, match="more than one pair"):
        ANALYSES[name].run(pd.concat([table, table.assign(hrc_b="other")]))


@pytest.mark.parametrize("analysis", OF_VOTES)
def test_what_no_vote_can_be_is_refused(analysis: Callable[..., Result]) -> None:
    table = one_each(3, 3)
    with pytest.raises(InputError, match="empty"):
        analysis(table.assign(choice=["a", "b", "a", "b", "a", np.nan]))
    with pytest.raises(InputError, match="empty"):
        analysis(table.assign(subject=["p", "q", "r", "s", "t", np.nan]))
    with pytest.raises(InputError, match="'left'"):
        analysis(table.assign(choice="left"))
    with pytest.raises(InputError, match="mixed"):
        analysis(table.assign(simulated=[0, 1, 0, 1, 0, 1]))
    with pytest.raises(InputError, match="alpha"):
        analysis(table, alpha=1.0)


@pytest.mark.parametrize("analysis", OF_VOTES)
def test_simulated_votes_are_called_so(analysis: Callable[..., Result]) -> None:
    result = analysis(one_each(9, 3).assign(simulated=1))
    assert result.is_simulated
    assert "simulated" in result.note
    assert not analysis(one_each(9, 3).assign(simulated=0)).is_simulated


def test_the_keys_of_a_result_are_those_scripts_rely_on() -> None:
    found = sign_flip(votes_of(CROSSED)).to_dict()
    promised = {"type", "analysis", "estimand", "pair", "src", "estimate", "ci", "p_value", "note"}
    promised |= {"n_votes", "n_subjects", "n_srcs"}
    assert promised <= set(found)
    assert (found["type"], found["pair"], found["src"]) == ("result", ["bicubic", "sr"], None)
