"""The Bradley-Terry scale against published fits, statsmodels and choix, and on votes that hold no scale."""

import math
from itertools import combinations, permutations

import choix
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualab.errors import InputError
from qualab.stats.result import Result
from qualab.stats.scaling.bradley_terry import bradley_terry
from qualab.stats.scaling.comparisons import compare
from qualab.stats.scaling.likelihood import fit
from qualab.study.tables import FOREIGN_VOTE_COLUMNS

# Stigler (1994), as BradleyTerry2 has it: how often journal i (row) was cited by journal j.
JOURNALS = ("Biometrika", "Comm Statist", "JASA", "JRSS-B")
CITATIONS = ((714, 730, 498, 221), (33, 425, 68, 17), (320, 813, 1072, 142), (284, 276, 325, 188))
# Agresti (2002), table 10.10: wins and losses at home (row) against the visitors (column).
TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
AT_HOME = """- 4-3 4-2 4-3 6-1 4-2 6-0
3-3 - 4-2 4-3 6-0 6-1 4-3
2-5 4-3 - 2-4 4-3 4-2 6-0
3-3 5-1 2-5 - 4-3 4-2 6-1
5-1 2-5 3-3 4-2 - 5-2 6-0
2-5 3-3 3-4 4-3 4-2 - 2-4
2-5 1-5 1-6 2-4 1-6 3-4 -"""


def table_of(rows: list[tuple[str, ...]], columns: tuple[str, ...] = FOREIGN_VOTE_COLUMNS) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns), dtype=object)


def votes_of(wins: list[tuple[str, str, int]], subjects: int | None = None) -> pd.DataFrame:
    """(winner, loser, votes); a subject for each vote, or `subjects` of them in turn."""
    pairs = [(winner, loser) for winner, loser, n in wins for _ in range(n)]
    return table_of([(f"s{i % (subjects or len(pairs)):05}", "clip", *pair, "a") for i, pair in enumerate(pairs)])


def citations() -> pd.DataFrame:
    return votes_of([(JOURNALS[i], JOURNALS[j], CITATIONS[i][j]) for i, j in permutations(range(4), 2)])


def baseball() -> pd.DataFrame:
    rows = []
    for home, line in zip(TEAMS, AT_HOME.splitlines(), strict=True):
        for visitor, games in zip(TEAMS, line.split(), strict=True):
            won, lost = map(int, games.split("-")) if games != "-" else (0, 0)
            rows += [(home, visitor, choice, home) for choice, n in (("a", won), ("b", lost)) for _ in range(n)]
    return table_of([(f"s{i:05}", "clip", *row) for i, row in enumerate(rows)], (*FOREIGN_VOTE_COLUMNS, "left_hrc"))


def scores(result: Result) -> dict[str, float]:
    return {one.hrc: one.estimate for one in result.scale}


def test_the_journals_stand_where_agresti_and_bradleyterry2_put_them() -> None:
    result = bradley_terry(citations())
    found = {one.pair[1]: one.estimate for one in result.differences if one.pair[0] == "Biometrika"}
    assert [found[name] for name in JOURNALS[1:]] == pytest.approx([-2.9490725, -0.4795698, 0.2689541], abs=5e-8)
    assert result.effects["deviance"] == pytest.approx(4.293384, abs=5e-7)
    assert result.effects["deviance_df"] == 3
    assert result.effects["deviance_p"] == pytest.approx(0.2315, abs=1e-4)


def test_standard_errors_of_independent_votes_are_the_published_ones() -> None:
    found = fit(compare(citations()))
    assert found is not None
    cov = found.covariance
    ses = [math.sqrt(cov[0, 0] + cov[i, i] - 2 * cov[0, i]) for i in (1, 2, 3)]
    assert ses == pytest.approx([0.1025453, 0.0605887, 0.0708300], abs=5e-8)
    # One vote a viewer: clustering may change them by chance only.
    clustered = [one.se for one in bradley_terry(citations()).differences if one.pair[0] == "Biometrika"]
    assert clustered == pytest.approx(ses, rel=0.05)


def test_the_teams_of_1987_stand_where_agresti_puts_them_and_gain_at_home_what_he_says() -> None:
    result = bradley_terry(baseball())
    above = {name: score - scores(result)["Baltimore"] for name, score in scores(result).items()}
    published = {"Boston": 1.1077, "Cleveland": 0.6839, "Detroit": 1.4364, "Milwaukee": 1.5814, "New York": 1.2476}
    assert above == pytest.approx(published | {"Toronto": 1.2945, "Baltimore": 0.0}, abs=5e-5)
    assert result.effects["deviance"] == pytest.approx(15.7365, abs=5e-5)
    assert result.effects["deviance_df"] == 15
    assert result.effects["order_effect"] == pytest.approx(0.3022607, abs=5e-8)
    found = fit(compare(baseball()), with_order=True)
    assert found is not None
    assert math.sqrt(found.covariance[7, 7]) == pytest.approx(0.1309437, abs=5e-8)


