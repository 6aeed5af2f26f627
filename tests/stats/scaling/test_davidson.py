"""Davidson's model of ties against his own example, and where it has nothing to say."""

import math

import numpy as np
import pandas as pd
import pytest

from qualab.stats.scaling.bradley_terry import bradley_terry
from qualab.stats.scaling.davidson import davidson
from qualab.study.tables import FOREIGN_VOTE_COLUMNS

# Davidson (1970), table 1: preferences for the first pudding, for the second, and for neither.
PAIRS = [(i, j) for j in range(2, 7) for i in range(1, j)]
FIRST = (19, 16, 19, 18, 23, 19, 13, 16, 16, 17, 18, 22, 13, 14, 11)
SECOND = (22, 19, 19, 23, 19, 20, 19, 20, 15, 14, 21, 20, 18, 19, 21)
TIES = (16, 12, 10, 13, 9, 15, 18, 12, 17, 16, 12, 12, 10, 18, 12)


def votes_of(counts: list[tuple[str, str, int, int, int]], per_subject: int = 1) -> pd.DataFrame:
    rows = [
        (i, j, choice)
        for i, j, *n in counts
        for choice, times in zip(("a", "b", "tie"), n, strict=True)
        for _ in range(times)
    ]
    columns = list(FOREIGN_VOTE_COLUMNS)
    return pd.DataFrame(
        [(f"s{k // per_subject:05}", "clip", *row) for k, row in enumerate(rows)], columns=columns, dtype=object
    )


def puddings() -> pd.DataFrame:
    counts = zip(PAIRS, FIRST, SECOND, TIES, strict=True)
    return votes_of([(f"p{i}", f"p{j}", first, second, tie) for (i, j), first, second, tie in counts])


def test_the_puddings_of_1970() -> None:
    result = davidson(puddings())
    worth = [result.effects[f"worth_p{i}"] for i in range(1, 7)]
    assert worth == pytest.approx([0.1388034, 0.1730015, 0.1617474, 0.1653730, 0.1586854, 0.2023893], abs=5e-8)
    assert result.effects["nu"] == pytest.approx(0.746823, abs=5e-7)
    assert result.effects["log_likelihood"] == pytest.approx(-809.70951, abs=5e-6)
    assert result.effects["deviance"] == pytest.approx(15.770406, abs=5e-7)
    assert result.effects["deviance_df"] == 24
    assert [one.estimate for one in result.scale] == pytest.approx((np.log(worth) - np.log(worth).mean()).tolist())


def test_one_pair_is_the_closed_form() -> None:
    result = davidson(votes_of([("bicubic", "sr", 20, 50, 30)]))
    assert result.differences[0].estimate == pytest.approx(math.log(50 / 20))
    assert result.effects["nu"] == pytest.approx(30 / math.sqrt(50 * 20))
    # 1/50 + 1/20 for votes that are independent, times 100/99 for the viewers.
    assert result.differences[0].se == pytest.approx(math.sqrt((1 / 50 + 1 / 20) * 100 / 99))


def test_ties_pull_two_hrcs_together_and_leave_their_order() -> None:
    counts = [("a", "b", 30, 20, 40), ("b", "c", 30, 20, 10), ("a", "c", 35, 15, 5)]
    with_ties, without = davidson(votes_of(counts)), bradley_terry(votes_of(counts))
    assert [one.estimate > 0 for one in with_ties.differences] == [one.estimate > 0 for one in without.differences]
    assert abs(with_ties.differences[0].estimate) != pytest.approx(abs(without.differences[0].estimate), rel=0.01)


def test_votes_of_one_viewer_count_as_less() -> None:
    counts = [("a", "b", 40, 20, 12), ("b", "a", 10, 30, 8)]
    alone, together = davidson(votes_of(counts)), davidson(votes_of(counts, per_subject=6))
    assert alone.differences[0].estimate == pytest.approx(together.differences[0].estimate)
    assert together.differences[0].se > 1.5 * alone.differences[0].se


@pytest.mark.parametrize(
    ("counts", "note"),
    [
        ([], "no votes"),
        ([("a", "b", 3, 3, 0)], "no ties: the Bradley-Terry scale says it all"),
        ([("a", "b", 0, 0, 9)], "no scale: every vote is a tie"),
        ([("a", "b", 1, 1, 1), ("x", "y", 1, 1, 1)], "no scale: no preference joins {a, b} and {x, y}"),
    ],
)
def test_without_a_scale_the_note_says_why(counts: list[tuple[str, str, int, int, int]], note: str) -> None:
    result = davidson(votes_of(counts))
    assert (result.note, result.scale) == (note, ())


def test_an_hrc_that_never_lost_is_held_back_and_marked() -> None:
    result = davidson(votes_of([("top", "a", 20, 0, 4), ("a", "b", 9, 7, 5), ("top", "b", 15, 0, 1)]))
    assert [one.is_penalised for one in result.scale] == [False, False, True]
    assert result.scale[2].estimate > 1


def test_a_single_tie_beside_a_single_vote_stays_finite() -> None:
    result = davidson(votes_of([("a", "b", 1, 0, 1)]))
    assert result.note
    assert all(one.se > 0 for one in result.scale)
