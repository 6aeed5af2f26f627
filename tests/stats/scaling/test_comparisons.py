"""Who was compared with whom: counts by viewer, groups, and circles of preference."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest

from qualab.errors import InputError
from qualab.stats.scaling.comparisons import circular_triads, compare, groups
from qualab.study.tables import FOREIGN_VOTE_COLUMNS


def table_of(*rows: tuple[str, ...], columns: tuple[str, ...] = FOREIGN_VOTE_COLUMNS) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns), dtype=object)


def test_votes_are_counted_by_viewer_pair_and_side_whichever_stood_first() -> None:
    columns = (*FOREIGN_VOTE_COLUMNS, "left_hrc")
    found = compare(
        table_of(
            ("anna", "c", "sr", "bicubic", "a", "sr"),
            ("anna", "d", "bicubic", "sr", "b", "sr"),
            ("bert", "c", "bicubic", "sr", "tie", "bicubic"),
            ("bert", "d", "bicubic", "net", "a", None),
            columns=columns,
        )
    )
    assert found.hrcs == ("bicubic", "net", "sr")
    assert found.pairs.tolist() == [[0, 1], [0, 2]]
    cells = found.cells
    assert cells.subjects.tolist() == [0, 1, 1]
    assert cells.pairs.tolist() == [1, 0, 1]
    assert cells.sides.tolist() == [-1, 0, 1]
    assert cells.counts.tolist() == [[0, 2, 0], [1, 0, 0], [0, 0, 1]]
    assert found.wins.tolist() == [[0, 1, 0], [0, 0, 0], [2, 0, 0]]
    assert found.counts == {"n_a": 2, "n_b": 1, "n_tie": 1}


def test_groups_are_named_largest_first() -> None:
    wins = np.zeros((5, 5))
    for winner, loser in ((1, 2), (2, 3), (3, 1), (1, 0)):
        wins[winner, loser] = 1
    assert [group.tolist() for group in groups(wins, strong=True)] == [[1, 2, 3], [0], [4]]
    assert [group.tolist() for group in groups(wins, strong=False)] == [[0, 1, 2, 3], [4]]


def tournament(subject: str, k: int, bits: tuple[int, ...]) -> list[tuple[str, ...]]:
    pairs = combinations([f"h{i}" for i in range(k)], 2)
    return [(subject, "c", i, j, "ab"[bit]) for (i, j), bit in zip(pairs, bits, strict=True)]


@pytest.mark.parametrize("k", [3, 4, 5])
def test_circles_are_those_that_one_finds_by_looking_at_every_three(k: int) -> None:
    every = list(product((0, 1), repeat=k * (k - 1) // 2))
    circles, rows = 0, []
    for number, bits in enumerate(every):
        beats = {pair if bit == 0 else pair[::-1] for pair, bit in zip(combinations(range(k), 2), bits, strict=True)}
        circles += sum(
            {(a, b), (b, c), (c, a)} <= beats or {(b, a), (c, b), (a, c)} <= beats
            for a, b, c in combinations(range(k), 3)
        )
        rows += tournament(f"s{number}", k, bits)
    found = circular_triads(compare(table_of(*rows)))
    assert found is not None
    assert (found.n_tournaments, found.n_circular) == (len(every), circles)
    most = {3: 1, 4: 2, 5: 5}[k]
    assert found.zeta == pytest.approx(1 - circles / len(every) / most)


def test_only_complete_tournaments_are_looked_at() -> None:
    circle = tournament("whole", 3, (0, 1, 0))
    tied = [(*row[:4], "tie") if i == 0 else row for i, row in enumerate(tournament("tied", 3, (0, 1, 0)))]
    doubled = [tournament("twice", 3, (0, 1, 0))[i] for i in (0, 0, 1)]
    found = circular_triads(compare(table_of(*circle, *tied, *doubled, *circle[:2][:0], ("x", "c", "h0", "h1", "a"))))
    assert found is not None
    assert (found.n_tournaments, found.n_circular, found.zeta) == (1, 1, 0.0)
    assert circular_triads(compare(table_of(*tied))) is None
    assert circular_triads(compare(table_of(("x", "c", "h0", "h1", "a")))) is None


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("s", "c", "sr", "sr", "a"), "both 'sr'"),
        (("s", "c", "sr", "net", "maybe"), "'maybe'"),
        ((None, "c", "sr", "net", "a"), "subject is empty"),
        (("s", "c", None, "net", "a"), "hrc_a is empty"),
    ],
)
def test_what_is_no_vote_is_refused(row: tuple[str, ...], told: str) -> None:
    with pytest.raises(InputError, match=told):
        compare(table_of(row))