def test_75_percent_are_one_jod() -> None:
    result = bradley_terry(votes_of([("1", "0", 75), ("0", "1", 25), ("2", "1", 75), ("1", "2", 25)]))
    assert [one.jod - result.scale[0].jod for one in result.scale] == pytest.approx([0, 1, 2], abs=1e-12)
    assert [one.jod for one in result.differences] == pytest.approx([1, 2, 1], abs=1e-12)


def test_points_equal_those_of_choix() -> None:
    rng = np.random.default_rng(5)
    data = [tuple(rng.permutation(6)[:2].tolist()) for _ in range(400)]
    expected = choix.ilsr_pairwise(6, data)
    found = scores(bradley_terry(votes_of([(f"h{i}", f"h{j}", 1) for i, j in data])))
    # choix iterates until it moves by less than 1e-8.
    assert list(found.values()) == pytest.approx((expected - expected.mean()).tolist(), abs=1e-6)


def test_clustered_standard_errors_are_statsmodels_sandwich() -> None:
    from statsmodels.api import GLM, families

    rng = np.random.default_rng(2)
    rows, design, wins, who = [], [], [], []
    for subject in range(12):
        lean = rng.normal(0, 1.0, 3)
        for clip, (i, j) in enumerate([*combinations(range(3), 2)] * 4):
            won = rng.random() < 1 / (1 + np.exp(lean[j] - lean[i]))
            rows.append((f"s{subject:02}", f"c{clip}", f"h{i}", f"h{j}", "a" if won else "b"))
            design.append([(i == k) - (j == k) for k in (1, 2)])
            wins.append(int(won))
            who.append(subject)
    fitted = GLM(np.array(wins), np.array(design), family=families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": np.array(who)}
    )
    found = [one.se for one in bradley_terry(table_of(rows)).differences[:2]]
    # statsmodels corrects by R/(R-1) (N-1)/(N-P), this by R/(R-1).
    n = len(rows)
    assert found == pytest.approx((fitted.bse / math.sqrt((n - 1) / (n - 2))).tolist(), rel=1e-6)


def test_differences_carry_holms_p_and_the_interval_of_t_over_viewers() -> None:
    result = bradley_terry(votes_of([("a", "b", 30), ("b", "a", 18), ("b", "c", 30), ("c", "b", 10)], subjects=11))
    raw = sorted(one.p_value for one in result.differences)
    adjusted = sorted(one.p_adjusted for one in result.differences)
    assert adjusted[0] == pytest.approx(3 * raw[0])
    one = result.differences[0]
    # The 97.5% point of t with 10 degrees of freedom.
    assert one.ci[1] - one.estimate == pytest.approx(2.228139 * one.se, rel=1e-6)


def test_a_circle_of_three_puts_all_on_one_place() -> None:
    result = bradley_terry(votes_of([("a", "b", 1), ("b", "c", 1), ("c", "a", 1)], subjects=1))
    assert list(scores(result).values()) == pytest.approx([0, 0, 0], abs=1e-12)
    assert (result.effects["circular_triads"], result.effects["n_tournaments"]) == (1, 1)
    assert result.effects["kendall_zeta"] == pytest.approx(0)
    assert all(one.se > 0.5 for one in result.differences)


def test_hrcs_that_no_vote_joins_are_refused_by_name() -> None:
    result = bradley_terry(votes_of([("a", "b", 3), ("b", "a", 3), ("x", "y", 2), ("y", "x", 2)]))
    assert result.note == "no scale: no preference joins {a, b} and {x, y}"
    assert (result.scale, result.differences, result.is_reachable) == ((), (), False)


def test_a_group_that_always_wins_against_another_is_refused_by_name() -> None:
    wins = [("a", "b", 3), ("b", "a", 3), ("x", "y", 2), ("y", "x", 2), ("a", "x", 9)]
    assert "between {a, b} and {x, y} every vote went one way" in bradley_terry(votes_of(wins)).note


def test_an_hrc_that_never_lost_is_held_back_and_marked() -> None:
    wins = [("top", "a", 40), ("top", "b", 40), ("a", "b", 25), ("b", "a", 15)]
    result = bradley_terry(votes_of(wins, subjects=20))
    assert [one.hrc for one in result.scale if one.is_penalised] == ["top"]
    assert result.note == "top held back by a penalty: no vote that they won or lost ties them to the others"
    top = next(one for one in result.scale if one.hrc == "top")
    # No viewer differs in it, yet its place is far from certain: the last half vote weighs as much as a vote.
    assert top.se > 0.5
    assert top.estimate > 2


def test_an_order_without_a_single_upset_is_penalised_throughout() -> None:
    result = bradley_terry(votes_of([("a", "b", 5), ("b", "c", 5), ("a", "c", 5)]))
    assert all(one.is_penalised for one in result.scale)
    assert list(scores(result).values()) == sorted(scores(result).values(), reverse=True)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("s", "c", "a", "b", "b")],
        [("s", "c", "a", "b", "tie"), ("t", "c", "b", "x", "tie")],
        [("s", "c", "a", "b", "a"), ("s", "c", "b", "x", "a"), ("s", "d", "x", "a", "a")],
        [(f"s{i}", "c", "a", "b", "b") for i in range(9)],
        [(f"s{i}", "c", "a", "b", choice) for i in range(9) for choice in "ab"],
    ],
)
def test_next_to_no_votes_give_a_note_or_finite_numbers(rows: list[tuple[str, ...]]) -> None:
    result = bradley_terry(table_of(rows))
    assert result.note or result.scale
    assert all(one.se > 0 for one in result.scale)
    assert all(math.isfinite(one.p_adjusted) for one in result.differences)


def test_ties_are_left_out_and_said() -> None:
    decided = votes_of([("a", "b", 7), ("b", "a", 3)])
    tied = pd.concat([decided, table_of([("z", "c", "a", "b", "tie")])], ignore_index=True)
    assert scores(bradley_terry(tied)) == pytest.approx(scores(bradley_terry(decided)))
    assert bradley_terry(tied).note == "1 tie left out: Davidson's scale counts them"


def test_a_side_that_was_always_chosen_gives_no_order_effect() -> None:
    votes = votes_of([("a", "b", 7), ("b", "a", 3)])
    result = bradley_terry(votes.assign(left_hrc=votes["hrc_a"]))
    assert result.effects["order_effect"] is None
    assert result.scale


def test_alpha_that_is_no_probability_is_refused() -> None:
    with pytest.raises(InputError, match="alpha"):
        bradley_terry(table_of([]), alpha=0.0)


VOTES = st.lists(
    st.tuples(
        st.sampled_from("PQRST"),
        st.sampled_from(["cups", "tram"]),
        st.sampled_from([*permutations(("bicubic", "lanczos", "sr"), 2)]),
        st.sampled_from(["a", "b", "tie"]),
    ),
    max_size=40,
).map(lambda rows: table_of([(who, src, *pair, choice) for who, src, pair, choice in rows]))


def same(first: Result, second: Result, names: dict[str, str]) -> None:
    """Each number to the precision to which Newton's last step and the order of sums are known."""
    other = {one.hrc: one for one in second.scale}
    assert len(first.scale) == len(second.scale)
    for one in first.scale:
        twin = other[names[one.hrc]]
        assert (one.estimate, one.se) == pytest.approx((twin.estimate, twin.se), rel=1e-6, abs=1e-8)
        assert one.is_penalised == twin.is_penalised


@given(votes=VOTES, order=st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_names_order_and_sides_change_no_number(votes: pd.DataFrame, order: object) -> None:
    places = list(range(len(votes)))
    order.shuffle(places)  # type: ignore[attr-defined]
    turned = votes.iloc[places].rename(columns={"hrc_a": "hrc_b", "hrc_b": "hrc_a"})
    turned["choice"] = turned["choice"].map({"a": "b", "b": "a", "tie": "tie"})
    names = {"bicubic": "z", "lanczos": "m", "sr": "a"}
    renamed = turned.assign(hrc_a=turned["hrc_a"].map(names), hrc_b=turned["hrc_b"].map(names))
    first = bradley_terry(votes)
    same(first, bradley_terry(turned), {name: name for name in names})
    same(first, bradley_terry(renamed), names)
    assert abs(sum(one.estimate for one in first.scale)) < 1e-9


def test_intervals_of_viewers_who_differ_cover_where_independent_ones_do_not() -> None:
    rng, covered, naive = np.random.default_rng(8), 0, 0
    crossed = table_of([(f"s{s}", f"c{c}", *("ab", "ac", "bc")[p], "a") for s, c, p in np.ndindex(24, 8, 3)])
    for _ in range(150):
        lean = rng.normal(0, 1.0, (24, 1, 3))
        won = rng.random((24, 8, 3)) < 1 / (1 + np.exp(lean[..., [1, 2, 2]] - lean[..., [0, 0, 1]]))
        votes = crossed.assign(choice=np.where(won.ravel(), "a", "b"))
        one = bradley_terry(votes).differences[0]
        covered += one.ci[0] <= 0 <= one.ci[1]
        found = fit(compare(votes))
        assert found is not None
        cov = found.covariance
        naive += abs(one.estimate) <= 1.96 * math.sqrt(cov[0, 0] + cov[1, 1] - 2 * cov[0, 1])
    # 150 studies tell 95% within 3.5 points.
    assert covered / 150 >= 0.915
    assert naive / 150 < 0.85
